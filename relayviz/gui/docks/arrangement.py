"""How the window is arranged: docks, toolbar and first words, by what the engine shown can do."""

from __future__ import annotations

from enum import StrEnum

from relayviz.model.engine.protocol import Can


class Arrangement(StrEnum):
    """The ways that the window can be arranged; what the user moves is kept for each apart."""

    STEPPED = "stepped"
    RUNNING = "running"
    LOOKED_AT = "looked at"
    WATCHED = "watched"
    REPLAYED = "replayed"
    INSIDE = "inside"


def arrangement(can: frozenset[Can]) -> Arrangement:
    """Return how the window is arranged for an engine that can do something."""
    if Can.RUN in can:
        return Arrangement.RUNNING
    if Can.INSIDE in can:
        return Arrangement.INSIDE
    if Can.PLAY in can:
        return Arrangement.REPLAYED
    if can & {Can.STEP, Can.SEEK}:
        return Arrangement.STEPPED
    return Arrangement.WATCHED if Can.WATCH in can else Arrangement.LOOKED_AT
