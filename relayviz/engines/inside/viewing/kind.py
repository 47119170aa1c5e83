"""The kind of engine that steps inside operations, as the window knows it."""

from __future__ import annotations

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.viewing.engine import ActorsEngine
from relayviz.model.engine.catalogue import EngineKind
from relayviz.model.inside.file import loads


def _open(text: str, name: str) -> ActorsEngine:
    return ActorsEngine(loads(text, STOP_NAMES, name))


KIND = EngineKind(
    ActorsEngine.kind,
    "Inside",
    "Actors that step through the core's own code, in any order.",
    "&Inside",
    "Look inside the operations again.",
    can=ActorsEngine.can,
    inside=_open,
)
