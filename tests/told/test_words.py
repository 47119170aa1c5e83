"""Numbers in words up to their limits, what is said of conditions, Why's answers, and traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz.engines.step.play import play
from relayviz.model import numbers
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.expression import Expression
from relayviz.model.condition.language import ConditionError
from relayviz.model.exchange.live import rate_table, run_trace
from relayviz.model.exchange.session import event_table, fates_at, session_trace
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.live.live import Rates
from relayviz.model.session.scenario import scenarios
from relayviz.model.why.explainer import Explainer
from relayviz.model.why.figures import FIGURES
from relayviz.model.why.why import Byte, Done, Event, Figure, Piece
from tests.told.telling import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.why.why import Subject

SIZES = (0, 1, 2, 9, 10, 11, 99, 999, 1000, 1001, 1023, 1024, 1025, 1500, 4096, 9999, 10_000,
         65_535, 65_536, 100_000, 999_499, 999_500, 999_999, 1_000_000, 1 << 20, (1 << 20) + 1,
         12_345_678, 999_999_999, 1 << 30, 3 << 30, 1 << 40, (1 << 63) - 1)  # fmt: skip
SHARES = (0.0, 1e-9, 0.0004999, 0.0005, 0.0005001, 0.01, 0.0999, 0.1, 0.1001, 0.5, 0.9949, 0.995,
          0.9951, 0.9989, 0.999, 0.9991, 0.9999999, 1.0)  # fmt: skip
SECONDS = (-1.0, 0.0, 1e-9, 9.6e-7, 1e-6, 1.5e-6, 9.99e-4, 1e-3, 1.04e-3, 1.06e-3, 9.94e-3, 9.96e-3,
           0.01, 0.0333, 0.9994, 0.9996, 1.0, 1.04, 59.96, 60.0, 3600.0)  # fmt: skip


def test_numbers() -> None:
    whole: dict[str, Callable[[int], str]] = {
        "grouped": numbers.grouped,
        "size": numbers.size,
        "about": numbers.about,
        "plural": lambda count: numbers.plural(count, "event"),
        "short": numbers.short,
        "byte_rate": numbers.byte_rate,
    }
    parts: list[tuple[str, object]] = [
        (name, [f"{one}: {say(one)}" for one in SIZES]) for name, say in whole.items()
    ]
    parts += [("percent", [f"{one:g}: {numbers.percent(one)}" for one in SHARES])]
    parts += [("seconds", [f"{one:g}: {numbers.seconds(one)}" for one in SECONDS])]
    ready = [(count, gone) for count in range(7) for gone in range(count + 1)]
    told = [f"{one} {gone}: {numbers.ready_words(one, gone, 4)}" for one, gone in ready]
    hold("words-numbers", [*parts, ("ready of 4", told)])


TEXTS = (
    "", " ", "lost", "lst > 1", "lost = 1", "lost => 1",
    "lost > 1e400", "lost > 18446744073709551616", "lost > 'x'", "lost > None", "lost.x", "lost[0]",
    "ready[0] > 1", "ready[x]", "ready[-1]", "ready[0][0]", "ready[1:2]", "ready(0)", "min(lost)",
    "min(lost, 1)", "max()", "abs(1, 2)", "before(lost)", "delta(lost)", "nothing(1)", "lambda: 1",
    "[lost]", "{lost}", "(lost, 1)", "lost if lost else 1", "lost ** 2", "lost << 1", "~lost",
    "-lost", "not lost", "lost in (1, 2)", "lost is 1", "f'{lost}'", "b'x'",
    "produced == consumed", "outcome == 'stored'", "outcome == stored", "destroyed > 0",
    "destroyed[0] > 0", "(" * 60 + "1" + ")" * 60, "1" * 400, "lost > 1 # why",
    "lost @ 1", "await lost", "lost, 1", "é > 1",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["steps", "inside", "plain"])
def test_conditions(kind: str) -> None:
    read: dict[str, Callable[[str], object]] = {
        "steps": Condition,
        "inside": InsideCondition,
        "plain": lambda text: Expression(text, ("lost", "fill", "missing")),
    }

    def said(text: str) -> str:
        try:
            read[kind](text)
        except ConditionError as error:
            return str(error)
        return "taken"

    lines = [f"{text[:40]!r}: {said(text)}" for text in TEXTS]
    hold(f"words-conditions-{kind}", [(kind, lines)])


SHOWN = ("header-burns-no-overwrite", "client-guc", "read-in-progress", "reserve-and-fill",
         "overwrite-loses-oldest", "too-big", "flush-partial", "consumer-forgets")  # fmt: skip


def asked(engine: StepEngine) -> Iterator[tuple[str, Subject]]:
    shown = engine.snapshot
    rows = range(shown.rows)
    yield from ((f"figure {row} {name}", Figure(row, name)) for row in rows for name in FIGURES)
    for row in rows:
        for index in range(shown.n_subbufs):
            yield f"sub-buffer {row} {index}", Piece(row, index)
            for offset in (0, shown.subbuf_size // 2, shown.subbuf_size - 1, shown.subbuf_size):
                yield f"byte {row} {index} {offset}", Byte(row, index, offset)
    yield from ((f"event {number}", Event(number)) for number in range(1, 9))
    yield from ((f"step {number}", Done(number)) for number in range(shown.last_step + 1))


@pytest.mark.parametrize("name", SHOWN)
def test_why(name: str) -> None:
    (session,) = (one.session for one in scenarios() if one.name == name)
    engine = play(session)
    explainer = Explainer(engine.ledger)

    def answer(subject: Subject) -> object:
        why = explainer.explain(engine.history, engine.snapshot, subject)
        if why is None:
            return "nothing"
        formulas = [formula.text() for formula in why.formulas]
        return [why.title, *formulas, why.causes, why.rule, why.helps, str(why.crowded_out)]

    try:
        assert engine.wait_idle()
        parts = [(title, answer(subject)) for title, subject in asked(engine)]
        fates, shown = fates_at(engine)
        table = event_table(fates, shown.step)
        parts += [("trace", session_trace(engine)), ("events", table)]
    finally:
        engine.close()
    hold(f"words-why-{name}", parts)


def test_a_trace_of_a_run() -> None:
    lost = np.zeros((8, 5))
    lost[0, 1], lost[4, 3] = 2.5, 7.0
    rates = Rates(0.25, np.arange(5.0), np.arange(5.0) * 64, np.ones(5), np.arange(5) / 4, lost)
    hold("words-run", [("trace", run_trace(rates)), ("table", rate_table(rates))])
