"""The step engine: what cannot be done or opened is told, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from relayviz.engines.step.channel.channel import StepChannel
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome
from relayviz.model.engine.protocol import OpenError
from tests.engines.shown import assert_balanced, do, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Never

    from relayviz.engines.step.engine import StepEngine

    Start = Callable[..., StepEngine]

SMALL = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=2)


def write(length: int) -> Operation:
    return Operation(Kind.WRITE, 0, length)


MISTAKES = [
    Operation(Kind.WRITE, length=-1),
    Operation(Kind.WRITE, length=2**60),
    Operation(Kind.WRITE, cpu=9),
    Operation(Kind.READ, length=5),
    Operation(Kind.READ, fd=7, length=5),
    Operation(Kind.READ, fd=0, length=-5),
    Operation(Kind.POLL, fd=3),
    Operation(Kind.CLOSE_FILE),
    Operation(Kind.OPEN_FILE, cpu=5),
    Operation(Kind.OPEN_FILE, text="zz"),
    Operation(Kind.OPEN_FILE, fd=-3),
    Operation(Kind.MMAP),
    Operation(Kind.UNMAP, fd=4),
    Operation(Kind.SPLICE),
    Operation(Kind.FILL),
    Operation(Kind.FILL, event=12),
    Operation(Kind.CONSUME, cpu=-7, count=1),
    Operation(Kind.CONSUME, count=-1),
    Operation(Kind.SWITCH, cpu=4, length=1),
    Operation(Kind.LATE_SETUP, text="again"),
    Operation(Kind.LATE_SETUP, text="a/b"),
    Operation(Kind.CPU_ONLINE, cpu=8, count=1),
    Operation(Kind.SET_MODE, text="nonsense"),
    Operation(Kind.SET_MODE, text="python", source="not confirmed"),
    Operation(Kind.OPEN),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title())
def test_a_mistake_is_told_and_changes_nothing(start: Start, mistake: Operation) -> None:
    engine = start(SMALL)
    do(engine, write(10))
    before = fingerprint(engine)
    seen = do(engine, mistake)
    assert seen.result.outcome is Outcome.ERROR
    assert seen.result.words.endswith(".")
    assert len(seen.result.words) > 20
    assert fingerprint(engine) == before
    assert not seen.changed.rows.any()
    assert do(engine, write(10)).result.outcome is Outcome.STORED
    assert_balanced(engine.snapshot)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (ChannelConfig(subbuf_size=0), "subbuf_size"),
        (ChannelConfig(n_subbufs=0), "n_subbufs"),
        (ChannelConfig(cpus=0), "cpus"),
        (ChannelConfig(header=511), "header"),
        (ChannelConfig(mode=Mode.PYTHON, source="def subbuf_start(): pass"), "source"),
        (ChannelConfig(base_filename="a/b"), "base_filename"),
    ],
)
def test_what_cannot_be_opened_says_where_to_look(
    start: Start, config: ChannelConfig, field: str
) -> None:
    with pytest.raises(OpenError) as caught:
        start(config)
    assert caught.value.field == field
    assert caught.value.message


def test_what_fails_while_it_is_opened_leaves_no_directory(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: StepChannel) -> Never:
        raise MemoryError

    start(SMALL)
    before = relay.Directory.root().names()
    assert before
    monkeypatch.setattr(StepChannel, "_open", fail)
    with pytest.raises((MemoryError, OpenError)):
        start(SMALL)
    assert relay.Directory.root().names() == before


def test_filling_is_told_of_the_buffer_that_the_slot_is_in(start: Start) -> None:
    """Whichever CPU is asked for beside the event's number."""
    engine = start(SMALL)
    do(engine, Operation(Kind.RESERVE, 1, 20))
    filled = do(engine, Operation(Kind.FILL, 0, event=1))
    assert filled.made_by.marks == ((1, Mark.FILLED),)
