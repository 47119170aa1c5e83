"""The kinds of engines that run under a load, as the window knows them."""

from __future__ import annotations

from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.live.simulation import SPEED, SimulatedEngine
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
SIMULATED = EngineKind(
    SimulatedEngine.kind,
    "Simulated",
    "The same load on a simulated clock: the same each time, on any machine, however busy.",
    "&Simulated",
    "Run it on a simulated clock, from the beginning: the same each time, and up to"
    f" {SPEED} times as fast.",
    SimulatedEngine.can,
    SimulatedEngine,
)
