"""What became of every event, what each reader got, and two channels side by side."""
