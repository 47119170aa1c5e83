"""A capture as an engine of the window: the rings as they were between any two of its records."""
