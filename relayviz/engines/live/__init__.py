"""A channel under load from native threads."""
