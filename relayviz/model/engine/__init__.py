"""What an engine is: the protocols that views and commands ask, and the snapshots they draw."""
