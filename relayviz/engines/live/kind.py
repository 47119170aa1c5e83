"""The kind of engine that runs under a load of native threads, as the window knows it."""

from __future__ import annotations

from relayviz.engines.live.engine import LiveEngine
from relayviz.model.engine.catalogue import EngineKind

KIND = EngineKind(
    LiveEngine.kind,
    "Live",
    "Writers and readers of its own, at full speed.",
    "&Live",
    "Run the channel under a load of its own, or go back to it.",
    LiveEngine.can,
    LiveEngine,
)
