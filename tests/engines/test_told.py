"""Each cause by its own name, and both sides of it: what Fate, Why, Log and Compare say of it.

One session for each way that a sentence was once false; the sentence that is right stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.channel.state import look
from relayviz.engines.step.recording.record import record, record_opening
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Refusal
from relayviz.model.compare.compare import Half, differences, sentence, survival
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.history.facts import Facts
from relayviz.model.history.history import History
from relayviz.model.ledger.ledger import Ledger
from relayviz.model.ledger.words import fate_words, got_words
from relayviz.model.why.explainer import Explainer
from relayviz.model.why.rules import BLOCKED_ALREADY, FULL, NOTHING, RAISED, REFUSED
from relayviz.model.why.why import Byte, Event
from tests.engines.shown import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.ledger.fate import EventFate, FateIndex
    from relayviz.model.why.rules import Rule
    from relayviz.model.why.why import Why

    Start = Callable[..., StepEngine]

ONE = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1)
OVER = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE)
W30, W64 = (Operation(Kind.WRITE, length=length) for length in (30, 64))
OPEN, FLUSH, CLOSE = (Operation(kind) for kind in (Kind.OPEN_FILE, Kind.FLUSH, Kind.CLOSE))
POLL, RESET = Operation(Kind.POLL), Operation(Kind.RESET)
CLOSE_FILE, FILL = Operation(Kind.CLOSE_FILE), Operation(Kind.FILL)


def read(length: int) -> Operation:
    return Operation(Kind.READ, length=length)


def reserve(length: int) -> Operation:
    return Operation(Kind.RESERVE, length=length)


def why(engine: StepEngine, seen: Snapshot, event: int) -> Why:
    found = Explainer(engine.ledger).explain(engine.history, seen, Event(event))
    assert found is not None
    return found


def fate(engine: StepEngine, seen: Snapshot, event: int) -> tuple[FateIndex, EventFate]:
    index = engine.ledger.fates
    index.follow(engine.history, seen.branch)
    found = index.find(event, seen.step)
    assert found is not None
    return index, found


def both(engine: StepEngine, seen: Snapshot, event: int) -> str:
    """Return what Fate says, which Why says, too."""
    index, found = fate(engine, seen, event)
    read_by = got_words(found, index.got(found, seen.step))
    said = fate_words(found) + (f"; {read_by}" if read_by else "")
    assert why(engine, seen, event).title.endswith(f": {said}")
    return said


# -- read and lost all the same --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "operations", "said"),
    [
        (
            ONE,
            [W30, W30, OPEN, read(30), RESET],
            "discarded by reset; read by fd 0 at step 4; its sub-buffer was never released",
        ),
        (
            ONE,
            [W30, W30, OPEN, read(30), CLOSE, CLOSE_FILE],
            "discarded by close; read by fd 0 at step 4; its sub-buffer was never released",
        ),
        (
            OVER,
            [W30, W30, OPEN, read(30), W30, W64],
            "overwritten; read by fd 0 at step 4; its sub-buffer was never released",
        ),
        (
            ONE,
            [W30, W30, OPEN, read(30), FLUSH, Operation(Kind.CONSUME, count=1)],
            (
                "released too early; read by fd 0 at step 4; its sub-buffer was released before all"
                " of it was read"
            ),
        ),
        (
            ONE,
            [W30, OPEN, read(10), read(8)],
            "unread; 18 B of 30 B read by fd 0 at step 4; its sub-buffer is not released yet",
        ),
        (
            ONE,
            [reserve(30), W30, OPEN, read(60), FLUSH, read(1)],
            "consumed, reserved and not filled; read by fd 0 at step 4 before it was filled",
        ),
        (ONE, [W30, OPEN, FLUSH, read(64)], "consumed; read by fd 0 at step 4"),
    ],
)
def test_an_event_that_was_read_and_not_consumed_says_both(
    start: Start, config: ChannelConfig, operations: list[Operation], said: str
) -> None:
    engine = start(config)
    seen = do(engine, *operations)
    assert both(engine, seen, 1) == said


def test_several_readers_are_all_named(start: Start) -> None:
    engine = start(ONE)
    other = Operation(Kind.READ, length=20, fd=1)
    seen = do(engine, W30, W30, OPEN, OPEN, read(10), other, RESET)
    assert both(engine, seen, 1) == (
        "discarded by reset; 10 B of 30 B read by fd 0 at step 5,"
        " 20 B of 30 B read by fd 1 at step 6; its sub-buffer was never released"
    )
    leads = [(cause.lead, cause.step) for cause in why(engine, seen, 1).causes]
    assert leads == [
        ("Decided by", 7),
        ("Read by fd 0", 5),
        ("Read by fd 1", 6),
        ("Tried by", 1),
    ]


# -- refusals --------------------------------------------------------------------------------------

SOURCES = {
    "never": "def subbuf_start(buf, subbuf, prev, prev_padding):\n    return False\n",
    "raises": "def subbuf_start(buf, subbuf, prev, prev_padding):\n    return 1 // 0\n",
}
FILLED = [W64, W64]


def refusing(source: str) -> ChannelConfig:
    return ChannelConfig(
        subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.PYTHON, source=SOURCES[source]
    )


@pytest.mark.parametrize(
    ("config", "operations", "cause", "rule"),
    [
        (ONE, [*FILLED, W30], Refusal.FULL, FULL),
        (ONE, [*FILLED, W30, W30], Refusal.FULL, BLOCKED_ALREADY),
        (ONE, [*FILLED, FLUSH, W30], Refusal.FULL, BLOCKED_ALREADY),
        (ONE, [*FILLED, FLUSH, reserve(0)], Refusal.FULL, BLOCKED_ALREADY),
        (ONE, [*FILLED, FLUSH, OPEN, read(64), reserve(0)], Refusal.NOTHING, NOTHING),
        (refusing("never"), [W64, W30], Refusal.DECLINED, REFUSED),
        (refusing("raises"), [W64, W30], Refusal.RAISED, RAISED),
    ],
    ids=lambda value: value.name if isinstance(value, Refusal) else "",
)
def test_each_refusal_has_its_own_cause(
    start: Start, config: ChannelConfig, operations: list[Operation], cause: Refusal, rule: Rule
) -> None:
    clients = [compile_subbuf_start(source) for source in SOURCES.values()]
    engine = start(config, clients)
    seen = do(engine, *operations)
    event = seen.made_by.event
    assert event is not None
    _, found = fate(engine, seen, event)
    assert (found.refusal, seen.result.refusal) == (cause, cause)
    assert both(engine, seen, event) == cause.value
    assert why(engine, seen, event).rule is rule


def test_in_a_batch_a_refusal_is_told_the_same(start: Start) -> None:
    """Operations that are recorded together: only full ones can be among them."""
    engine = start(ONE)
    seen = do(engine, *(W30 for _ in range(40)))
    assert {fate(engine, seen, event)[1].refusal for event in range(5, 41)} == {Refusal.FULL}
    rules = [why(engine, seen, event).rule for event in (5, 6, 40)]
    assert rules == [FULL, BLOCKED_ALREADY, BLOCKED_ALREADY]


def test_a_flush_says_who_refused(start: Start) -> None:
    clients = [compile_subbuf_start(source) for source in SOURCES.values()]
    seen = do(start(ONE), *FILLED, FLUSH)
    assert seen.result.words == "Finished 1 sub-buffer. Refused on cpu 0: full."
    seen = do(start(refusing("never"), clients), W30, FLUSH)
    assert seen.result.words == (
        "Finished 1 sub-buffer. Refused by subbuf_start on cpu 0, though not full."
    )


def test_a_header_uses_up_a_sub_buffer_only_once(start: Start) -> None:
    """Where the buffer was blocked no sub-buffer is finished by the try."""
    config = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, header=8)
    long = Operation(Kind.WRITE, length=60)
    seen = do(start(config), FLUSH, FLUSH, OPEN, read(64), long)
    assert seen.result.words == (
        "Lost: 60 B do not fit beside the header of 8 B. The switch stays done. The buffer was"
        " blocked and goes on in sub-buffer 0."
    )


# -- padding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "formulas"),
    [
        (
            W64,
            [
                "padding = 64 subbuf_size − 30 in use = 34",
                "needed = 30 in use + 64 the next event = 94 > 64 subbuf_size",
            ],
        ),
        (FLUSH, ["padding = 64 subbuf_size − 30 in use = 34"]),
        (Operation(Kind.SWITCH, length=5), ["padding = 64 subbuf_size − 30 in use = 34"]),
    ],
    ids=["event", "flush", "switch"],
)
def test_padding_names_the_event_that_did_not_fit_only_if_there_was_one(
    start: Start, last: Operation, formulas: list[str]
) -> None:
    engine = start(ONE)
    seen = do(engine, W30, last, Operation(Kind.WRITE, length=1))
    found = Explainer(engine.ledger).explain(engine.history, seen, Byte(0, 0, 50))
    assert found is not None
    assert [one.text() for one in found.formulas] == formulas
    assert [(cause.lead, cause.step) for cause in found.causes] == [("Finished by", 2)]


# -- a channel that was in use before its history --------------------------------------------------


def test_a_channel_that_was_taken_over_has_its_counters_from_before() -> None:
    """Two were finished before its history: a refusal counts them, their gaps name no step."""
    first = StepChannel(ONE, Client(ONE.n_subbufs, {}))
    for _ in range(2):
        first.perform(W30, 1)
        first.perform(FLUSH, None)
    second = StepChannel(ONE, Client(ONE.n_subbufs, {}), first.channel.save())
    first.close()
    history, facts, ledger = History(), Facts(), Ledger(ONE)
    at = record_opening(second, history, facts, is_new=False)
    at = record(second, history, 0, at, W30, facts=facts)
    seen = Snapshot.of(look(second), None, generation=1, branch=0, last_step=at.depth, made_by=at)
    refused = Explainer(ledger).explain(history, seen, Event(1))
    gap = Explainer(ledger).explain(history, seen, Byte(0, 0, 50))
    second.close()
    assert refused is not None
    assert gap is not None
    assert [one.text() for one in refused.formulas] == [
        "ready at step 1 = 2 produced − 0 consumed = 2 ≥ 2 sub-buffers"
    ]
    assert refused.rule is BLOCKED_ALREADY
    assert (gap.causes, [one.text() for one in gap.formulas]) == (
        (),
        ["padding = 64 subbuf_size − 30 in use = 34"],
    )


# -- polls and reads -------------------------------------------------------------------------------

NOT_BYTES = "A poll before it says ready: that counts finished sub-buffers (1), not bytes."


@pytest.mark.parametrize(
    ("operations", "left"),
    [
        ([OPEN, CLOSE], "nothing is left to read"),
        ([W30, OPEN, CLOSE], "what is left can still be read"),
        ([W30, OPEN, read(30), CLOSE], "nothing is left to read"),
        ([W30, OPEN, read(29), CLOSE], "what is left can still be read"),
        ([FLUSH, OPEN, CLOSE], "nothing is left to read"),
        ([FLUSH, W30, OPEN, CLOSE], "what is left can still be read"),
    ],
)
def test_pollerr_says_whether_something_is_left(
    start: Start, operations: list[Operation], left: str
) -> None:
    """The read that follows says the same."""
    engine = start(ONE)
    seen = do(engine, *operations, POLL)
    assert seen.result.words == f"POLLERR: the channel is closed; {left}."
    seen = do(engine, read(64))
    assert (seen.result.value or 0) > 0 or left.startswith("nothing")


def test_a_read_without_bytes_says_that_poll_had_said_ready(start: Start) -> None:
    engine = start(ONE)
    seen = do(engine, OPEN, FLUSH, POLL)
    assert seen.result.words == "POLLIN | POLLRDNORM: 1 of 2 sub-buffers ready."
    seen = do(engine, read(64))
    assert seen.result.value == 0
    assert seen.result.words.endswith(f"There is nothing to read. {NOT_BYTES}")
    seen = do(engine, OPEN, read(64))
    assert "poll" not in seen.result.words


def test_what_is_ready_may_be_gone(start: Start) -> None:
    """Four were finished, and the ring of two holds one of them and the one being written."""
    seen = do(start(OVER), *(W64 for _ in range(5)), OPEN, POLL)
    assert seen.result.words == ("POLLIN | POLLRDNORM: 4 sub-buffers ready, 3 of them overwritten.")
    seen = do(start(OVER), *(W64 for _ in range(5)), Operation(Kind.CONSUME, count=1))
    assert "; 3 ready now, 2 of them overwritten." in seen.result.words


# -- compare ---------------------------------------------------------------------------------------


def test_compare_keeps_no_event_whose_bytes_are_gone(start: Start) -> None:
    """A slot that is filled after its sub-buffer was used again goes over what is there now."""
    engine = start(OVER)
    seen = do(engine, reserve(30), W64, W64, W64, FILL)
    index, _ = fate(engine, seen, 1)
    # the slot was in sub-buffer 0, which holds event 3 now
    assert [both(engine, seen, event) for event in (1, 2, 3, 4)] == [
        "overwritten",
        "overwritten",
        "unread, bytes gone over by event 1",
        "unread",
    ]
    half = Half("A", seen, index)
    found = survival(half, half, 0)
    assert found.kept[0].tolist() == [False, False, False, True]
    assert sentence(half, found, 0, 0) == (
        "A keeps the newest event and loses the oldest 3: 2: the writer used 2 sub-buffers again"
        " before they were read to the end; 1: bytes gone over when a slot was filled too late."
    )
    shown = {one.name: one.a for one in differences(half, half, 0)}
    assert (shown["events kept"], shown["events lost"]) == ("1", "3")
