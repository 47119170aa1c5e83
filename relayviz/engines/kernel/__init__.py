"""Reads the relay channels of a kernel out of its memory; never opens a relay file."""
