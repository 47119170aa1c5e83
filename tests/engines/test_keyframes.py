"""Keyframes: every seek shows what a replay from the opening gives, within a bound of memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step import keyframes
from relayviz.engines.step.batch.recorder import BATCH
from relayviz.model.channel.client import TEMPLATES, compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation
from tests.engines.shown import do, settled
from tests.engines.walk import operations, replayed, shown, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine

    Start = Callable[..., StepEngine]

STEPS, SEEKS = 10_000, 40
SHAPES = {
    "usual": ChannelConfig(),
    "header": ChannelConfig(mode=Mode.OVERWRITE, header=8, subbuf_size=100, n_subbufs=3, cpus=3),
    "global": ChannelConfig(is_global=True, subbuf_size=64, n_subbufs=5),
    "no files": ChannelConfig(base_filename=None, online=(1, 3), mode=Mode.DEFAULT),
}
MEMORY_AT_MOST = 300e6  # bytes of a process with a million steps


def frames_of(engine: StepEngine, branch: int = 0) -> list[int]:
    """Return the numbers of the steps of a branch whose states are kept."""
    return [frame.depth for frame in engine._keyframes._frames.get(branch, [])]


def check_seeks(engine: StepEngine, branch: int, count: int) -> None:
    """Go to random steps of a branch and compare with a replay from the opening."""
    chance = random.Random(branch)  # noqa: S311  no secret
    depths = [chance.randint(0, engine.history.length(branch)) for _ in range(count)]
    expected = replayed(engine, branch, depths)
    engine.goto(engine.history.at(branch, engine.history.length(branch)).id)
    for depth in depths:
        engine.seek(depth)
        seen = settled(engine)
        assert (seen.step, seen.branch, seen.notice) == (depth, branch, "")
        assert shown(engine) == expected[depth], f"step {depth} of branch {branch}"


@pytest.mark.parametrize("shape", SHAPES)
def test_every_seek_is_exact(start: Start, shape: str) -> None:
    config = SHAPES[shape]
    engine = start(config)
    walk(engine, operations(STEPS, config.cpus, config.subbuf_size))
    assert engine.history.length(0) >= STEPS - 1
    frames = frames_of(engine)
    assert len(frames) > STEPS // keyframes.NEAR // 2
    farthest = max(keyframes.NEAR, BATCH)  # what is recorded together is replayed together
    assert all(b - a <= farthest for a, b in pairwise([0, *frames]))
    check_seeks(engine, 0, SEEKS)
    assert frames_of(engine) == frames  # going where there are some makes no more


def test_branches_have_their_own(start: Start) -> None:
    config = ChannelConfig(cpus=2, subbuf_size=64)
    engine = start(config)
    walk(engine, operations(5000, 2, 64))
    for number, fork in enumerate((4200, 1700, 2500), 2):
        engine.seek(fork)
        walk(engine, operations(3000, 2, 64, seed=number))
    assert [branch.parent for branch in engine.history.branches] == [None, 0, 0, 2]
    assert all(frames_of(engine, branch) for branch in range(4))
    for branch in (0, 3, 1, 2, 0):
        check_seeks(engine, branch, SEEKS // 4)


def test_a_python_client_is_not_asked_again(start: Start) -> None:
    counted = "calls = []\n" + TEMPLATES["No-overwrite"].replace(
        "    buf.subbuf_start_reserve(4)\n",
        "    calls.append(1)\n    buf.subbuf_start_reserve(4 + len(calls) % 5)\n",
    )
    client = compile_subbuf_start(counted)
    calls = client.function.__globals__["calls"]
    config = ChannelConfig(cpus=2, mode=Mode.PYTHON, source=counted, subbuf_size=64)
    engine = start(config, [client])
    plain = [one for one in operations(4000, 2, 64) if one.kind is not Kind.SET_MODE]
    walk(engine, plain)
    asked = len(calls)
    assert asked > 100
    assert len(frames_of(engine)) > 2
    check_seeks(engine, 0, SEEKS // 2)
    assert len(calls) == asked
    engine.seek(3000)
    do(engine, *(Operation(Kind.FLUSH) for _ in range(4)))
    assert len(calls) > asked
    check_seeks(engine, 1, 10)


def test_what_follows_a_close_is_exact(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "NEAR", 3)
    engine = start(ChannelConfig(cpus=2, subbuf_size=64))
    do(engine, *operations(40, 2, 64))
    do(
        engine,
        Operation(Kind.OPEN_FILE, text="rw"),
        Operation(Kind.MMAP, text="writable"),
        *(Operation(Kind.WRITE, ALL, 20) for _ in range(5)),
        Operation(Kind.RESERVE, length=9),
        Operation(Kind.CLOSE),
        *(Operation(Kind.READ, length=7) for _ in range(60)),
        Operation(Kind.FILL),
        Operation(Kind.CLOSE_FILE, ALL),
        Operation(Kind.UNMAP, ALL),
    )
    check_seeks(engine, 0, SEEKS)
    after = [depth for depth in frames_of(engine) if depth > engine.history.length(0) - 63]
    assert after, "a state of the closed channel was to be kept"


def test_memory_has_a_bound(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "NEAR", 10)
    engine = start(ChannelConfig(cpus=1, subbuf_size=64))
    states = engine._keyframes
    states._memory = 40_000
    for seed in range(6):
        walk(engine, operations(500, 1, 64, seed))
        held = sum(len(frame.state.data) for frame in states._frames[0])
        assert 0 < held < states._size <= states._memory
    depths = frames_of(engine)
    assert len(depths) > 5
    # of no part all went
    assert max(b - a for a, b in pairwise([0, *depths, engine.history.length(0)])) < 1000
    check_seeks(engine, 0, SEEKS)


def test_a_state_that_is_too_large_is_not_kept(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyframes, "NEAR", 10)
    engine = start(ChannelConfig(cpus=1, subbuf_size=4096))
    engine._keyframes._memory = 1000
    walk(engine, operations(300, 1, 4096))
    assert frames_of(engine) == []
    check_seeks(engine, 0, 10)


def test_a_state_takes_a_quarter_of_the_memory_at_most(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What every state takes is about the same here; a fifth less than four times it keeps none."""
    monkeypatch.setattr(keyframes, "NEAR", 10)
    kept: dict[float, int] = {}
    least, most = 0, 0
    for share in (100.0, 4.5, 3.5):
        engine = start(ChannelConfig(cpus=1, subbuf_size=4096))
        engine._keyframes._memory = int((most if share > 4 else least) * share) or 1 << 30
        walk(engine, operations(300, 1, 4096, seed=3))
        sizes = [one.size for frames in engine._keyframes._frames.values() for one in frames]
        kept[share] = len(sizes)
        if share == 100.0:
            least, most = min(sizes), max(sizes)
    assert kept[100.0] > 4
    assert 0 < kept[4.5] < kept[100.0]
    assert kept[3.5] == 0


def test_a_jump_forward_takes_the_short_way(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = start(ChannelConfig())
    walk(engine, operations(10_000, 4, 512))
    engine.seek(10)
    settled(engine)
    replays: list[int] = []
    whole = type(engine._position.channel).replay

    def counting(channel: object, deeds: list[object]) -> None:
        replays.append(len(deeds))
        whole(channel, deeds)  # type: ignore[arg-type]

    monkeypatch.setattr(type(engine._position.channel), "replay", counting)
    engine.seek(9500)
    settled(engine)
    assert sum(replays) <= keyframes.NEAR + 1


@pytest.mark.parametrize(
    "steps",
    [20_000, pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])],
)
def test_a_long_session_in_little_memory(steps: int) -> None:
    """In a process of its own, so that the memory is that of the session."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_seek", "--steps", str(steps), "--json", "-"],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["wrong"] == 0
    assert found["steps"] >= steps
    assert found["memory"] < MEMORY_AT_MOST, done.stdout
