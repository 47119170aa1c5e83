"""Channels of other processes, found on disk and looked at only."""
