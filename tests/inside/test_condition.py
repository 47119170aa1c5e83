"""Conditions inside operations: as Python computes them, and what is refused."""

from __future__ import annotations

import pytest

from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import explore
from relayviz.model.condition.columns import BUFFER_NAMES, NAMES
from relayviz.model.condition.language import ConditionError
from relayviz.model.inside.condition import DERIVED, FIELDS, InsideCondition
from tests.inside.programs import Program, session_of

TWO = "subbuf_size = 8, n_subbufs = 2, cpus = 2"


@pytest.fixture(name="engine")
def _engine() -> InsideEngine:
    """Buffer 0 is full and blocked and lost 4 bytes; buffer 1 has 3 bytes."""
    actors = ("a", "task", 0, "write 8, write 6, write 4"), ("b", "task", 1, "write 3")
    engine = InsideEngine(session_of(Program(TWO, "kernel", actors)))
    for actor in "aaab":
        engine.run(actor)
    return engine


FIGURES = {
    "stored": 3,
    "lost": 1,
    "lost_bytes": 4,
    "refused_full_bytes": 4,
    "ready": 2,
    "full": 1,
    "blocked": 1,
    "current": 1,
    "produced": 2,
    "subbuf_size": 8,
    "n_subbufs": 2,
    "cpus": 2,
    "destroyed": 0,
    "offset": 12,
    "attempts": 4,
    "unread": 3,
    "discarded": 0,
}
FORMULAS = [
    *("7 // 2", "-7 // 2", "7 // -2", "-7 % 3", "7 % -3", "-6 % 3", "7.5 // 2", "7 / 2"),
    *("9007199254740991 // 2", "9007199254740991 % 10", "0.1 + 0.2"),
    *("stored / lost", "lost_bytes % stored", "(lost or 7) + 1", "(stored and lost_bytes) * 2"),
    *("0 or 0", "5 and 0", "not stored", "+stored - -lost", "1 < stored < 4", "1 < stored < 3"),
    *("3 if stored > 2 else 5", "3 if stored > 3 else 5", "min(stored, lost, 2)", "max(1, 2.5)"),
    *("abs(lost - stored)", "round(2.5)", "round(3.5)", "round(-0.4)", "stored == 3 != lost"),
    *("(destroyed + lost) * 2 >= cpus", "ready == n_subbufs and full", "True + 1", "lost != 1"),
]


@pytest.mark.parametrize("text", [*FIGURES, *FORMULAS])
def test_is_what_python_makes_of_it(text: str, engine: InsideEngine) -> None:
    assert engine.value(InsideCondition(text)) == eval(text, {}, FIGURES)  # noqa: S307


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("stored[0]", 2),
        ("stored[1]", 1),
        ("full[0] - full[1]", 1),
        ("blocked[1]", 0),
        ("offset[1] + current[1]", 3),
        ("lost / 0 < 5", 0),
        ("lost / 0 >= 5", 0),
        ("lost // 0 == 0", 0),
        ("lost % 0 != 0", 1),
        ("not lost / 0", 1),
        ("1 / 0", 0),
        ("(1 / 0 or 2) + min(1 / 0, 3)", 0),
        ("1 if max(3, 1 / 0) else 2", 2),
    ],
)
def test_of_one_cpu_and_what_is_no_number(text: str, value: int, engine: InsideEngine) -> None:
    assert engine.value(InsideCondition(text)) == value


def test_a_cpu_is_itself_when_another_one_comes_before_it() -> None:
    actors = ("a", "task", 1, "write 5"), ("b", "task", 0, "cpu-online cpu=0")
    channel = "subbuf_size = 8, n_subbufs = 2, cpus = 2, online = [1]"
    engine = InsideEngine(session_of(Program(channel, "kernel", actors)))
    engine.run("a")
    assert engine.value(InsideCondition("offset[1] * 10 + offset[0]")) == 50
    engine.run("b")
    assert engine.value(InsideCondition("offset[1] * 10 + offset[0]")) == 50


def test_every_cpu_means_the_global_buffer() -> None:
    channel = "subbuf_size = 8, n_subbufs = 2, cpus = 2, is_global = true"
    engine = InsideEngine(session_of(Program(channel, "kernel", (("a", "task", 1, "write 5"),))))
    assert explore(engine, "offset[0] == 5 and offset[1] == 5 and offset == 5").found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lapped > 0", "lapped: this figure of a buffer is not kept inside operations"),
        ("1 < lapped[0]", "lapped: this figure of a buffer"),
        ("outcome == 1", "outcome: this figure of a step or of the channel"),
        ("changed(lost)", "only abs, max, min, round can be called"),
        ("destroied", "no such name. Did you mean destroyed"),
        ("lost == 'a'", "only numbers can be compared"),
        ("stored[2]", "there is no CPU 2: give 0 to 1"),
        ("1<(" * 40 + "lost" + ")<1" * 40, "too many comparisons"),
    ],
)
def test_says_what_is_not_possible(text: str, message: str, engine: InsideEngine) -> None:
    with pytest.raises(ConditionError, match=message.replace("(", r"\(")):
        engine.value(InsideCondition(text))


def test_the_longest_conditions_are_computed(engine: InsideEngine) -> None:
    assert engine.value(InsideCondition("1+(" * 120 + "lost" + ")" * 120)) == 121
    assert engine.value(InsideCondition("1<1<(" * 80 + "lost" + ")" * 80)) == 0


def test_knows_the_figures_of_buffers_that_a_snapshot_has() -> None:
    counted = {"lapped", "clamped", "anomalies", "refusals", "raised"}
    assert {*FIELDS, *DERIVED} == BUFFER_NAMES - counted
    assert NAMES > BUFFER_NAMES
