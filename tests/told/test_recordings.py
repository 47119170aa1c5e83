"""What is told of recordings at moments along them: of a stepped channel, and of a kernel's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.viewing.opened import OpenedKernel
from relayviz.engines.replay.engine import ReplayEngine
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.kernel import How, Where
from tests.engines.replay.kit import written
from tests.kernel.test_viewing import Scripted, channel, look
from tests.told.telling import hold, plain, since

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from relayviz.model.engine.snapshot import Snapshot

PERIOD = 0.5
CONFIG = ChannelConfig(cpus=2, subbuf_size=256, n_subbufs=4, mode=Mode.OVERWRITE, header=8)


def played(path: Path, shown: Sequence[Snapshot]) -> Iterator[tuple[str, object]]:
    """Tell of some moments of a recording of snapshots, also before its beginning and end."""
    replay = ReplayEngine(written(path, shown, PERIOD))
    length = replay.length
    before = plain({})
    try:
        for moment in (-1.0, 0.0, PERIOD, length / 2, length, length + 9):
            replay.go(moment)
            assert replay.wait_idle()
            now = plain(replay.snapshot)
            before, last = now, before
            yield f"at {moment:g} of {length:g} s", since(last, now)
        for back in (0.0, length / 2):
            yield f"rates up to {back:g} s before", replay.rates(length / 2, 6, back)
            yield f"lanes up to {back:g} s before", replay.lanes(length / 2, 6, back)
    finally:
        assert replay.close()


def test_a_stepped_channel(tmp_path: Path) -> None:
    engine = StepEngine(CONFIG)
    shown = [engine.snapshot]
    writes = [Operation(Kind.WRITE, number % 2, 40 + number) for number in range(30)]
    ends = [Operation(Kind.READ, 1, 100), Operation(Kind.FLUSH), Operation(Kind.CLOSE)]
    for operation in (Operation(Kind.OPEN_FILE, 1), *writes, *ends):
        engine.submit(operation)
        assert engine.wait_idle()
        shown.append(engine.snapshot)
    engine.close()
    hold("recording-stepped", played(tmp_path / "r", shown), tmp_path)


def test_a_kernel_s_channel(tmp_path: Path) -> None:
    shown: list[Snapshot] = []
    for number in range(9):
        given = channel(number, number // 2, 5 * number, blocked=number == 8)
        kernel = OpenedKernel(Scripted(look(given)), Where(How.DUMP, "dump"))
        engine = kernel.open(given)
        shown.append(engine.snapshot)
        engine.close()
        kernel.close()
    hold("recording-kernel", played(tmp_path / "r", shown), tmp_path)
