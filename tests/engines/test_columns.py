"""Conditions over a whole history, compared with the plain way: go to each step and look.

The plain way knows nothing of columns: it takes the snapshot of each step and evaluates the same
text with Python itself.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.columns import BUFFER_NAMES, Columns
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.language import ConditionError
from relayviz.model.history.facts import ACCOUNT_FIGURES, CHANNEL_FIGURES
from tests.engines.shown import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot

CPUS = 3
SHAPE = {"subbuf_size": 64, "n_subbufs": 3, "cpus": CPUS}
COMPARED = ("==", "!=", "<", ">=", ">")
FIGURES = (
    *("produced", "consumed", "ready", "offset", "bytes_consumed", "prev_padding", "current"),
    *("full", "blocked", "attempts", "stored", "unread", "lost", "refused_full", "too_big"),
    *("overwritten", "released_unread", "discarded", "lost_bytes", "events_consumed"),
)


class Sum(int):
    """A number that also has a value for each CPU."""

    parts: dict[int, int]

    def __getitem__(self, cpu: int) -> int:
        return self.parts.get(cpu, 0)


def summed(parts: dict[int, int]) -> Sum:
    found = Sum(sum(parts.values()))
    found.parts = parts
    return found


def seen(snapshot: Snapshot) -> dict[str, Any]:
    """Return the names that a snapshot has values for."""
    rows = {int(cpu): row for row, cpu in enumerate(snapshot.buffers["cpu"])}

    def each(of: Callable[[int], int]) -> Sum:
        return summed({cpu: int(of(row)) for cpu, row in rows.items()})

    plain = ("produced", "consumed", "offset", "current", "bytes_consumed", "prev_padding")
    names: dict[str, Any] = {}
    for name in plain:
        column = snapshot.buffers[name]
        names[name] = each(column.__getitem__)
    for entry, name in {**ACCOUNT_FIGURES, "attempted": "attempts"}.items():
        counts = [snapshot.count(row, entry).events for row in range(snapshot.rows)]
        names[name] = each(counts.__getitem__)
    names |= {
        "ready": each(snapshot.ready),
        "full": each(snapshot.is_full),
        "blocked": each(snapshot.is_blocked),
        "lost": each(lambda row: snapshot.total_lost(row).events),
        "lost_bytes": each(lambda row: snapshot.total_lost(row).bytes),
        "discarded": each(
            lambda row: (
                snapshot.count(row, "discarded_reset").events
                + snapshot.count(row, "discarded_close").events
            )
        ),
        "step": snapshot.step,
        "cpu": snapshot.made_by.operation.cpu,
        "operation": snapshot.made_by.operation.kind.value,
        "outcome": snapshot.result.outcome.value,
        "event": snapshot.made_by.event or 0,
        "value": -1 if snapshot.result.value is None else snapshot.result.value,
        "data": (snapshot.result.data or b"").hex(),
        **{name: getattr(snapshot, name) for name in ("subbuf_size", "n_subbufs", "cpus")},
        **dict(zip(CHANNEL_FIGURES, channel_figures(snapshot), strict=True)),
    }
    return names


def channel_figures(snapshot: Snapshot) -> tuple[int, ...]:
    return (
        snapshot.last_toobig,
        int(snapshot.closed),
        len(snapshot.online),
        len(snapshot.files),
        len(snapshot.mappings),
        len(snapshot.reserved),
    )


def any_operation(draw: random.Random) -> Operation:
    kinds = (
        [Kind.WRITE] * 8
        + [Kind.CONSUME] * 2
        + [Kind.READ] * 4
        + [
            *(Kind.FLUSH, Kind.RESERVE, Kind.FILL, Kind.SWITCH, Kind.POLL, Kind.OPEN_FILE),
            *(Kind.CPU_ONLINE, Kind.RESET, Kind.SET_MODE, Kind.WRITE_NOLOCK),
        ]
    )
    return Operation(
        draw.choice(kinds),
        draw.randrange(CPUS),
        draw.choice([0, 5, 30, 64, 70]),
        draw.randrange(5),
        text=draw.choice([Mode.OVERWRITE, Mode.NO_OVERWRITE]) if draw.random() < 0.5 else "r",
    )


def any_predicate(draw: random.Random) -> str:
    def term() -> str:
        name = draw.choice(FIGURES)
        figure = draw.choice([name, f"{name}[{draw.randrange(CPUS)}]", f"{name}[cpu]"])
        return f"{figure} {draw.choice(COMPARED)} {draw.choice([0, 1, 2, 3, 5, 30, 64, 65])}"

    extra = draw.choice(
        [
            *(
                'outcome == "full"',
                'operation == "read"',
                "step % 7 == 3",
                "not files",
                "event > 20",
            ),
            *(
                "(stored if cpu else lost) > 2",
                "0 < ready <= n_subbufs",
                "value > 4 and data != ''",
            ),
        ]
    )
    shape = draw.choice(
        ["{0}", "{0} and {1}", "{0} or {1}", "not ({0}) and {2}", "{2}", "{2} or {0}"]
    )
    return shape.format(term(), term(), extra)


@pytest.fixture
def walked(start: Callable[..., StepEngine]) -> tuple[StepEngine, list[dict[str, Any]]]:
    """Give an engine with a history of two branches, and what a visit to each step shows."""
    draw = random.Random(20)  # noqa: S311  to be repeatable
    engine = start(ChannelConfig(**SHAPE, online=(0, 2), header=4))  # type: ignore[arg-type]
    engine.submit(Operation(Kind.OPEN_FILE, 0), Operation(Kind.OPEN_FILE, 2))
    engine.submit(*(any_operation(draw) for _ in range(120)))
    engine.seek(50)
    engine.submit(*(any_operation(draw) for _ in range(120)))
    end = settled(engine)
    assert (end.branch, end.step) == (1, 170)
    states = []
    for step in range(171):
        engine.seek(step)
        states.append(seen(settled(engine)))
    return engine, states


def brute(text: str, states: list[dict[str, Any]]) -> list[int]:
    """Return the steps at which a text is true, by asking Python at each."""
    code = compile(text, "<test>", "eval")
    return [step for step, names in enumerate(states) if eval(code, {}, names)]  # noqa: S307


def test_random_predicates_hold_where_a_visit_to_each_step_says(
    walked: tuple[StepEngine, list[dict[str, Any]]],
) -> None:
    engine, states = walked
    draw, met = random.Random(7), 0  # noqa: S311
    for _ in range(100):
        text = any_predicate(draw)
        found = np.flatnonzero(Condition(text).holds(Columns(engine, 1))).tolist()
        assert found == brute(text, states), text
        met += 0 < len(found) < len(states)
    assert met > 50  # most of them tell steps apart


def test_every_figure_is_what_a_visit_shows(
    walked: tuple[StepEngine, list[dict[str, Any]]],
) -> None:
    engine, states = walked
    columns = Columns(engine, 1, 40, 160)
    compared = 0
    for name, value in states[40].items():
        for cpu in range(CPUS) if name in BUFFER_NAMES else [None]:
            expected = [
                state[name] if cpu is None else state[name][cpu] for state in states[40:161]
            ]
            assert columns.of(name, cpu).tolist() == expected, (name, cpu)
            compared += 1
        assert isinstance(value, int | str)
    assert compared > 60


def test_before_and_changed(walked: tuple[StepEngine, list[dict[str, Any]]]) -> None:
    engine, states = walked
    columns = Columns(engine, 1)
    lost = [int(state["lost"]) for state in states]
    grew = [step for step in range(1, len(lost)) if lost[step] > lost[step - 1]]
    assert np.flatnonzero(Condition("grew(lost)").holds(columns)).tolist() == grew
    assert np.flatnonzero(Condition("changed(lost)").holds(columns)).tolist() == grew
    assert Condition("before(lost)").over(columns).tolist() == [0, *lost[:-1]]
    assert not Condition("lost / 0 > 1").holds(columns).any()  # it is no number


def test_deep_nesting_is_done_or_refused(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig())
    assert Condition("-" * 240 + "1").over(Columns(engine, 0)).tolist() == [1]
    with pytest.raises(ConditionError, match="nested too deeply"):
        Condition("-" * 480 + "1")


def test_a_text_cannot_be_added(walked: tuple[StepEngine, list[dict[str, Any]]]) -> None:
    engine, _ = walked
    never_done = '"a" * 99999999999 == "b"'  # memory would be full of it
    added = ("outcome + 1", "-outcome", "min(outcome, 1)", "data + data == data", "outcome * 2")
    for text in (*added, never_done):
        with pytest.raises(ConditionError, match="only be compared with a text"):
            Condition(text).over(Columns(engine, 0))
