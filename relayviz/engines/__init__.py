"""Engines: operations go in, snapshots come out; they implement relayviz.model.engine.protocol."""
