"""The actions, a table for each menu."""
