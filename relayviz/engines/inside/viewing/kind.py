"""The kind of engine that steps inside operations, as the window knows it."""

from __future__ import annotations

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.viewing.engine import ActorsEngine
from relayviz.model.channel.config import Mode
from relayviz.model.engine.catalogue import EngineKind
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.file import loads

NO_PYTHON = (
    "The subbuf_start of this session is Python: in the window it is not called inside operations. "
    "“relayviz inside” plays it."
)


def _open(text: str, name: str) -> ActorsEngine:
    session = loads(text, STOP_NAMES, name)
    if session.config.mode is Mode.PYTHON:
        raise OpenError("mode", NO_PYTHON)
    return ActorsEngine(session)


KIND = EngineKind(
    ActorsEngine.kind,
    "Inside",
    "Actors that step through the core's own code, in any order.",
    "&Inside",
    "Look inside the operations again.",
    can=ActorsEngine.can,
    inside=_open,
)
