"""Many operations recorded at once: what the core carries out in one call, in columns."""
