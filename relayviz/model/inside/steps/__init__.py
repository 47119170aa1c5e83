"""The steps of actors as the window goes through them: figures, other orders, files."""
