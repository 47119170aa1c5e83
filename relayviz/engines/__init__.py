"""Engines: operations go in, snapshots come out. Each implements relayviz.model.engine.Engine."""
