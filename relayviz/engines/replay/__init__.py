"""Recordings: what a channel looked like over time goes to a file, and is played back from it."""
