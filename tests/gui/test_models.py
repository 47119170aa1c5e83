"""The item models: under Qt's model tester, and against the snapshots they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.channel import ChannelModel
from relayviz.gui.counters import CountersModel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.counters.model import CHANGED_ROLE, VALUE_ROLE
from relayviz.gui.log import LogModel
from relayviz.gui.log.model import AHEAD, ASIDE, HERE
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

Role = Qt.ItemDataRole
CONFIG = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=3)


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


def test_each_line_of_the_log_says_what_became_of_it(engine: StepEngine) -> None:
    model = LogModel()
    do(engine, write(), write(999), Operation(Kind.READ, 0, 10))
    model.follow(engine.history, engine.snapshot)
    for row, step in enumerate(engine.history.steps):
        assert model.data(model.index(row, 1)) == step.title()
        assert model.data(model.index(row, 2)) == step.result.words


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
