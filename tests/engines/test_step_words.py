"""Results in plain words, and the marks on the time line, for each thing that can happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.channel.state import Change, Figures, mark
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.marks import FIGURES, LOSS, Mark
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.state import LOSSES
from relayviz.relay import Account, Count
from tests.engines.shown import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine

    Start = Callable[..., StepEngine]
    Case = tuple[ChannelConfig, list[Operation], Outcome, str, Mark]

REFUSING = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1)
RECORDING = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE)
HEADED = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, header=4)
PAIR = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2)

W10, W50, W64 = (Operation(Kind.WRITE, length=length) for length in (10, 50, 64))
OPEN, CLOSE = Operation(Kind.OPEN_FILE), Operation(Kind.CLOSE)
FLUSH, RESET, POLL = Operation(Kind.FLUSH), Operation(Kind.RESET), Operation(Kind.POLL)
READ = Operation(Kind.READ, length=100)

CASES: list[Case] = [
    (
        REFUSING,
        [W10],
        Outcome.STORED,
        "Stored 10 B in sub-buffer 0 of cpu 0, from byte 0; 54 B are left.",
        Mark.STORED,
    ),
    (
        REFUSING,
        [W64],
        Outcome.STORED,
        ("Stored 64 B in sub-buffer 0 of cpu 0, from byte 0; it is exactly full."),
        Mark.STORED,
    ),
    (
        REFUSING,
        [W50, W50],
        Outcome.STORED,
        (
            "Stored 50 B in sub-buffer 1 of cpu 0, from byte 0; 14 B are left. Sub-buffer 0 "
            "was finished before, with 14 B of padding."
        ),
        Mark.STORED | Mark.SWITCHED,
    ),
    (
        REFUSING,
        [W64, W64, W10],
        Outcome.FULL,
        (
            "Lost, 10 B: all 2 sub-buffers of cpu 0 are finished and not consumed. Sub-buffer 1"
            " was finished before, with no padding."
        ),
        Mark.LOST_FULL | Mark.SWITCHED,
    ),
    (
        REFUSING,
        [W64, W64, W10, W10],
        Outcome.FULL,
        (
            "Lost, 10 B: all 2 sub-buffers of cpu 0 are finished and not consumed; 2 refused there"
            " so far."
        ),
        Mark.LOST_FULL,
    ),
    (
        REFUSING,
        [Operation(Kind.WRITE, length=65)],
        Outcome.TOO_BIG,
        "Lost: 65 B are more than the 64 B of a sub-buffer.",
        Mark.LOST_TOO_BIG,
    ),
    (
        HEADED,
        [Operation(Kind.WRITE, length=61)],
        Outcome.TOO_BIG,
        (
            "Lost: 61 B do not fit beside the header of 4 B. The switch stays done: sub-"
            "buffer 0 is used up. Sub-buffer 0 was finished before, with 60 B of padding."
        ),
        Mark.LOST_TOO_BIG | Mark.SWITCHED,
    ),
    (
        RECORDING,
        [W64, W64, W10],
        Outcome.STORED,
        (
            "Stored 10 B in sub-buffer 0 of cpu 0, from byte 0; 54 B are left. Sub-buffer 1 "
            "was finished before, with no padding. Lost, overwritten: 1 event (64 B)."
        ),
        Mark.STORED | Mark.SWITCHED | Mark.OVERWRITTEN,
    ),
    (
        REFUSING,
        [Operation(Kind.RESERVE, length=10)],
        Outcome.STORED,
        "Reserved 10 B in sub-buffer 0 of cpu 0, from byte 0; 54 B are left.",
        Mark.RESERVED,
    ),
    (
        REFUSING,
        [Operation(Kind.RESERVE, length=10), Operation(Kind.FILL)],
        Outcome.OK,
        "Filled the slot of event 1 with 10 B.",
        Mark.FILLED,
    ),
    (
        REFUSING,
        [W10, FLUSH],
        Outcome.OK,
        "Finished 1 sub-buffer.",
        Mark.FLUSHED | Mark.SWITCHED,
    ),
    (
        REFUSING,
        [FLUSH],
        Outcome.OK,
        "Finished 1 sub-buffer, empty.",
        Mark.FLUSHED | Mark.SWITCHED,
    ),
    (
        REFUSING,
        [FLUSH] * 3,
        Outcome.FULL,
        "Finished 0 sub-buffers. Refused on cpu 0: full.",
        Mark.FLUSHED,
    ),
    (
        REFUSING,
        [W10, RESET],
        Outcome.OK,
        "Began anew on 1 buffer. Lost, discarded by reset: 1 event (10 B).",
        Mark.RESET | Mark.DISCARDED,
    ),
    (
        REFUSING,
        [Operation(Kind.SWITCH, length=3)],
        Outcome.OK,
        (
            "Switched to sub-buffer 1 of cpu 0. Sub-buffer 0 was finished before, with 64 B "
            "of padding."
        ),
        Mark.SWITCHED,
    ),
    (
        REFUSING,
        [Operation(Kind.SWITCH, length=65)],
        Outcome.TOO_BIG,
        "Not switched: 65 B are more than the 64 B of a sub-buffer.",
        Mark(0),
    ),
    (
        REFUSING,
        [FLUSH, FLUSH, Operation(Kind.SWITCH)],
        Outcome.FULL,
        "Refused: cpu 0 is blocked.",
        Mark(0),
    ),
    (
        REFUSING,
        [W64, W10, Operation(Kind.CONSUME, count=1)],
        Outcome.OK,
        (
            "Counted 1 sub-buffer as consumed (0 → 1); 0 ready now. Lost, released too early: "
            "1 event (64 B)."
        ),
        Mark.CONSUMED | Mark.RELEASED,
    ),
    (
        REFUSING,
        [Operation(Kind.CONSUME, count=2)],
        Outcome.NOTHING,
        ("Counted 0 sub-buffers as consumed (0 → 0): no more than 0 were ready; 0 ready now."),
        Mark(0),
    ),
    (
        REFUSING,
        [Operation(Kind.CONSUME, count=3)],
        Outcome.NOTHING,
        "Ignored: 3 are more than the 2 that a buffer has.",
        Mark(0),
    ),
    (
        REFUSING,
        [OPEN],
        Outcome.OK,
        'Opened cpu0 as descriptor 0, flags "r".',
        Mark.FILE,
    ),
    (
        REFUSING,
        [OPEN, READ],
        Outcome.NOTHING,
        (
            "Read 0 of 100 B asked for. The reader stands at byte 0 of sub-buffer 0. There is"
            " nothing to read."
        ),
        Mark.READ,
    ),
    (
        REFUSING,
        [W10, OPEN, READ],
        Outcome.OK,
        "Read 10 of 100 B asked for. The reader stands at byte 10 of sub-buffer 0.",
        Mark.READ,
    ),
    (
        REFUSING,
        [W64, W10, OPEN, READ],
        Outcome.OK,
        "Read 74 of 100 B asked for. Released 1 sub-buffer: consumed 0 → 1.",
        Mark.READ | Mark.CONSUMED,
    ),
    (
        RECORDING,
        [W64, W64, W64, OPEN, READ],
        Outcome.OK,
        (
            "Read 100 of 100 B asked for. The writer had lapped the reader, which skipped 1 "
            "sub-buffer and released 1: consumed 0 → 2."
        ),
        Mark.READ | Mark.CONSUMED,
    ),
    (
        REFUSING,
        [OPEN, POLL],
        Outcome.NOTHING,
        "Nothing to be had: 0 of 2 sub-buffers ready.",
        Mark.FILE,
    ),
    (
        REFUSING,
        [OPEN, FLUSH, POLL],
        Outcome.OK,
        "POLLIN | POLLRDNORM: 1 of 2 sub-buffers ready.",
        Mark.FILE,
    ),
    (
        REFUSING,
        [OPEN, CLOSE, POLL],
        Outcome.OK,
        "POLLERR: the channel is closed; nothing is left to read.",
        Mark.FILE,
    ),
    (
        REFUSING,
        [W10, FLUSH, OPEN, Operation(Kind.SPLICE, length=7)],
        Outcome.OK,
        "Moved 7 of 7 B asked for. The reader stands at byte 7 of sub-buffer 0.",
        Mark.READ,
    ),
    (
        REFUSING,
        [OPEN, Operation(Kind.MMAP)],
        Outcome.OK,
        "Mapped 4096 B of cpu 0, shared, as mapping 0.",
        Mark.FILE,
    ),
    (
        REFUSING,
        [OPEN, Operation(Kind.MMAP), Operation(Kind.UNMAP)],
        Outcome.OK,
        "Gave mapping 0 back.",
        Mark.FILE,
    ),
    (
        REFUSING,
        [W10, OPEN, CLOSE],
        Outcome.OK,
        ("Closed 1 buffer. 1 descriptor and 0 mappings keep their buffers until they are closed."),
        Mark.CHANNEL,
    ),
    (
        REFUSING,
        [W10, CLOSE],
        Outcome.OK,
        "Closed 1 buffer. Lost, discarded by close: 1 event (10 B).",
        Mark.CHANNEL | Mark.DISCARDED,
    ),
    (
        REFUSING,
        [W10, OPEN, CLOSE, Operation(Kind.CLOSE_FILE)],
        Outcome.OK,
        "Closed descriptor 0. Lost, discarded by close: 1 event (10 B).",
        Mark.FILE | Mark.DISCARDED,
    ),
    (
        REFUSING,
        [Operation(Kind.SET_MODE, text="default")],
        Outcome.OK,
        "From the next switch on subbuf_start is default.",
        Mark.CHANNEL,
    ),
    (
        REFUSING,
        [Operation(Kind.CPU_ONLINE, count=1)],
        Outcome.NOTHING,
        "cpu 0 was on line already.",
        Mark.CHANNEL,
    ),
    (
        REFUSING,
        [Operation(Kind.CPU_ONLINE)],
        Outcome.ERROR,
        "There are cpu 0 to 0, and at least one stays on line.",
        Mark.ERROR,
    ),
]


def drawn(marks: tuple[tuple[int, Mark], ...]) -> dict[int, Mark]:
    """Return the marks without those of figures that changed."""
    return {cpu: mark & ~FIGURES for cpu, mark in marks if mark & ~FIGURES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[3])
def test_words_and_mark(start: Start, case: Case) -> None:
    config, operations, outcome, words, expected = case
    step = do(start(config), *operations).made_by
    assert (step.result.outcome, step.result.words) == (outcome, words)
    assert drawn(step.marks) == ({0: expected} if expected else {})


@pytest.mark.parametrize("loss", LOSSES)
def test_each_kind_of_loss_is_marked_as_one(loss: str) -> None:
    """Those, too, that one actor alone does not bring about."""
    then = Figures(0, 0, 0, 0, 0, 0, 0, 0, Account(*[Count(0, 0)] * len(Account._fields)))
    now = then._replace(account=then.account._replace(**{loss: Count(1, 0)}))
    assert mark(Kind.WRITE, Change(then, now), failed=False) & LOSS
    assert not mark(Kind.WRITE, Change(now, now), failed=False)


def test_the_opening(start: Start) -> None:
    opening = start(PAIR).history.steps[0]
    assert opening.result.words == "Opened: 2 buffers of 2 sub-buffers of 64 B each, files cpu*."
    assert drawn(opening.marks) == {0: Mark.CHANNEL, 1: Mark.CHANNEL}


def test_what_happens_to_some_cpus_is_marked_there(start: Start) -> None:
    engine = start(PAIR)
    seen = do(engine, FLUSH, Operation(Kind.CONSUME, 1, count=1), FLUSH, FLUSH)
    assert drawn(engine.history.steps[1].marks) == {ALL: Mark.FLUSHED | Mark.SWITCHED}
    assert drawn(seen.made_by.marks) == {0: Mark.FLUSHED, 1: Mark.FLUSHED | Mark.SWITCHED}
    assert "Finished 1 sub-buffer, empty. Refused on cpu 0, 1" in seen.result.words
