"""The kind of engine that shows a real kernel's channel, as the window knows it."""

from __future__ import annotations

from relayviz.engines.kernel.viewing.engine import KernelEngine
from relayviz.engines.kernel.viewing.opened import attach
from relayviz.model.engine.catalogue import EngineKind
from relayviz.model.engine.protocol import Can

KIND = EngineKind(
    KernelEngine.kind,
    "Kernel",
    "A channel of a real kernel, looked at and not touched.",
    "&Kernel",
    "Look at the real kernel's channel again.",
    can=frozenset({Can.HAND_OVER, Can.SAVE, Can.WATCH}),  # the last two not everywhere
    attach=attach,
)
