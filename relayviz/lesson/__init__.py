"""The commands `relayviz lesson` and `relayviz grade`."""
