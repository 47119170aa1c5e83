"""The tree of steps, and what is known of each: figures, marks, places of events."""
