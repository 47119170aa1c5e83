"""Every number of an answer against the states of all steps, which the engine kept for that.

The answers are made from the history alone. The other opinion is made from the core's states: what
a figure was, when it last was another, and by how much each step moved it.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind, Operation, pattern
from relayviz.model.channel.state import LOSSES
from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.why.explainer import Explainer
from relayviz.model.why.figures import BEFORE, FIGURES, MOST_TERMS, value_of
from relayviz.model.why.rules import ALL_RULES
from relayviz.model.why.why import Byte, Event, Figure, Piece
from tests.engines.chance import CLIENT, chance_config, chance_operation
from tests.engines.shown import do, memory, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Formula, Why

SOAK = bool(os.environ.get("RELAYVIZ_SOAK"))
SEEDS = range(2000, 2100 if SOAK else 2012)
OPERATIONS = 120
DOCUMENT = Path(__file__).parents[2] / "docs" / "relay-semantics.md"
COMPARE = {
    "<": lambda a, b: a < b,
    "≤": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "≥": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}


class Session(NamedTuple):
    """A random session, and its state after every step."""

    engine: StepEngine
    states: list[Snapshot]
    explainer: Explainer

    def why(self, step: int, subject: Figure | Piece | Byte | Event) -> Why | None:
        return self.explainer.explain(self.engine.history, self.states[step], subject)


def session(start: Callable[..., StepEngine], seed: int) -> Session:
    chance = random.Random(seed)  # noqa: S311
    config = chance_config(chance, base_filename="cpu")
    engine = start(config, [CLIENT])
    states = [settled(engine)]
    while len(states) < OPERATIONS:
        engine.submit(chance_operation(chance, config.subbuf_size, closing=0.001))
        seen = settled(engine)
        for depth in range(len(states), seen.step):  # one operation on every CPU is several steps
            engine.seek(depth)
            states.append(settled(engine))
        engine.end()
        states.append(settled(engine))
    return Session(engine, states, Explainer(engine.ledger))


def check(formula: Formula) -> None:
    assert sum(term.signed for term in formula.terms) == formula.value, formula
    if formula.than is not None:
        assert COMPARE[formula.than[0]](formula.value, formula.than[1]), formula
    figures = [abs(term.value) for term in formula.terms]
    assert all(str(figure) in formula.text() for figure in figures)


def last_change(states: list[Snapshot], step: int, cpu: int, name: str) -> int | None:
    """Return the last step at which a figure became another one, by looking at all states."""

    def value(at: int) -> object:
        row = rows_by_cpu(states[at]).get(cpu)
        return None if row is None else value_of_all(states[at], row, name)

    for at in range(step, 0, -1):
        if value(at - 1) is None:
            return None  # the buffer was made here
        if value(at) != value(at - 1):
            return at
    return None


def rows_by_cpu(seen: Snapshot) -> dict[int, int]:
    return {int(cpu): row for row, cpu in enumerate(seen.buffers["cpu"])}


def value_of_all(seen: Snapshot, row: int, name: str) -> object:
    """Return a figure; of the account both events and bytes, for an event can have none."""
    if name.startswith("account."):
        return seen.count(row, name.removeprefix("account."))
    if name == "lost":
        return [seen.count(row, entry) for entry in LOSSES]
    return value_of(seen, row, name)


@pytest.mark.parametrize("seed", SEEDS)
def test_figures(seed: int, start: Callable[..., StepEngine]) -> None:
    made = session(start, seed)
    chance = random.Random(seed)  # noqa: S311
    for step in sorted(chance.sample(range(len(made.states)), 25)):
        seen = made.states[step]
        for row in range(seen.rows):
            for name in FIGURES:
                why = made.why(step, Figure(row, name))
                assert why is not None
                check_figure(made, step, row, name, why)


def check_figure(made: Session, step: int, row: int, name: str, why: Why) -> None:
    seen, where = made.states[step], f"step {step} row {row} {name}: {why}"
    cpu, figure = int(seen.buffers["cpu"][row]), value_of(seen, row, name)
    assert why.title.endswith(f": {figure}"), where
    for formula in why.formulas:
        check(formula)
    if name not in ("bytes_consumed", "file_size"):
        assert all(formula.value == figure for formula in why.formulas[:1]), where
    changed = last_change(made.states, step, cpu, name)
    grew_by_nothing = name == "file_size" and why.formulas and why.formulas[0].value == 0
    if not grew_by_nothing:
        assert [cause.step for cause in why.causes] == ([] if changed is None else [changed]), where
    terms = {term.words: term.value for formula in why.formulas for term in formula.terms}
    assert BEFORE not in terms, where
    if name == "consumed":
        check_consumed(made, step, cpu, terms)
    elif name == "offset" and not seen.is_blocked(row):
        check_used(made, seen, row, int(seen.buffers["current"][row]), terms)
    elif name.removeprefix("account.").upper() in {fate.name for fate in LOST_FATES}:
        check_growth(made, step, cpu, name.removeprefix("account."), terms)


def check_consumed(made: Session, step: int, cpu: int, terms: dict[str, int]) -> None:
    """Check by how much reads, reports and laps moved consumed, from the states around each."""
    read = skipped = reported = 0
    for at in range(1, step + 1):
        before, after = made.states[at - 1], made.states[at]
        if after.made_by.operation.kind is Kind.RESET:
            read = skipped = reported = 0
        if cpu not in rows_by_cpu(before):
            continue
        was, now = rows_by_cpu(before)[cpu], rows_by_cpu(after)[cpu]
        then, moved = int(before.buffers["consumed"][was]), int(after.buffers["consumed"][now])
        if moved <= then:
            continue
        if after.made_by.operation.kind is Kind.CONSUME:
            reported += moved - then
            continue
        trail = after.made_by.trail
        assert trail is not None
        assert trail.reading is not None
        first, end = trail.reading.skipped
        skipped += end - first
        read += moved - then - (end - first)
    expected = {
        "released by reads": read,
        "skipped by a lapped reader": skipped,
        "reported": reported,
    }
    found = {words: value for words, value in expected.items() if value}
    assert terms == (found or {"released so far": 0})


def check_used(made: Session, seen: Snapshot, row: int, index: int, terms: dict[str, int]) -> None:
    """Check header and lengths of the events of a sub-buffer, from the state and what was asked."""
    info = seen.subbufs[row, index]
    assert terms.get("header", 0) == info["header"]
    named = {words: value for words, value in terms.items() if words.startswith("event ")}
    for words, value in named.items():
        event = int(words.removeprefix("event "))
        (step,) = [one for one in made.engine.history.path(0) if one.event == event]
        assert step.operation.length == value
    if named:
        assert len(named) == info["events"] or row_is_current(seen, row, index)


def row_is_current(seen: Snapshot, row: int, index: int) -> bool:
    return int(seen.buffers["current"][row]) == index


def check_growth(made: Session, step: int, cpu: int, entry: str, terms: dict[str, int]) -> None:
    """Check the events that each step added to an entry of the account."""
    grown = {}
    for at in range(1, step + 1):
        before, after = made.states[at - 1], made.states[at]
        if cpu in rows_by_cpu(before):
            then = before.count(rows_by_cpu(before)[cpu], entry).events
            growth = after.count(rows_by_cpu(after)[cpu], entry).events - then
            if growth:
                grown[f"at step {at}"] = growth
    shown = dict(list(grown.items())[-MOST_TERMS:])
    early = sum(grown.values()) - sum(shown.values())
    if early:
        shown[f"in {len(grown) - MOST_TERMS} steps before"] = early
    assert terms == (shown or {"so far": 0})


# -- events, sub-buffers, bytes --------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_events(seed: int, start: Callable[..., StepEngine]) -> None:
    made = session(start, seed)
    last = len(made.states) - 1
    for step in made.engine.history.path(0):
        if step.operation.kind not in ATTEMPTS or step.event is None:
            continue
        why = made.why(last, Event(step.event))
        if why is None:
            assert step.result.outcome == "error"
            continue
        for formula in why.formulas:
            check(formula)
        fate = made.engine.ledger.fates.find(step.event, last)
        assert fate is not None
        assert why.causes[-1].step == step.depth
        assert bool(why.helps) == (fate.fate in LOST_FATES)
        check_decision(made, why, fate.fate, fate.buffer, step.depth)


def check_decision(made: Session, why: Why, fate: Fate, cpu: int, tried: int) -> None:
    """Check that the deciding step did move the account, and what it says of that moment."""
    if fate is Fate.UNREAD:
        return
    decided = why.causes[0].step
    before, after = made.states[decided - 1], made.states[decided]
    was, now = rows_by_cpu(before)[cpu], rows_by_cpu(after)[cpu]
    assert after.count(now, fate.entry).events > before.count(was, fate.entry).events
    if fate is Fate.REFUSED_FULL:
        assert decided == tried
        (formula,) = why.formulas
        assert [abs(term.value) for term in formula.terms] == [
            int(after.buffers["produced"][now]),
            int(after.buffers["consumed"][now]),
        ]
    if fate is Fate.OVERWRITTEN:
        newest = int(after.buffers["produced"][now]) - after.is_blocked(now)
        assert why.formulas[0].value == newest


@pytest.mark.parametrize("seed", SEEDS)
def test_sub_buffers_and_bytes(seed: int, start: Callable[..., StepEngine]) -> None:
    made = session(start, seed)
    chance = random.Random(seed)  # noqa: S311
    for step in chance.sample(range(len(made.states)), 6):
        made.engine.seek(step)
        seen = settled(made.engine)
        for row in range(seen.rows):
            for index in range(seen.n_subbufs):
                piece = made.why(step, Piece(row, index))
                assert piece is not None
                for formula in piece.formulas:
                    check(formula)
                for offset in range(seen.subbuf_size):
                    why = made.why(step, Byte(row, index, offset))
                    assert why is not None
                    check_byte(seen, row, index, offset, why)


def check_byte(seen: Snapshot, row: int, index: int, offset: int, why: Why) -> None:
    """Check what a byte is said to be against the sub-buffer's own figures."""
    info = seen.subbufs[row, index]
    for formula in why.formulas:
        check(formula)
    said = why.title.split(": ", 1)[1]
    used, header = min(int(info["used"]), seen.subbuf_size), int(info["header"])
    is_padding = offset >= seen.subbuf_size - int(info["padding"]) and offset >= used
    assert said.startswith("header") == (offset < header)
    assert said.startswith(("of event", "reserved for")) == (header <= offset < used)
    assert said.startswith("padding") == (is_padding and offset >= used)
    assert said.startswith(("left over", "free")) == (offset >= used and not is_padding)


