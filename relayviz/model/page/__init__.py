"""A session as one HTML file that needs nothing else: every step, its states, what was noted."""
