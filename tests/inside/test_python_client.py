"""A subbuf_start in Python inside operations: asked between two steps, and answered as in Step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.cli import main
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import explore
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel import client
from relayviz.model.channel.client import SubbufStart, compile_subbuf_start
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.file import loads
from relayviz.relay import ActorState
from tests.engines.shown import do, memory

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.inside.program import InsideSession

HEADER = """
# The padding goes into a header; every third time it refuses.
calls = []
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    calls.append((buf.cpu, buf.subbufs_produced, buf.full, prev_padding))
    if prev_subbuf is not None:
        prev_subbuf[:4] = prev_padding.to_bytes(4, "little")
        subbuf[5] = 77
    if len(calls) % 3 == 0:
        return False
    buf.subbuf_start_reserve(4)
    return True
"""
SESSION = """relayviz = 1
[channel]
subbuf_size = 32
n_subbufs = {count}
cpus = 1
mode = "python"
source = "mine"
[sources]
mine = '''
{source}
'''
[inside]
rule = "kernel"
schedule = '''
{schedule}
'''
[[actor]]
name = "task"
queue = "write 20 times=5"
[[actor]]
name = "irq"
role = "interrupt"
queue = "write 8"
"""


def session_of(source: str = HEADER, count: int = 2) -> tuple[InsideSession, SubbufStart]:
    session = loads(SESSION.format(source=source, schedule="", count=count), STOP_NAMES)
    return session, compile_subbuf_start(session.config.source)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_does_what_it_does_in_the_step_engine(count: int) -> None:
    session, function = session_of(count=count)
    engine = InsideEngine(session, functions=[function])
    mine = compile_subbuf_start(session.config.source)
    step = StepEngine(session.config, [mine])
    try:
        for deed in session.actors[0].queue:
            engine.run("task")
            seen = do(step, deed.operation)
            assert engine.snapshot.buffers.tolist() == seen.buffers.tolist()
            assert engine.snapshot.subbufs.tolist() == seen.subbufs.tolist()
            size = 32 * count
            assert engine.machine.memory_of(0)[:size] == memory(step, seen, 0)[:size]
        theirs = mine.function.__globals__["calls"]
        ours = function.function.__globals__["calls"]
        assert ours == theirs
        assert len(ours) > 3
        digest, end = engine.machine.digest(), engine.position
        for position in (0, end // 2, end):
            engine.seek(position)
        assert engine.machine.digest() == digest
        assert len(ours) == len(theirs)  # nobody is asked again
    finally:
        step.close()


def test_the_step_ends_asking_and_the_next_one_answers() -> None:
    session, function = session_of()
    engine = InsideEngine(session, functions=[function])
    engine.run("task")
    told = [engine.step("task")]
    while engine.actors()[0].state is not ActorState.ASKING:
        told.append(engine.step("task"))
    asking = "asks subbuf_start(sub-buffer 1, previous 0, padding 8, cpu 0)"
    assert told[-1].words == asking
    assert engine.actors()[0].why == ""
    answered = engine.step("task")
    assert answered.words == "subbuf_start answered 1, and reserved 4 B, and stored 2 B"
    assert engine.actors()[0].state is ActorState.STOPPED
    ran = engine.run("task")
    calls = [call for one in ran for call in one.calls]
    assert calls == ["subbuf_start(sub-buffer 1, previous 0, padding 8, cpu 0): 1"]


def test_a_loop_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIME_LIMIT", 0.05)
    looping = HEADER.replace("    if len(calls) % 3", "    while len(calls) > 1: pass\n    if 7")
    session, function = session_of(looping)
    engine = InsideEngine(session, functions=[function])
    engine.run("task")
    words = [moved.words for moved in engine.run("task")]
    assert any("subbuf_start raised TimeUpError: it took longer than" in one for one in words)
    assert words[-1].endswith("lost: full")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def subbuf_start(b, s, p, n): raise ValueError('no')", "raised ValueError: no"),
        ("def subbuf_start(b, s, p, n): s[0] = 1; return True", "store nothing at the opening"),
        ("def subbuf_start(b, s, p, n): b.subbuf_start_reserve(31)", "a header of 31 B"),
    ],
)
def test_what_it_may_not_do_at_the_opening(source: str, message: str) -> None:
    session, function = session_of(source)
    with pytest.raises(OpenError, match=message):
        InsideEngine(session, functions=[function])


def test_it_runs_only_when_it_was_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.inside.toml"
    schedule = "run task\nrun task\nexpect produced == 1"
    path.write_text(SESSION.format(source=HEADER, schedule=schedule, count=2), encoding="utf-8")
    assert main(["inside", str(path)]) == 2
    assert "--allow-python" in capsys.readouterr().err
    assert main(["inside", str(path), "--allow-python"]) == 0
    out = capsys.readouterr().out
    assert "task: asks subbuf_start(sub-buffer 1, previous 0, padding 8, cpu 0)" in out
    assert "task: subbuf_start answered 1, and reserved 4 B" in out
    assert main(["explore", str(path), "--find", "lost > 0"]) == 2
    assert "where subbuf_start is in Python" in capsys.readouterr().err
    path.write_text(SESSION.format(source="def other(): pass", schedule=schedule, count=2))
    assert main(["inside", str(path), "--allow-python"]) == 2
    assert "Define a function" in capsys.readouterr().err


def test_no_order_is_looked_for() -> None:
    session, function = session_of()
    with pytest.raises(ConditionError, match="in Python"):
        explore(InsideEngine(session, functions=[function]), "lost > 0")
    with pytest.raises(OpenError, match="Confirm its subbuf_start"):
        InsideEngine(session)
