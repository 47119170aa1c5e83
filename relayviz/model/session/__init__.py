"""Sessions and scenarios: what was done to a channel, as a file that people read and write."""
