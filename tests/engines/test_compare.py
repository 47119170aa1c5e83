"""What Compare says of two channels: sentences and figures, with numbers that can be counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.compare.compare import Half, differences, differing, sentence, survival
from relayviz.model.ledger.fate import FateIndex
from tests.engines.shown import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine

    Start = Callable[..., StepEngine]

CONFIG = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2)


def write(length: int = 30, cpu: int = 0) -> Operation:
    return Operation(Kind.WRITE, cpu, length)


def half(start: Start, name: str, mode: Mode, *operations: Operation, line: str = "") -> Half:
    """A channel after some operations."""
    engine = start(replace(CONFIG, mode=mode))
    snapshot = do(engine, *operations)
    fates = FateIndex(engine.config)
    fates.follow(engine.history, snapshot.branch)
    return Half(name, snapshot, fates, line)


def told(start: Start, *operations: Operation) -> tuple[str, str]:
    """What is said of the two modes after the same operations."""
    a = half(start, "A", Mode.NO_OVERWRITE, *operations)
    b = half(start, "B", Mode.OVERWRITE, *operations)
    found = survival(a, b, 0)
    return sentence(a, found, 0, 0), sentence(b, found, 1, 0)


FULL = "refused while 2 of 2 sub-buffers were finished and not consumed"
LONG = "longer than a sub-buffer, or than its header leaves"
RESET = "not consumed when the channel was reset"
EARLY = "a sub-buffer released before every byte was read"


def lapped(times: int = 1) -> str:
    several = f"{times} sub-buffers" if times > 1 else "a sub-buffer"
    they = "they were" if times > 1 else "it was"
    return f"the writer used {several} again before {they} read to the end"


WHOLE = write(64)
CASES = [
    ([], "has no event yet", "has no event yet"),
    ([write()], "keeps the only event", "keeps the only event"),
    ([write()] * 4, "keeps all 4 events", "keeps all 4 events"),
    ([write(cpu=1)] * 9, "has no event yet", "has no event yet"),
    (
        [write()] * 5,
        f"keeps the oldest 4 events and loses the newest 1: {FULL}",
        f"keeps the newest 3 events and loses the oldest 2: {lapped()}",
    ),
    (
        [write()] * 9,
        f"keeps the oldest 4 events and loses the newest 5: {FULL}",
        f"keeps the newest 3 events and loses the oldest 6: {lapped(3)}",
    ),
    (
        [WHOLE] * 3,
        f"keeps the oldest 2 events and loses the newest 1: {FULL}",
        f"keeps the newest 2 events and loses the oldest 1: {lapped()}",
    ),
    ([write(65)], f"loses the only event: {LONG}", f"loses the only event: {LONG}"),
    (
        [WHOLE, write(65), WHOLE],
        f"keeps 2 of 3 events and loses 1: {LONG}",
        f"keeps 2 of 3 events and loses 1: {LONG}",
    ),
    (
        [write(65), *[WHOLE] * 4],
        f"keeps 2 of 5 events and loses 3: 2: {FULL}; 1: {LONG}",
        f"keeps the newest 2 events and loses the oldest 3: 2: {lapped(2)}; 1: {LONG}",
    ),
    (
        [*[WHOLE] * 3, Operation(Kind.RESET)],
        f"loses all 3 events: 2: {RESET}; 1: {FULL}",
        f"loses all 3 events: 2: {RESET}; 1: {lapped()}",
    ),
    (
        [WHOLE, write(), Operation(Kind.CONSUME, 0, count=1)],
        f"keeps the newest event and loses the oldest 1: {EARLY}",
        f"keeps the newest event and loses the oldest 1: {EARLY}",
    ),
]


@pytest.mark.parametrize(("operations", "a", "b"), CASES)
def test_what_is_kept_and_why_the_rest_is_not(
    start: Start, operations: list[Operation], a: str, b: str
) -> None:
    assert told(start, *operations) == (f"A {a}.", f"B {b}.")


def test_figures_stand_side_by_side(start: Start) -> None:
    """Nine writes of 30 B: two fit a sub-buffer."""
    operations = [write()] * 9
    a = half(start, "A", Mode.NO_OVERWRITE, *operations)
    b = half(start, "B", Mode.OVERWRITE, *operations)
    found = {one.name: (one.a, one.b) for one in differences(a, b, 0)}
    assert {name: found[name] for name in found if name not in ("ready", "relay_buf_full()")} == {
        "offset": ("65 (blocked)", "30"),
        "subbufs_produced": ("2", "4"),
        "subbufs_consumed": ("0", "0"),
        "last subbuf_start": ("0", "1"),
        "events kept": ("4", "3"),
        "events lost": ("5", "6"),
    }
    assert found["relay_buf_full()"] == ("1", "1 (not consulted)")
    assert found["ready"][0] == "2/2"
    assert [one.name for one in differences(a, b, 0) if not one.differs] == ["subbufs_consumed"]
    other = {one.name: (one.a, one.b) for one in differences(a, b, 1)}
    assert other["last subbuf_start"] == ("no switch", "no switch")
    assert other["events kept"] == other["events lost"] == ("0", "0")
    assert other["relay_buf_full()"] == ("0", "0 (not consulted)")


def test_the_cpus_that_differ_are_those_that_keep_other_events(start: Start) -> None:
    operations = [*[write(cpu=1)] * 9, *[write(cpu=0)] * 4]
    a = half(start, "A", Mode.NO_OVERWRITE, *operations)
    b = half(start, "B", Mode.OVERWRITE, *operations)
    assert list(differing(a, b)) == [1]
    assert list(differing(a, a)) == []


def test_a_title_has_the_branch_where_there_are_two(start: Start) -> None:
    plain = half(start, "A", Mode.OVERWRITE, write())
    assert plain.title == "overwrite, 2 × 64 B"
    line = half(start, "A", Mode.NO_OVERWRITE, write(), write(), line="main line")
    assert line.title == "main line, step 2 · no-overwrite, 2 × 64 B"
