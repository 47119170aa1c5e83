"""The item models: under Qt's model tester, and against the snapshots they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.channel import ChannelModel
from relayviz.gui.channel.facts import Fact, facts_of
from relayviz.gui.counters import CountersModel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.counters.model import CHANGED_ROLE, VALUE_ROLE
from relayviz.gui.log import LogModel
from relayviz.gui.log.model import AHEAD, ASIDE, HERE
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role as Colour
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.channel.state import LOSS_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

Role = Qt.ItemDataRole
CONFIG = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=3)
HEADINGS = [column.heading for column in COLUMNS]


@pytest.fixture
def engine(qapp: object) -> Iterator[StepEngine]:
    del qapp
    made = StepEngine(CONFIG)
    yield made
    made.close()


def do(engine: StepEngine, *operations: Operation) -> None:
    engine.submit(*operations)
    assert engine.wait_idle()


def write(length: int = 20, cpu: int = 0) -> Operation:
    return Operation(Kind.WRITE, cpu, length)


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    """Watch a model; a fault is a Qt warning, which fails the test."""
    return QAbstractItemModelTester(
        model, QAbstractItemModelTester.FailureReportingMode.Warning, model
    )


def value(model: CountersModel, row: int, heading: str, role: Role | int = VALUE_ROLE) -> Any:  # noqa: ANN401
    column = [column.heading for column in COLUMNS].index(heading)
    return model.data(model.index(row, column), role)


def test_counters_equal_the_snapshot_at_each_step(engine: StepEngine) -> None:
    model = CountersModel()
    watched(model)
    do(engine, *(write(30, cpu) for cpu in (0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0)))
    for step in (0, 3, 11, 7, 1):
        engine.seek(step)
        assert engine.wait_idle()
        snapshot = engine.snapshot
        model.show(snapshot)
        assert model.rowCount() == snapshot.rows
        for row in range(snapshot.rows):
            assert value(model, row, "cpu") == snapshot.buffers["cpu"][row]
            assert value(model, row, "offset") == snapshot.buffers["offset"][row]
            assert value(model, row, "ready") == snapshot.ready(row)
            assert value(model, row, "lost") == snapshot.total_lost(row).events
    model.show(None)
    assert model.rowCount() == 0


def line(model: CountersModel, row: int) -> dict[str, int]:
    """The figures of a row that are not 0."""
    figures = {heading: value(model, row, heading) for heading in HEADINGS}
    return {heading: figure for heading, figure in figures.items() if figure}


def test_each_figure_stands_in_its_column(engine: StepEngine) -> None:
    """Counted by hand: 11 events of 30 B and one too big for 4 sub-buffers of two; one is read."""
    model = CountersModel()
    reads = [Operation(Kind.OPEN_FILE, 0), Operation(Kind.READ, 0, 64, fd=0)]
    do(engine, *[write(30)] * 11, write(65), write(30, 2))
    model.show(engine.snapshot)

    assert line(model, 0) == {
        "offset": 65,
        "prod": 4,
        "ready": 4,
        "lost": 4,
        "pad": 4,
        "file": 240,
        "tried": 12,
        "stored": 8,
        "unread": 8,
        LOSS_WORDS["refused_full"]: 3,
        "too big": 1,
    }
    assert line(model, 1) == {"cpu": 1}
    assert line(model, 2) == {"cpu": 2, "offset": 30, "tried": 1, "stored": 1, "unread": 1}
    do(engine, *reads)
    model.show(engine.snapshot)
    assert line(model, 0) == {
        "offset": 65,
        "prod": 4,
        "cons": 1,
        "ready": 3,
        "lost": 4,
        "pad": 4,
        "file": 240,
        "tried": 12,
        "stored": 8,
        "unread": 6,
        "taken": 2,
        LOSS_WORDS["refused_full"]: 3,
        "too big": 1,
        "read": 4,  # 60 B of the first sub-buffer, and 4 of the next
    }


def test_a_figure_is_told_with_its_name(engine: StepEngine) -> None:
    model = CountersModel()
    do(engine, *[write(30)] * 11, write(65))
    model.show(engine.snapshot)
    for heading in HEADINGS:
        figure = value(model, 0, heading)
        words = value(model, 0, heading, Role.ToolTipRole).splitlines()
        assert words[0] == f"{heading}: {figure}"
        assert value(model, 0, heading, Role.DisplayRole) == str(figure)


def test_losses_and_a_blocked_offset_are_red(engine: StepEngine) -> None:
    model = CountersModel()
    do(engine, *[write(30)] * 9, write(30, 1), write(30, 1))
    model.show(engine.snapshot)
    red = theme.current()[Colour.ERROR]
    colours = {
        (row, heading): value(model, row, heading, Role.ForegroundRole)
        for row in range(3)
        for heading in HEADINGS
    }
    assert {place for place, colour in colours.items() if colour == red} == {
        *((0, "offset"), (0, "lost"), (0, LOSS_WORDS["refused_full"]))
    }
    assert colours[1, "offset"] == theme.current()[Colour.TEXT_STRONG]  # it changed just now
    assert colours[0, "prod"] == theme.current()[Colour.TEXT]


def test_what_changed_stands_out(engine: StepEngine) -> None:
    model = CountersModel()
    watched(model)
    do(engine, write(10, 1))
    model.show(engine.snapshot)
    assert value(model, 1, "offset", CHANGED_ROLE)
    assert value(model, 1, "offset", Role.FontRole).bold()
    assert not value(model, 0, "offset", CHANGED_ROLE)
    assert not value(model, 1, "prod", CHANGED_ROLE)


def test_counters_tell_only_of_rows_that_look_different(engine: StepEngine) -> None:
    model = CountersModel()
    model.show(engine.snapshot)
    told: list[int] = []
    model.dataChanged.connect(lambda first, _last: told.append(first.row()))
    do(engine, write(10, 2))
    model.show(engine.snapshot)
    assert told == [2]
    do(engine, write(10, 0))
    model.show(engine.snapshot)
    assert told == [2, 0, 2]


def test_a_cpu_that_comes_later_gets_its_row(qapp: object) -> None:
    del qapp
    engine = StepEngine(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=3, online=(0, 2)))
    model = CountersModel()
    watched(model)
    model.show(engine.snapshot)
    assert model.rowCount() == 2
    do(engine, Operation(Kind.CPU_ONLINE, 1, count=1))
    model.show(engine.snapshot)
    assert [value(model, row, "cpu") for row in range(3)] == [0, 1, 2]
    engine.close()


def test_tooltips_explain_each_term(engine: StepEngine) -> None:
    model = CountersModel()
    model.show(engine.snapshot)
    for column in range(model.columnCount()):
        tip = model.headerData(column, Qt.Orientation.Horizontal, Role.ToolTipRole)
        assert tip
        assert tip.endswith(".")


def test_the_channel_in_lines(engine: StepEngine) -> None:
    model = ChannelModel()
    watched(model)
    model.show(engine.snapshot)
    lines = {
        model.data(model.index(row, 0)): model.data(model.index(row, 1))
        for row in range(model.rowCount())
    }
    assert lines["sub-buffers"] == "4"
    assert lines["mode"] == "no-overwrite"
    assert lines["state"] == "open"
    do(engine, Operation(Kind.SET_MODE, text=Mode.OVERWRITE), Operation(Kind.CLOSE))
    model.show(engine.snapshot)
    names = [model.data(model.index(row, 0)) for row in range(model.rowCount())]
    assert model.data(model.index(names.index("state"), 1)) == "closed"
    model.show(None)
    assert model.rowCount() == 0


def facts(engine: StepEngine) -> dict[str, Fact]:
    return {fact.name: fact for fact in facts_of(engine.snapshot)}


def test_the_channel_is_told_as_it_is(engine: StepEngine) -> None:
    begun = facts(engine)
    assert begun["CPUs / on line"].value == "3 / 3"
    assert begun["subbuf_start"].value == "!full"
    assert (begun["sub-buffer size"].value, begun["sub-buffers"].value) == ("64 B", "4")
    assert begun["last too big"].value == "–"
    assert begun["descriptors"].value == begun["mappings"].value == "–"
    do(engine, Operation(Kind.CPU_ONLINE, 2, count=0), write(70))
    later = facts(engine)
    assert later["CPUs / on line"].value == "3 / 2"
    assert (later["last too big"].value, later["last too big"].is_changed) == ("70 B", True)
    assert not later["CPUs / on line"].is_changed  # the step before did that
    do(engine, Operation(Kind.OPEN_FILE, 1))
    assert facts(engine)["descriptors"].value.startswith("0 (cpu 1, ")
    do(engine, Operation(Kind.OPEN_FILE, 1), Operation(Kind.OPEN_FILE, 0))
    assert facts(engine)["descriptors"].value == "3 on cpu 0, 1"
    assert facts(engine)["descriptors"].whole.count("(cpu 1, ") == 2


def test_a_line_of_the_channel_has_its_tip_and_its_colour(engine: StepEngine) -> None:
    opens = [Operation(Kind.OPEN_FILE, cpu) for cpu in (1, 1, 0)]
    do(engine, *opens, *[write(64)] * 5, Operation(Kind.CPU_ONLINE, 2, count=0))
    model = ChannelModel()
    model.show(engine.snapshot)
    told = facts(engine)
    assert told["descriptors"].whole != told["descriptors"].value
    for row, fact in enumerate(told.values()):
        name, shown = model.index(row, 0), model.index(row, 1)
        assert (model.data(name), model.data(shown)) == (fact.name, fact.value)
        whole = fact.whole if fact.name in ("descriptors", "files") else fact.value
        assert model.data(shown, Role.ToolTipRole) == f"{fact.name}: {whole}\n{fact.tip}"
        colour = {"state": Colour.ERROR, "CPUs / on line": Colour.TEXT_STRONG}.get(fact.name)
        assert model.data(shown, Role.ForegroundRole) == theme.current()[colour or Colour.TEXT]
        assert model.data(name, Role.ForegroundRole) == theme.current()[Colour.TEXT_DIM]
        assert model.data(shown, Role.FontRole).bold() is (fact.name == "CPUs / on line")  # type: ignore[attr-defined]


def test_of_many_counters_all_rows_are_told_at_once(qapp: object) -> None:
    del qapp
    engine = StepEngine(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=80))
    try:
        model = CountersModel()
        model.show(engine.snapshot)
        told: list[tuple[int, int]] = []
        model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
        do(engine, *[write(8, cpu) for cpu in range(70)])
        model.show(engine.snapshot)
    finally:
        engine.close()
    assert told == [(0, 79)]


def test_full_and_blocked_buffers_are_told_apart(engine: StepEngine) -> None:
    assert (facts(engine)["state"].value, facts(engine)["state"].is_bad) == ("open", False)
    do(engine, *[write(64)] * 4)
    assert (facts(engine)["state"].value, facts(engine)["state"].is_bad) == ("open", False)
    do(engine, write(64), *[write(64, 1)] * 5)
    assert (facts(engine)["state"].value, facts(engine)["state"].is_bad) == (
        "open, 2 blocked",
        True,
    )
    do(engine, Operation(Kind.SET_MODE, text=Mode.OVERWRITE), write(64), write(64, 1), write(64, 1))
    assert facts(engine)["state"].value == "open, 2 full"
    assert facts(engine)["subbuf_start"].value == "always 1"
    do(engine, Operation(Kind.CLOSE))
    assert facts(engine)["state"].value.startswith("closed")


def test_the_log_grows_marks_and_keeps_the_old_future(engine: StepEngine) -> None:
    model = LogModel()
    watched(model)
    model.follow(engine.history, engine.snapshot)
    do(engine, write(), write(), write(cpu=ALL))
    model.follow(engine.history, engine.snapshot)
    assert model.rowCount() == 6  # the opening, two, and one for each CPU
    engine.seek(1)
    do(engine, Operation(Kind.FLUSH))
    engine.back()
    assert engine.wait_idle()
    model.follow(engine.history, engine.snapshot)
    assert model.rowCount() == 7
    signs = [str(model.data(model.index(row, 0))).split()[0] for row in range(7)]
    assert signs[1] == HERE
    assert signs[2:6] == [ASIDE] * 4
    assert signs[6] == AHEAD
    assert model.current_row == 1
    assert "branch 1" in str(model.data(model.index(6, 3)))


def test_rows_of_the_log_are_the_steps_that_are_kept(engine: StepEngine) -> None:
    model = LogModel()
    watched(model)
    do(engine, write(), write(), write())
    engine.keep({0: 1}, 0, 1)  # two are taken back
    do(engine, write(cpu=1), write(cpu=2))
    for _ in range(2):
        model.follow(engine.history, engine.snapshot)
        kept = engine.history.path(engine.snapshot.branch)
        assert model.rowCount() == len(kept)
        for row, step in enumerate(kept):
            assert model.step(row) is step
            engine.seek(step.depth)
            assert engine.wait_idle()
            model.follow(engine.history, engine.snapshot)
            assert model.current_row == row
            assert str(model.data(model.index(row, 0))).split() == [HERE, str(step.depth)]
        do(engine, write(cpu=1))  # while it follows


def test_each_line_of_the_log_says_what_became_of_it(engine: StepEngine) -> None:
    model = LogModel()
    do(engine, write(), write(999), Operation(Kind.READ, 0, 10))
    model.follow(engine.history, engine.snapshot)
    for row, step in enumerate(engine.history.steps):
        assert model.data(model.index(row, 1)) == step.title()
        told, calls = str(model.data(model.index(row, 2))), [call.told() for call in step.calls]
        assert told.startswith(step.result.words)
        assert told.splitlines()[len(told.splitlines()) - len(calls) :] == calls


def test_another_channel_begins_anew(engine: StepEngine) -> None:
    other = StepEngine(CONFIG)
    model = LogModel()
    watched(model)
    do(engine, write(), write())
    model.follow(engine.history, engine.snapshot)
    model.follow(other.history, other.snapshot)
    assert model.rowCount() == 1
    model.follow(None, None)
    assert model.rowCount() == 0
    other.close()
