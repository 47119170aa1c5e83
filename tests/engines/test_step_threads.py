"""The engine's thread: nothing waits for it, nothing is left of it, and what it shows is whole."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.step import position
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from tests.engines.shown import do, fingerprint, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Start = Callable[..., StepEngine]

CONFIG = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=2)
MANY = [Operation(Kind.WRITE, number % 2, number % 60) for number in range(3000)]


def test_close_ends_the_thread_and_drops_what_waits() -> None:
    names = relay.Directory.root().names()
    engine = StepEngine(CONFIG)
    engine.submit(*MANY)
    engine.close()
    engine.close()
    assert not engine.busy
    assert "step-engine" not in [thread.name for thread in threading.enumerate()]
    assert relay.Directory.root().names() == names
    engine.submit(MANY[0])
    engine.seek(0)
    assert engine.bytes_of(engine.snapshot, 0) is None


def test_seeking_leaves_no_channels_behind(start: Start) -> None:
    engine = start(CONFIG)
    do(engine, *MANY[:50], Operation(Kind.OPEN_FILE), Operation(Kind.MMAP))
    names = len(relay.Directory.root().names())
    for number in range(52):
        engine.seek(number)
        settled(engine)
    assert len(relay.Directory.root().names()) == names


def test_a_slider_that_is_dragged_ends_where_it_was_let_go(start: Start) -> None:
    engine = start(CONFIG)
    do(engine, *MANY)
    generation = engine.snapshot.generation
    for number in range(3000, 0, -1):
        engine.seek(number)
    seen = settled(engine)
    assert seen.step == 1
    assert seen.generation - generation < 3000


def test_a_newer_wish_breaks_a_long_replay_off(start: Start) -> None:
    engine = start(CONFIG)
    do(engine, *MANY)
    prints = {}
    for number in (0, 2500, 3000):
        engine.seek(number)
        settled(engine)
        prints[number] = fingerprint(engine)
    for _ in range(20):
        engine.seek(2500)
        engine.seek(2501)
        engine.back()
        settled(engine)
        assert engine.snapshot.step == 2500
        assert fingerprint(engine) == prints[2500]
        engine.home()
        settled(engine)
    assert fingerprint(engine) == prints[0]


def test_a_replay_that_is_broken_off_where_the_newer_wish_leads(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = start(CONFIG)
    changed = {}
    for depth, operation in enumerate(MANY[:30], 1):
        changed[depth] = do(engine, operation).changed.rows.tolist()
    asks = iter([lambda: engine.seek(10)])
    is_superseded = engine._is_superseded

    def meanwhile() -> bool:
        next(asks, lambda: None)()
        return is_superseded()

    monkeypatch.setattr(position, "_CHUNK", 10)
    monkeypatch.setattr(engine, "_is_superseded", meanwhile)
    engine.seek(25)
    seen = settled(engine)
    assert seen.step == 10
    assert changed[10] != changed[30 - 1]
    assert seen.changed.rows.tolist() == changed[10]


def test_bytes_are_those_of_the_snapshot_or_none(start: Start) -> None:
    engine = start(ChannelConfig(subbuf_size=4096, n_subbufs=1, cpus=1))
    old = engine.snapshot
    engine.submit(*[Operation(Kind.WRITE, data=b"x" * 4) for _ in range(500)])
    seen = 0
    while engine.busy:
        snapshot = engine.snapshot
        data = engine.bytes_of(snapshot, 0)
        if data is not None:
            seen += 1
            assert data.tobytes().count(b"x") == int(snapshot.buffers["offset"][0])
    snapshot = engine.snapshot
    data = engine.bytes_of(snapshot, 0, 0, 8)
    assert data is not None
    assert data.tobytes() == b"x" * 8
    assert engine.bytes_of(old, 0) is None
    assert snapshot.step == 500


def test_nobody_waits_for_a_slow_callback(start: Start) -> None:
    go, asked = threading.Event(), threading.Event()
    source = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    source += "    if prev_subbuf is not None:\n        wait()\n    return True\n"
    own = compile_subbuf_start(source)

    def wait() -> None:
        asked.set()
        assert go.wait(30)

    own.function.__globals__["wait"] = wait
    config = ChannelConfig(subbuf_size=64, cpus=1, mode=Mode.PYTHON, source=source)
    engine = start(config, [own])
    before = engine.snapshot
    engine.submit(Operation(Kind.FLUSH))
    assert asked.wait(30)
    assert engine.busy
    assert engine.bytes_of(before, 0) is None
    engine.seek(0)
    assert not engine.wait_idle(0.01)
    go.set()
    assert settled(engine).step == 0


def test_a_closed_engine_is_gone_without_the_garbage_collector() -> None:
    """Its channel and its history may be large: nothing in it refers back to it."""
    gc.collect()
    gc.disable()
    try:
        engine = StepEngine(CONFIG)
        do(engine, *MANY, Operation(Kind.OPEN_FILE), Operation(Kind.READ, length=9))
        engine.seek(700)
        settled(engine)
        engine.ledger.follow(engine.history, 0)
        assert engine.history.at(0, 5).operation == MANY[4]
        parts = (engine, engine.history, engine.history.steps, engine.facts, engine.ledger)
        left = [weakref.ref(one) for one in parts]
        assert engine.close(30)
        del engine, parts
        assert [one() for one in left] == [None] * len(left)
    finally:
        gc.enable()


def test_the_history_can_be_read_while_it_grows(start: Start) -> None:
    engine = start(CONFIG)
    engine.submit(*MANY)
    while engine.busy:
        length = engine.history.length(0)
        path = engine.history.path(0, max(length - 5, 0), length)
        assert [one.depth for one in path] == list(range(max(length - 5, 0), length + 1))
    assert len(engine.history.steps) == len(MANY) + 1


def test_ten_thousand_steps_are_replayed_fast_enough_for_a_slider(start: Start) -> None:
    engine = start(CONFIG)
    do(engine, *MANY, *MANY, *MANY, *MANY[:1000])
    times = []
    for number in (9999, 9998, 9997, 9996, 9995):
        begin = time.perf_counter()
        engine.seek(number)
        assert settled(engine).step == number
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.15
