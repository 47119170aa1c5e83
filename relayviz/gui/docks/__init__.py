"""The docks of the window: which there are, where they stand, and how much each one gets."""
