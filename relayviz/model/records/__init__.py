"""Records that a client writes in several pieces."""
