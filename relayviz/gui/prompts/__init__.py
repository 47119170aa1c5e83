"""Small questions to the user that never block the window."""
