"""The kind of engine that is stepped by hand, as the window knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step.engine import StepEngine
from relayviz.engines.step.follower import Follower
from relayviz.engines.step.play import play
from relayviz.model.engine.catalogue import EngineKind

if TYPE_CHECKING:
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.load.load import Load


def _open(config: ChannelConfig, load: Load, clients: tuple[SubbufStart, ...]) -> StepEngine:
    del load  # whoever steps does everything by hand
    return StepEngine(config, clients)


KIND = EngineKind(
    StepEngine.kind,
    "Step",
    "One operation at a time, forwards and back.",
    "Step &by hand",
    "Pause the live channel and step it from here.",
    StepEngine.can,
    _open,
    play,
    Follower,
)
