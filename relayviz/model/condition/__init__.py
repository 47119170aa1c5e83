"""Conditions over the figures of steps, and finding the steps at which they hold."""
