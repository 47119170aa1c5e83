"""A kernel's channel that was recorded: what was not known stays so, rates are those of looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.kernel.viewing.opened import OpenedKernel
from relayviz.engines.replay.engine import ReplayEngine
from relayviz.engines.replay.recorder import Recorder
from relayviz.model.engine.kernel import How, Where
from tests.engines.running import await_that
from tests.kernel.test_viewing import Scripted, channel, look

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.engine.snapshot import Snapshot


def told(shown: Snapshot) -> tuple[object, ...]:
    foreign = shown.foreign
    assert foreign is not None
    names = (foreign.unknown, foreign.at_least, foreign.exact, foreign.teller)
    return (*names, foreign.contradictory, foreign.facts, foreign.findings)


def test_what_looks_found_comes_back(tmp_path: Path) -> None:
    source = Scripted(*(look(channel(number, number // 2, 5)) for number in range(8)))
    kernel = OpenedKernel(source, Where(How.SSH, "far"))
    engine = kernel.open(kernel.look.channels[0])
    assert kernel.close()
    recorder = Recorder(engine, tmp_path / "r", "far", hz=200.0)
    try:
        await_that(lambda: int(engine.snapshot.buffers["produced"][0]) == 7)
        last = engine.snapshot
        engine.watch(False)
        assert recorder.stop()
    finally:
        assert engine.close()
    assert recorder.problem == ""
    replay = ReplayEngine(tmp_path / "r")
    try:
        replay.go(1e9)
        assert replay.wait_idle()
        shown = replay.snapshot
        assert shown.buffers.tobytes() == last.buffers.tobytes()
        assert shown.subbufs.tobytes() == last.subbufs.tobytes()
        assert told(shown) == told(last)
        assert not shown.knows("account")
        assert shown.live is None
        check_rates(replay, last)
    finally:
        replay.close()


def check_rates(replay: ReplayEngine, last: Snapshot) -> None:
    looks, then = (one.foreign.looks if one.foreign else None for one in (replay.snapshot, last))
    assert looks is not None
    assert then is not None
    assert looks.courses[0].sums == then.courses[0].sums
    assert not looks.running
    summary = replay._recording.summary
    rates = replay.rates(looks.seconds - summary.seconds[0], 5)
    assert rates is not None
    assert rates.unit == "sub-buffers"
    assert rates.written.sum() == then.courses[0].sums.finished - summary.sums[0][0]
    assert rates.consumed.sum() == then.courses[0].sums.consumed - summary.sums[0][2]
    assert not rates.lost.any()
    lanes = replay.lanes(looks.seconds, 5)
    assert lanes is not None
    assert np.any(lanes)
