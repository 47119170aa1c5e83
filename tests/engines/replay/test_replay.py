"""A recording is what was: each state, each finding, every loss; from any moment, either way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz import cli
from relayviz.engines.live.simulation import SimulatedEngine
from relayviz.engines.replay.engine import NO_BYTES, ReplayEngine
from relayviz.engines.replay.file.chunks import RecordingError
from relayviz.engines.replay.recorder import Recorder
from relayviz.engines.replay.recording import Recording
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.state import State
from relayviz.model.engine.protocol import OpenError
from relayviz.model.load.load import BreakOn, Counter
from relayviz.model.load.presets import PRESETS
from tests.engines.replay.kit import written
from tests.engines.running import await_that, live_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from relayviz.model.engine.snapshot import Snapshot

CONFIG = ChannelConfig(cpus=2, subbuf_size=256, n_subbufs=4, mode=Mode.OVERWRITE, header=8)


@pytest.fixture
def steps() -> Iterator[list[Snapshot]]:
    """The states of a stepped channel, one after each operation."""
    engine = StepEngine(CONFIG)
    shown = [engine.snapshot]
    kinds = [Operation(Kind.OPEN_FILE, 1), Operation(Kind.RESERVE, 0, 20), Operation(Kind.MMAP, 0)]
    writes = [Operation(Kind.WRITE, number % 2, 40 + number) for number in range(40)]
    for operation in (*kinds, *writes, Operation(Kind.READ, 1, 100), Operation(Kind.CLOSE)):
        engine.submit(operation)
        assert engine.wait_idle()
        shown.append(engine.snapshot)
    yield shown
    engine.close()


def same_state(one: State, other: State) -> bool:
    """Compare every field, bytes of arrays included."""
    for field in fields(State):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        equal = (
            mine.tobytes() == theirs.tobytes() if isinstance(mine, np.ndarray) else mine == theirs
        )
        if not equal:
            return False
    return True


def test_every_state_comes_back_whichever_way_one_goes(
    steps: list[Snapshot], tmp_path: Path
) -> None:
    engine = ReplayEngine(written(tmp_path / "r", steps, 0.5))
    try:
        assert engine.length == (len(steps) - 1) * 0.5
        numbers = [*range(len(steps)), *reversed(range(len(steps))), 40, 3, 41, 0]
        for number in numbers:
            engine.go(number * 0.5 + 0.2)
            assert engine.wait_idle()
            shown = engine.snapshot
            assert same_state(shown, steps[number]), number
            assert shown.foreign is not None
            assert shown.foreign.why_withheld(0, 0) == NO_BYTES
            facts = {name: value for name, value, _ in shown.foreign.facts}
            assert facts["step"].startswith(f"{number} of {number}:")
    finally:
        assert engine.close()


def recorded(path: Path, until: Callable[[Snapshot], bool]) -> Snapshot:
    """Record a run on a simulated clock; return its last state."""
    config = ChannelConfig(cpus=3, subbuf_size=1024)
    engine = SimulatedEngine(config, PRESETS["slow consumer"])
    recorder = Recorder(engine, path, "a run")
    try:
        engine.start()
        await_that(lambda: until(engine.snapshot))
        engine.pause()
        assert engine.wait_idle()
        recorder.mark("the end")
        last = engine.snapshot
    finally:
        assert recorder.stop()
        engine.close()
    assert recorder.problem == ""
    return last


def lossy(shown: Snapshot) -> bool:
    return shown.lost_events() > 50_000 and bool(shown.live and shown.live.findings)


def test_a_run_ends_as_it_ended_with_its_findings_and_every_loss(tmp_path: Path) -> None:
    last = recorded(tmp_path / "r", lossy)
    engine = ReplayEngine(tmp_path / "r")
    try:
        engine.go(1e9)
        assert engine.wait_idle()
        shown, live = engine.snapshot, last.live
        assert same_state(shown, last)
        assert shown.live is not None
        assert live is not None
        names = ("seconds", "asked", "made_share", "findings", "load", "is_simulated")
        assert all(getattr(shown.live, name) == getattr(live, name) for name in names)
        assert np.array_equal(shown.live.verified.intact, live.verified.intact)
        assert shown.foreign is not None
        assert shown.foreign.findings == live.findings
        rates = engine.rates(live.seconds + 1, 50)
        assert rates is not None
        assert rates.lost.sum() == pytest.approx(last.lost_events())
        stored = last.buffers["account"]["accepted"]["events"].sum()
        assert rates.written.sum() == pytest.approx(stored)
        assert rates.fill.max() == 1
        lanes = engine.lanes(live.seconds, 4)
        assert lanes is not None
        assert lanes.shape == (3, 4)
        assert lanes.all()
        assert [one.text for one in engine.markers] == ["the end"]
    finally:
        engine.close()


def test_of_what_was_before_it_began_a_recording_tells_nothing(tmp_path: Path) -> None:
    """The run is older than the recording; the first frame is full and stands for itself."""
    engine = SimulatedEngine(ChannelConfig(cpus=1, subbuf_size=1024), PRESETS["slow consumer"])
    recorder = None
    try:
        engine.start()
        await_that(lambda: lossy(engine.snapshot))
        engine.pause()
        assert engine.wait_idle()
        begin = engine.snapshot
        assert begin.live is not None
        recorder = Recorder(engine, tmp_path / "r", "joined")
        await_that(lambda: recorder.seconds > 0)
    finally:
        assert recorder is None or recorder.stop()
        engine.close()
    replay = ReplayEngine(tmp_path / "r")
    try:
        first = replay.snapshot
        assert first.seen_from == pytest.approx(begin.live.seconds)
        rates = replay.rates(begin.live.seconds, 30)
        assert rates is not None
        assert not rates.lost.any()
        assert not rates.written.any()
        assert rates.fill[-1] == pytest.approx(begin.ready(0) / begin.n_subbufs)
        assert not rates.fill[:-1].any()
    finally:
        replay.close()


def test_rates_at_a_moment_are_those_until_then(steps: list[Snapshot], tmp_path: Path) -> None:
    last = recorded(tmp_path / "r", lossy)
    engine = ReplayEngine(tmp_path / "r")
    try:
        for part in (0.3, 0.6, 0.9):
            engine.go(engine.length * part)
            assert engine.wait_idle()
            shown = engine.snapshot
            assert shown.live is not None
            rates = engine.rates(shown.live.seconds + 1, 20)
            assert rates is not None
            assert rates.lost.sum() == pytest.approx(shown.lost_events(), abs=1e-6)
            assert shown.lost_events() <= last.lost_events()
    finally:
        engine.close()
    del steps


def test_time_goes_by_in_both_directions_and_stops_at_the_ends(
    steps: list[Snapshot], tmp_path: Path
) -> None:
    engine = ReplayEngine(written(tmp_path / "r", steps, 0.5))
    try:
        engine.play(1000.0)
        await_that(lambda: engine.speed == 0)
        assert engine.wait_idle()
        assert engine.at == engine.length
        assert same_state(engine.snapshot, steps[-1])
        assert engine.snapshot.foreign is not None
        assert not engine.snapshot.foreign.runs
        engine.play(-1000.0)
        await_that(lambda: engine.speed == 0)
        assert engine.wait_idle()
        assert engine.at == 0
        assert same_state(engine.snapshot, steps[0])
    finally:
        engine.close()


def test_markers_are_kept_in_the_file(steps: list[Snapshot], tmp_path: Path) -> None:
    path = written(tmp_path / "r", steps, 0.5)
    engine = ReplayEngine(path)
    engine.go(4.5)
    engine.mark("here")
    assert engine.wait_idle()
    engine.close()
    again = Recording(path)
    assert [(one.time, one.text) for one in again.markers] == [(4.5, "here")]
    assert again.problems == []
    again.close()


def whole_until(path: Path, steps: list[Snapshot]) -> int:
    """Return how many frames a damaged file still has, each of which must be right."""
    try:
        engine = ReplayEngine(path)
    except OpenError:
        return 0
    try:
        times = engine._recording.summary.times
        for at in times.tolist():
            engine.go(at)
            assert engine.wait_idle()
            shown = engine.snapshot
            assert shown.foreign is not None
            is_told = "is damaged" in shown.foreign.status
            assert is_told or same_state(shown, steps[round(at / 0.5)])
        return len(times)
    finally:
        engine.close()


def test_cut_at_every_byte_what_is_whole_is_there(steps: list[Snapshot], tmp_path: Path) -> None:
    data = written(tmp_path / "r", steps[:5], 0.5, of_chunk=2).read_bytes()
    counts = []
    for size in range(len(data) + 1):
        (tmp_path / "cut").write_bytes(data[:size])
        try:
            recording = Recording(tmp_path / "cut")
        except RecordingError:
            counts.append(0)
            continue
        counts.append(len(recording.summary.times))
        recording.frame(counts[-1] - 1)
        assert bool(recording.problems) == (recording._reader.cut > 0)
        recording.close()
    assert counts == sorted(counts)
    assert set(counts) == {0, 2, 4, 5}


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_show_what_is_whole_and_nothing_wrong(
    seed: int, steps: list[Snapshot], tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311  only to damage files
    path = written(tmp_path / "r", steps[:12], 0.5, of_chunk=2)
    data = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(data))
        if chance.random() < 0.3:
            del data[at : at + chance.randrange(1, 200)]
        elif chance.random() < 0.3:
            data[at:at] = chance.randbytes(chance.randrange(1, 200))
        else:
            data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    whole_until(path, steps)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no recording"),
        (b"something else\n" * 100, "no recording"),
        (b"relayviz recording 2\n", "version 2"),
        (b"relayviz recording 1\n", "its beginning is missing"),
    ],
)
def test_what_is_no_recording_is_told(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(OpenError, match=words):
        ReplayEngine(tmp_path / "x")
    with pytest.raises(OpenError, match=r"cannot be opened|cannot be read"):
        ReplayEngine(tmp_path)


def cut_by_sigkill(path: Path, after: float) -> tuple[float, Recording]:
    """Kill a recording after it has frames; return how many seconds of its end are missing."""
    words = ["record", str(path), "live", "--rate", "1000", "--cpus", "2"]
    with subprocess.Popen([sys.executable, "-m", "relayviz", *words]) as program:
        await_that(lambda: path.exists() and path.stat().st_size > 4000, limit=60)
        threading.Event().wait(after)
        killed = time.time()
        program.kill()
        program.wait()
    recording = Recording(path)
    return killed - float(recording.summary.walls[-1]), recording


def test_a_recording_that_is_killed_opens(tmp_path: Path) -> None:
    missing, recording = cut_by_sigkill(tmp_path / "r", 0.0)
    assert missing < 60  # how long a busy machine takes is no matter here: `make soak` looks
    for number in range(len(recording.summary.times)):
        recording.frame(number)
    recording.close()


@pytest.mark.soak
@pytest.mark.parametrize("number", range(100))
def test_a_recording_that_is_killed_lacks_its_last_second_at_most(
    number: int, tmp_path: Path
) -> None:
    chance = random.Random(number)  # noqa: S311  only to choose moments
    missing, recording = cut_by_sigkill(tmp_path / "r", chance.random() * 1.5)
    recording.close()
    assert missing <= 1.0


def test_the_command_records_and_ends_when_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r"
    words = ["record", str(out), "live", "--load", "slow consumer", "--for", "300ms"]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    recording = Recording(out)
    lost = int(recording.summary.sums[-1][3:].sum())
    assert f"{lost:,}".replace(",", "\u202f") in said
    recording.close()
    assert cli.main(words) == 2
    assert "is there already" in capsys.readouterr().err
    assert cli.main(["record", str(tmp_path / "k"), "kernel", str(out)]) == 2
    assert "A dump stays as it is" in capsys.readouterr().err
    assert not (tmp_path / "k").exists()


def test_ctrl_c_ends_the_command_cleanly(tmp_path: Path) -> None:
    out = tmp_path / "r"
    command = [sys.executable, "-m", "relayviz", "record", str(out), "live", "--rate", "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        await_that(lambda: out.exists() and out.stat().st_size > 3000, limit=60)
        os.kill(program.pid, signal.SIGINT)
        assert program.stdout is not None
        assert "0 events lost" in program.stdout.read()
        assert program.wait() == 0
    recording = Recording(out)
    assert recording.problems == []
    recording.close()


def test_a_disk_that_fills_up_is_told_and_the_channel_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = StepEngine(CONFIG)
    recorder = Recorder(engine, tmp_path / "r", "x")

    def full(_data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recorder._writer, "_put", full)
    await_that(lambda: not recorder.is_running)
    assert recorder.stop()
    assert "No space left" in recorder.problem
    engine.submit(Operation(Kind.WRITE, 0, 10))
    assert engine.wait_idle()
    assert engine.snapshot.step == 1
    engine.close()


def test_a_run_that_breaks_is_recorded_with_what_stopped_it(tmp_path: Path) -> None:
    engine = SimulatedEngine(ChannelConfig(cpus=1, subbuf_size=1024), PRESETS["slow consumer"])
    engine.set_break(BreakOn(counter=Counter.LOST, value=1))
    recorder = Recorder(engine, tmp_path / "r", "x")
    engine.start()
    await_that(lambda: live_of(engine.snapshot).hit is not None)
    hit = live_of(engine.snapshot).hit
    assert recorder.stop()
    engine.close()
    played = ReplayEngine(tmp_path / "r")
    played.go(1e9)
    assert played.wait_idle()
    assert played.snapshot.live is not None
    assert played.snapshot.live.hit == hit
    played.close()
