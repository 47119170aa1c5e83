"""Callbacks in the log: those that are told from figures are those that ran, inside operations too.

The machine inside operations notes its client's callbacks where they run; the stepped engine tells
subbuf_start from what a buffer was before and after. Both do the same operations here.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.inside.engine import InsideEngine
from relayviz.model.channel.call import CREATE, REMOVE, START
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.inside.lines import read_deeds
from relayviz.model.inside.program import Actor, InsideSession, Rule
from tests.engines.shown import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine

    Start = Callable[..., StepEngine]

SIZE, COUNT = 16, 2
LINES = (
    *("write 9", "write 16", "write 17", "write-nolock 7", "reserve 5", "switch 4", "switch 0"),
    *("switch 20", "flush", "reset", "consume 1", "consume 2", "cpu-online cpu=1", "write 8 cpu=1"),
)
CONFIGS = [
    ChannelConfig(subbuf_size=SIZE, n_subbufs=COUNT, cpus=2, mode=mode, is_global=is_global)
    for mode in (Mode.NO_OVERWRITE, Mode.OVERWRITE, Mode.DEFAULT)
    for is_global in (False, True)
]


def random_lines(seed: int) -> list[str]:
    """Return the lines of a random program that ends by closing the channel."""
    chance = random.Random(seed)  # noqa: S311  no secret
    return [*(chance.choice(LINES) for _ in range(40)), "close", "write 9", "switch 3"]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda one: f"{one.mode}-{one.is_global}")
def test_callbacks_told_are_those_that_run(config: ChannelConfig, start: Start) -> None:
    config = replace(config, online=(0,))
    for seed in range(6):
        lines = random_lines(seed)
        lines = lines[: lines.index("close") + 1]
        queue, wrong, _ = read_deeds("\n".join(lines), 0, config.cpus)
        assert wrong is None
        session = InsideSession(config, Rule.LIBRARY, actors=(Actor("a", queue=queue),))
        inside = InsideEngine(session)
        engine = start(config)
        do(engine, *(deed.operation for deed in queue))
        steps = engine.history.steps
        assert tuple(call.told() for call in steps[0].calls) == inside.opening
        for deed, step in zip(queue, steps[1:], strict=True):
            ran = tuple(call for moved in inside.run("a") for call in moved.calls)
            assert tuple(call.told() for call in step.calls) == ran, deed.line


def test_nothing_is_asked_behind_the_end(start: Start) -> None:
    engine = start(ChannelConfig(subbuf_size=SIZE, n_subbufs=1, cpus=1))
    write = Operation(Kind.WRITE, length=SIZE)
    do(engine, write, write, Operation(Kind.CLOSE), write, Operation(Kind.SWITCH))
    names = [[call.name for call in step.calls] for step in engine.history.steps]
    assert names == [[CREATE, START], [], [START], [REMOVE], [], []]


@pytest.mark.parametrize(("is_global", "count"), [(False, 3), (True, 1)])
def test_how_often_create_buf_file_is_called(start: Start, is_global: bool, count: int) -> None:
    engine = start(ChannelConfig(cpus=3, is_global=is_global))
    calls = [call.told() for call in engine.history.steps[0].calls if call.name == CREATE]
    made = "global" if is_global else "made"
    assert calls == [f'create_buf_file("cpu{cpu}", cpu {cpu}): {made}' for cpu in range(count)]


def test_a_channel_without_name_makes_its_files_late(start: Start) -> None:
    engine = start(ChannelConfig(base_filename=None, cpus=1))
    do(engine, Operation(Kind.LATE_SETUP, text="late"))
    told = [[call.told() for call in step.calls] for step in engine.history.steps]
    assert told[0][0] == "create_buf_file(no name, cpu 0): made"
    assert told[1] == ['create_buf_file("late0", cpu 0): made']


ANSWERS = """
calls = []
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    calls.append((buf.cpu, prev_padding))
    if len(calls) == 3:
        raise ValueError("no")
    buf.subbuf_start_reserve(3)
    return len(calls) % 2 == 0
"""


def test_answers_of_python_are_told(start: Start) -> None:
    function = compile_subbuf_start(ANSWERS)
    config = ChannelConfig(
        subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.PYTHON, source=function.source
    )
    engine = start(config, [function])
    write = Operation(Kind.WRITE, length=40)
    do(engine, write, write, write, Operation(Kind.RESET))
    asked = [call for step in engine.history.steps for call in step.calls if call.name == START]
    ran: list[tuple[int, int]] = function.function.__globals__["calls"]
    assert [f"padding {padding}, cpu {cpu}" in call.arguments for call, (cpu, padding) in
            zip(asked, ran, strict=True)] == [True] * len(ran)  # fmt: skip
    assert [call.answer for call in asked[:3]] == ["0", "1, 3 B reserved", "raised ValueError: no"]
    for step in (0, 2, 3):
        engine.seek(step)  # a replay calls nothing, and notes nothing
    do(engine)
    assert len(ran) == len(asked)
