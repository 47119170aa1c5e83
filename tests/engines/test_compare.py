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


@pytest.mark.parametrize(
    ("operations", "a", "b"),
    [
        ([], "A has no event yet.", "B has no event yet."),
        ([write()], "A keeps the only event.", "B keeps the only event."),
        ([write()] * 4, "A keeps all 4 events.", "B keeps all 4 events."),
        ([write(cpu=1)] * 9, "A has no event yet.", "B has no event yet."),
        (
            [write()] * 5,
            (
                "A keeps the oldest 4 events and loses the newest 1: the write failed while 2 of 2"
                " sub-buffers were unread."
            ),
            (
                "B keeps the newest 3 events and loses the oldest 2: the writer lapped the reader and"
                " reused a sub-buffer that nobody had read."
            ),
        ),
        (
            [write()] * 9,
            (
                "A keeps the oldest 4 events and loses the newest 5: the write failed while 2 of 2"
                " sub-buffers were unread."
            ),
            (
                "B keeps the newest 3 events and loses the oldest 6: the writer lapped the reader and"
                " reused 3 sub-buffers that nobody had read."
            ),
        ),
        (
            [write(64), write(64), write(64)],
            (
                "A keeps the oldest 2 events and loses the newest 1: the write failed while 2 of 2"
                " sub-buffers were unread."
            ),
            (
                "B keeps the newest 2 events and loses the oldest 1: the writer lapped the reader and"
                " reused a sub-buffer that nobody had read."
            ),
        ),
        (
            [write(65)],
            "A loses the only event: longer than a sub-buffer, or than its header leaves.",
            "B loses the only event: longer than a sub-buffer, or than its header leaves.",
        ),
        (
            [write(64), write(65), write(64)],
            (
                "A keeps 2 of 3 events and loses 1: longer than a sub-buffer, or than its header"
                " leaves."
            ),
            (
                "B keeps 2 of 3 events and loses 1: longer than a sub-buffer, or than its header"
                " leaves."
            ),
        ),
        (
            [write(65), write(64), write(64), write(64), write(64)],
            (
                "A keeps 2 of 5 events and loses 3: 2: the write failed while 2 of 2 sub-buffers were"
                " unread; 1: longer than a sub-buffer, or than its header leaves."
            ),
            (
                "B keeps the newest 2 events and loses the oldest 3: 2: the writer lapped the reader"
                " and reused 2 sub-buffers that nobody had read; 1: longer than a sub-buffer, or than"
                " its header leaves."
            ),
        ),
        (
            [write(64), write(64), write(64), Operation(Kind.RESET)],
            (
                "A loses all 3 events: 2: unread when the channel was reset; 1: the write failed while"
                " 2 of 2 sub-buffers were unread."
            ),
            (
                "B loses all 3 events: 2: unread when the channel was reset; 1: the writer lapped the"
                " reader and reused a sub-buffer that nobody had read."
            ),
        ),
        (
            [write(64), write(30), Operation(Kind.CONSUME, 0, count=1)],
            (
                "A keeps the newest event and loses the oldest 1: a sub-buffer released before every"
                " byte was read."
            ),
            (
                "B keeps the newest event and loses the oldest 1: a sub-buffer released before every"
                " byte was read."
            ),
        ),
    ],
)
def test_what_is_kept_and_why_the_rest_is_not(
    start: Start, operations: list[Operation], a: str, b: str
) -> None:
    assert told(start, *operations) == (a, b)


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
    assert other["last subbuf_start"] == ("not asked yet", "not asked yet")
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
