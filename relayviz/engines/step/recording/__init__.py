"""Doing an operation for the first time, and all that is written down of it."""
