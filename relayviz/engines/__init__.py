"""Engines: operations go in, snapshots come out. They implement the protocols of relayviz.model.engine."""
