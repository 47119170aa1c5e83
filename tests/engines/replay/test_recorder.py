"""What a recorder asks a run for: of each stretch of time what was new in it, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.live.simulation import SimulatedEngine
from relayviz.engines.replay.recorder import _OVERLAP, Recorder
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.load.presets import PRESETS
from tests.engines.running import await_that

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.live.live import Rates


class Asked(SimulatedEngine):
    """A run that remembers how far back it was asked for."""

    def __init__(self) -> None:
        self.lengths: list[float] = []
        super().__init__(ChannelConfig(cpus=1), PRESETS["slow consumer"])

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> Rates:
        self.lengths.append(seconds)
        return super().rates(seconds, columns, back)


def test_each_look_is_about_the_time_since_the_one_before(tmp_path: Path) -> None:
    engine = Asked()
    try:
        recorder = Recorder(engine, tmp_path / "r", "a run")
        engine.start()
        await_that(lambda: len(engine.lengths) > 4)
        engine.pause()
        assert engine.wait_idle()
        live = engine.snapshot.live
        assert recorder.stop()
        assert live is not None
        stretches = [length - _OVERLAP for length in engine.lengths]
        assert min(stretches) > 0
        assert sum(stretches) < live.seconds + 1e-6  # the first look is about nothing before it
    finally:
        engine.close()
