"""Lessons: sessions that tell, ask, and show the answer when it was given."""
