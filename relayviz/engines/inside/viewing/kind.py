"""The kind of engine that steps inside operations, as the window knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.viewing.engine import ActorsEngine
from relayviz.model.engine.catalogue import EngineKind, UnconfirmedError
from relayviz.model.inside.file import loads

if TYPE_CHECKING:
    from relayviz.model.channel.client import SubbufStart


def _open(text: str, name: str, clients: tuple[SubbufStart, ...]) -> ActorsEngine:
    session = loads(text, STOP_NAMES, name)
    source = session.config.source
    if source and source not in {one.source for one in clients}:
        raise UnconfirmedError(source)
    return ActorsEngine(session, clients)


KIND = EngineKind(
    ActorsEngine.kind,
    "Inside",
    "Actors that step through the core's own code, in any order.",
    "&Inside",
    "Look inside the operations again.",
    can=ActorsEngine.can,
    inside=_open,
)