def test_a_gap_says_what_did_not_fit(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1, mode=Mode.OVERWRITE))
    seen = do(engine, *(Operation(Kind.WRITE, length=length) for length in (40, 30)))
    why = Explainer(engine.ledger).explain(engine.history, seen, Byte(0, 0, 50))
    assert why is not None
    assert [formula.text() for formula in why.formulas] == [
        "padding = 64 subbuf_size − 40 in use = 24",
        "needed = 40 in use + 30 the next event = 70 > 64 subbuf_size",
    ]
    assert [cause.step for cause in why.causes] == [2]


def test_a_free_sub_buffer_is_free_since_the_opening_or_a_reset(
    start: Callable[..., StepEngine],
) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1))
    for operation, since in ((Operation(Kind.WRITE, length=4), 0), (Operation(Kind.RESET), 2)):
        seen = do(engine, operation)
        why = Explainer(engine.ledger).explain(engine.history, seen, Piece(0, 3))
        assert why is not None
        assert [(cause.step, cause.lead) for cause in why.causes] == [(since, "Free since")]


def test_an_event_s_byte_says_which_it_is(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1, header=4))
    seen = do(engine, Operation(Kind.WRITE, length=10), Operation(Kind.WRITE, length=10))
    why = Explainer(engine.ledger).explain(engine.history, seen, Byte(0, 0, 17))
    assert why is not None
    assert why.formulas[0].text() == (
        "its place in the 10 B of event 2 = 17 this byte − 14 the event's first = 3"
    )
    assert memory(engine, seen, 0)[17] == pattern(2, 10)[3]


