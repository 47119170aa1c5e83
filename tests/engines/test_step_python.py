"""The user's own subbuf_start: asked once, part of the history, never run by a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.model.channel import client
from relayviz.model.channel.client import TEMPLATES, SubbufStart, compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome
from relayviz.model.engine.protocol import OpenError
from tests.engines.shown import assert_balanced, do, fingerprint, memory, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine

    Start = Callable[..., StepEngine]

WRITE = Operation(Kind.WRITE, length=40)

MOODY = """
calls = []
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    calls.append(buf.subbufs_produced)
    number = len(calls)
    if prev_subbuf is not None:
        prev_subbuf[0], prev_subbuf[-1] = number, number
    subbuf[number % len(subbuf)] = 255
    if number % 3:
        buf.subbuf_start_reserve(number % 5)
    if number % 7 == 6:
        raise ValueError(f"call {number}")
    return number % 4 != 3
"""


def config_of(function: SubbufStart, n_subbufs: int = 3) -> ChannelConfig:
    return ChannelConfig(
        subbuf_size=64, n_subbufs=n_subbufs, cpus=1, mode=Mode.PYTHON, source=function.source
    )


def calls_of(function: SubbufStart) -> list[int]:
    """Return the calls that the moody client has counted."""
    calls: list[int] = function.function.__globals__["calls"]
    return calls


@pytest.mark.parametrize("n_subbufs", [1, 2, 5])
def test_replay_repeats_what_was_decided_and_never_asks(start: Start, n_subbufs: int) -> None:
    moody = compile_subbuf_start(MOODY)
    engine = start(config_of(moody, n_subbufs), [moody])
    operations = [WRITE, WRITE, Operation(Kind.FLUSH), WRITE, Operation(Kind.RESET), WRITE] * 4
    prints = [fingerprint(engine)]
    for operation in operations:
        do(engine, operation)
        prints.append(fingerprint(engine))
        assert_balanced(engine.snapshot)
    assert any(step.result.error for step in engine.history.steps)
    calls = len(calls_of(moody))
    for step in (0, 24, 3, 23, 11, 12, 1):
        engine.seek(step)
        assert settled(engine).step == step
        assert fingerprint(engine) == prints[step]
    assert len(calls_of(moody)) == calls
    do(engine, Operation(Kind.FLUSH))
    assert len(calls_of(moody)) == calls + 1


@pytest.mark.parametrize(("title", "mode"), [*zip(TEMPLATES, Mode, strict=False)])
def test_the_templates_do_what_the_ready_made_ones_do(start: Start, title: str, mode: Mode) -> None:
    own = compile_subbuf_start(TEMPLATES[title])
    python = start(config_of(own), [own])
    native = start(ChannelConfig(subbuf_size=64, n_subbufs=3, cpus=1, mode=mode, header=4))
    for length in (40, 20, 64, 40, 60, 1, 65, 30, 40, 50):
        shown = [do(one, Operation(Kind.WRITE, length=length)) for one in (python, native)]
        assert shown[0].buffers.tobytes() == shown[1].buffers.tobytes()
        assert memory(python, shown[0], 0) == memory(native, shown[1], 0)
        assert shown[0].result.words == shown[1].result.words


def test_an_error_is_told_with_its_line_and_the_channel_stays_usable(start: Start) -> None:
    source = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    source += "    if prev_padding:\n        return 1 / 0\n    return True\n"
    own = compile_subbuf_start(source)
    engine = start(config_of(own), [own])
    do(engine, WRITE)
    seen = do(engine, WRITE)
    assert seen.result.outcome is Outcome.FULL
    assert "ZeroDivisionError: division by zero at line 3" in seen.result.words
    assert seen.result.error is not None
    assert seen.result.error.line == 3
    assert seen.is_blocked(0)
    seen = do(engine, Operation(Kind.SET_MODE, text="overwrite"), WRITE)
    assert seen.result.outcome is Outcome.STORED


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return", "must return True or False, not None at line 1"),
        ("return 'yes'", "must return True or False, not 'yes'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("buf.subbuf_start_reserve(63)", "ReserveError"),
        ("buf.nonsense", "AttributeError"),
        ("subbuf[99] = 1", "IndexError"),
    ],
)
def test_whatever_it_does_wrong_is_a_refusal(start: Start, body: str, told: str) -> None:
    head = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    own = compile_subbuf_start(
        f"{head}    if prev_padding == 24:\n        {body}\n    return True\n"
    )
    engine = start(config_of(own), [own])
    do(engine, WRITE)
    seen = do(engine, Operation(Kind.WRITE, length=30))
    assert told in seen.result.words
    assert seen.lost(0)["refused_full"] == (1, 30)


def test_an_endless_loop_ends(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIME_LIMIT", 0.05)
    head = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    own = compile_subbuf_start(
        f"{head}    while prev_padding:\n        prev_padding += 1\n    return True\n"
    )
    engine = start(config_of(own), [own])
    do(engine, WRITE)
    seen = do(engine, WRITE)
    assert "longer than 0.05 s" in seen.result.words
    assert seen.result.error is not None
    assert seen.result.error.line in (2, 3)


def test_many_endless_loops_end_together(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "asked = []\n"
    source += "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    source += "    asked.append(buf.cpu)\n    while prev_subbuf is not None:\n        pass\n"
    own = compile_subbuf_start(source + "    return True\n")
    config = ChannelConfig(subbuf_size=64, cpus=50, mode=Mode.PYTHON, source=own.source)
    engine = start(config, [own])
    monkeypatch.setattr(client, "TIME_LIMIT", 0.05)
    seen = do(engine, Operation(Kind.FLUSH))
    assert all(seen.is_blocked(row) for row in range(50))
    assert own.function.__globals__["asked"][50:] == [0]  # the others were out of time at once


def test_views_that_are_kept_do_no_harm_later(start: Start) -> None:
    source = "kept = []\n"
    source += "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    source += "    for view, old in kept:\n        view[:] = b'x' * len(view)\n"
    source += "        assert not hasattr(old, 'offset')\n"
    source += "    kept.append((subbuf, buf))\n    return True\n"
    own = compile_subbuf_start(source)
    engine = start(config_of(own), [own])
    seen = do(engine, WRITE, WRITE, WRITE)
    assert seen.result.error is None
    assert b"xx" not in memory(engine, seen, 0)


def test_one_sub_buffer_is_new_and_previous_at_once(start: Start) -> None:
    source = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    source += "    subbuf[0] = 7\n    return prev_subbuf is None or prev_subbuf[0] == 7\n"
    own = compile_subbuf_start(source)
    engine = start(config_of(own, 1), [own])
    seen = do(engine, WRITE, Operation(Kind.FLUSH))
    assert not seen.is_blocked(0)
    assert memory(engine, seen, 0)[0] == 7


def test_only_what_the_user_has_confirmed_is_run(start: Start) -> None:
    own = compile_subbuf_start(TEMPLATES["Overwrite"])
    with pytest.raises(OpenError, match="Confirm"):
        start(config_of(own))
    engine = start(ChannelConfig(subbuf_size=64, cpus=1))
    change = Operation(Kind.SET_MODE, text="python", source=own.source)
    assert do(engine, change).result.outcome is Outcome.ERROR
    engine.confirm(own)
    seen = do(engine, change, WRITE, WRITE)
    assert (seen.mode, seen.source) == (Mode.PYTHON, own.source)
    assert seen.subbufs["header"][0, 1] == 4
    engine.seek(2)
    settled(engine)
    engine.end()
    assert settled(engine).subbufs["header"][0, 1] == 4


def test_the_same_with_the_own_subbuf_start(start: Start) -> None:
    own = compile_subbuf_start(TEMPLATES["Overwrite"])
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    do(engine, *[WRITE] * 4)
    other = engine.restart_with(Mode.PYTHON, [own])
    try:
        assert settled(other).lost(0)["overwritten"].events == 2
    finally:
        other.close()
