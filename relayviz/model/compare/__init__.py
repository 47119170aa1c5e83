"""Two channels after the same operations: what each keeps, and what differs."""