def test_what_a_state_does_not_have_has_no_answer(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(cpus=1))
    seen = do(engine, Operation(Kind.WRITE, length=4))
    explainer = Explainer(engine.ledger)
    engine.home()
    first = settled(engine)
    for subject in (Event(2), Figure(3, "offset"), Piece(0, 8), Byte(0, 0, 512), Byte(0, 9, 0)):
        assert explainer.explain(engine.history, seen, subject) is None
    assert explainer.explain(engine.history, first, Event(1)) is None


def test_every_rule_names_a_section_there_is() -> None:
    headings = {
        line.lstrip("# ").strip()
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    }
    assert {rule.section for rule in ALL_RULES} <= headings
    assert len({rule.words for rule in ALL_RULES}) == len(ALL_RULES)


@pytest.mark.parametrize(("events", "is_sum"), [(MOST_TERMS, False), (MOST_TERMS + 1, True)])
def test_a_few_events_are_terms_of_their_own(
    start: Callable[..., StepEngine], events: int, *, is_sum: bool
) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    seen = do(engine, *[Operation(Kind.WRITE, length=one + 1) for one in range(events)])
    why = Explainer(engine.ledger).explain(engine.history, seen, Figure(0, "offset"))
    assert why is not None
    terms = [(term.value, term.words) for formula in why.formulas for term in formula.terms]
    size = sum(range(events + 1))
    alone = [(one + 1, f"event {one + 1}") for one in range(events)]
    assert [term for term in terms if "event" in term[1]] == (
        [(size, f"of {events} events")] if is_sum else alone
    )


def test_an_event_that_was_gone_over_names_the_step(start: Callable[..., StepEngine]) -> None:
    """Event 1 is reserved, overwritten, and filled where event 3 lies by now."""
    engine = start(ChannelConfig(subbuf_size=16, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE))
    writes = [Operation(Kind.WRITE, length=12) for _ in range(3)]
    seen = do(engine, Operation(Kind.RESERVE, length=8), *writes, Operation(Kind.FILL))
    explainer = Explainer(engine.ledger)
    third, second, first = (
        explainer.explain(engine.history, seen, Event(number)) for number in (3, 2, 1)
    )
    assert third is not None
    assert third.title.endswith(", bytes gone over by event 1")
    assert [(cause.lead, cause.step) for cause in third.causes] == [
        ("Gone over by", 5),
        ("Tried by", 3),
    ]
    assert second is not None
    assert "gone over" not in second.title
    assert first is not None
    assert [(cause.lead, cause.step) for cause in first.causes] == [
        ("Decided by", 3),
        ("Reserved by", 1),
    ]
