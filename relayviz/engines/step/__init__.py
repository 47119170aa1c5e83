"""Stepping: a channel by hand, forwards, backwards and sideways."""
