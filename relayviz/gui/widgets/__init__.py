"""Parts that many docks and dialogs are made of."""
