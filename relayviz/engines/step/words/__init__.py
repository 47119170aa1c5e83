"""What an operation did, in plain words with numbers."""
