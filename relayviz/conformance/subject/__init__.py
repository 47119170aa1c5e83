"""What a recording is replayed on: a channel with its files, client and waiters."""
