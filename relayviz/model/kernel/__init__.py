"""Relay channels as they lie in a kernel's memory: plain data, and what follows from it."""
