"""The kind of engine that shows a channel of another process, as the window knows it."""

from __future__ import annotations

from relayviz.engines.attach.viewing.engine import AttachEngine, join
from relayviz.engines.attach.viewing.searching import find
from relayviz.model.engine.catalogue import EngineKind
from relayviz.model.engine.protocol import Can

KIND = EngineKind(
    AttachEngine.kind,
    "Attached",
    "A channel of another process, looked at and not touched.",
    "&Attached",
    "Look at the channel of the other process again.",
    can=frozenset({Can.HAND_OVER, Can.WATCH}),
    find=find,
    join=join,
)
