"""What the Log and the counters show, and which CPUs are on line: as a user sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView

from relayviz.gui.counters.columns import COLUMNS, FIRST_LOSS
from relayviz.gui.log.filter import SLICE
from relayviz.gui.log.model import BRANCH, RESULT
from relayviz.gui.log.shown import Shown
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.state import LOSS_WORDS

PATIENCE = 60_000  # ms

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel
    from pytestqt.qtbot import QtBot

    from relayviz.gui.log import LogPanel
    from tests.gui.conftest import Driver


def log_of(driver: Driver) -> LogPanel:
    return driver.window.docks["log"].panel  # type: ignore[return-value]


def test_the_log_filters(driver: Driver) -> None:
    """What is shown has the text in a cell, in any case; what is not shown has it nowhere."""
    panel = log_of(driver)

    def lines(model: QAbstractItemModel) -> list[str]:
        return [
            "|".join(str(model.index(row, column).data()) for column in range(4))
            for row in range(model.rowCount())
        ]

    everything = lines(panel.model)
    for sought in ("READ(", "relay_write", "B)", "nowhere at all"):
        panel.filter.clear()
        QTest.keyClicks(panel.filter, sought)
        expected = [line for line in everything if sought.lower() in line.lower()]
        assert lines(panel._shown) == expected
        assert len(expected) < len(everything)
        assert bool(expected) is (sought != "nowhere at all")
    panel.filter.clear()
    assert lines(panel._shown) == everything


def test_columns_of_losses_are_there_where_something_was_lost_so(driver: Driver) -> None:
    table = driver.window.docks["counters"].panel.findChild(QTableView)
    assert table is not None
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    driver.settle()

    def losses() -> set[str]:
        return {
            COLUMNS[place].heading
            for place in range(FIRST_LOSS, len(COLUMNS))
            if not table.isColumnHidden(place)
        }

    assert losses() == set()
    driver.controller.submit(Operation(Kind.WRITE, 0, 65))
    driver.settle()
    assert losses() == {LOSS_WORDS["too_big"]}
    driver.controller.submit(*[Operation(Kind.WRITE, 0, 64)] * 3)
    driver.settle()
    assert losses() == {LOSS_WORDS["too_big"], LOSS_WORDS["refused_full"]}


def test_a_cpu_goes_off_line_and_on_line_again(driver: Driver) -> None:
    """The command makes it what it is not."""
    driver.controller.open_channel(ChannelConfig(cpus=3, online=(0, 2)))
    driver.settle()
    for cpu in (1, 0, 2, 0):
        before = {int(one) for one in driver.snapshot.online}
        driver.controller.set_inputs(cpu=cpu)
        driver.trigger("op.cpu-online")
        after = {int(one) for one in driver.snapshot.online}
        assert after == before ^ {cpu}
        operation = driver.snapshot.made_by.operation
        assert (operation.kind, operation.cpu) == (Kind.CPU_ONLINE, cpu)
        assert operation.count == (0 if cpu in before else 1)


def test_the_log_has_a_column_for_branches_where_there_are_several(driver: Driver) -> None:
    driver.controller.open_channel(ChannelConfig(cpus=1))
    writes = [Operation(Kind.WRITE, 0, 8)] * 3
    driver.controller.submit(*writes)
    driver.settle()
    panel = log_of(driver)
    assert panel.table.isColumnHidden(BRANCH)
    assert BRANCH not in panel.table._wrapped()
    assert panel.detail == "3 steps"
    driver.controller.seek(1)
    driver.controller.submit(writes[0])
    driver.settle()
    assert not panel.table.isColumnHidden(BRANCH)
    assert BRANCH in panel.table._wrapped(), "long names have the lines that they need"
    assert panel.detail == "4 steps, 2 branches"


def test_a_long_log_is_filtered_some_steps_at_a_time(driver: Driver, qtbot: QtBot) -> None:
    """The rows are those that the texts say; what is done meanwhile and later is among them."""
    panel = log_of(driver)

    def wanted() -> list[int]:
        rows = range(panel.model.rowCount())
        texts = [
            [str(panel.model.index(row, column).data()) for column in range(4)] for row in rows
        ]
        return [row for row in rows if any("(7 b)" in text.lower() for text in texts[row])]

    def shown() -> list[int]:
        rows = range(panel._shown.rowCount())
        return [panel._shown.mapToSource(panel._shown.index(row, 0)).row() for row in rows]

    def submit(count: int) -> None:
        driver.controller.submit(
            *(Operation(Kind.WRITE, 0, 1 + number % 20) for number in range(count))
        )

    submit(3 * SLICE)
    driver.settle()
    panel.filter.setText("(7 B)")
    assert len(panel._shown._matches) == SLICE  # and not all at once
    rows = wanted()
    qtbot.waitUntil(lambda: shown() == rows, timeout=PATIENCE)
    assert len(rows) > 100
    submit(2 * SLICE)
    driver.settle()
    rows = wanted()
    qtbot.waitUntil(lambda: shown() == rows, timeout=PATIENCE)
    driver.controller.submit(Operation(Kind.WRITE, 0, 7))
    driver.settle()
    assert shown() == wanted()
    driver.controller.seek(5)
    driver.settle()
    assert shown() == wanted()


def test_beside_branches_there_is_room_for_what_came_of_a_step(driver: Driver) -> None:
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    driver.controller.submit(*(Operation(Kind.WRITE, 0, 60) for _ in range(3)))
    driver.settle()
    driver.controller.seek(1)
    driver.controller.submit(Operation(Kind.WRITE, 0, 30))
    driver.settle()
    table = log_of(driver).table
    table.fit()
    widths = {column: table.columnWidth(column) for column in (RESULT, BRANCH)}
    assert not table.isColumnHidden(BRANCH)
    assert widths[RESULT] > widths[BRANCH]


def test_callbacks_are_lines_of_the_log(driver: Driver) -> None:
    """How often create_buf_file is called for a global channel can be read there."""
    panel = log_of(driver)
    driver.controller.open_channel(
        ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=3, is_global=True)
    )
    driver.settle()
    driver.controller.submit(*[Operation(Kind.WRITE, 0, 40)] * 3)
    driver.settle()

    def results() -> list[str]:
        shown = panel._shown
        return [str(shown.index(row, RESULT).data()) for row in range(shown.rowCount())]

    everything = results()
    assert len(everything) == 4
    assert sum(line.count("create_buf_file(") for line in everything) == 1
    assert sum(line.count("subbuf_start(") for line in everything) == 3
    panel.chosen.setCurrentText(Shown.CALLBACKS)
    only = results()
    assert only == [
        (
            'create_buf_file("cpu0", cpu 0): global\n'
            "subbuf_start(sub-buffer 0, previous none, padding 0, cpu 0): 1"
        ),
        "subbuf_start(sub-buffer 1, previous 0, padding 24, cpu 0): 1",
        "subbuf_start(sub-buffer 0, previous 1, padding 24, cpu 0, buffer full): 0",
    ]
    rows = panel.exported_rows()
    assert rows is not None
    assert [line[-1] for line in rows.lines] == [one.replace("\n", "; ") for one in only]
    QTest.keyClicks(panel.filter, "previous 0")
    assert results() == only[1:2]
    QTest.keyClicks(panel.filter, "x")
    assert panel.found.sentence.text() == "No step has “previous 0x” in its line."
    panel.found.button.click()
    assert (results(), panel.chosen.currentText()) == (everything, Shown.ALL)
    panel.chosen.setCurrentText(Shown.OPERATIONS)
    assert not any("subbuf_start(" in line for line in results())


def test_many_callbacks_are_counted(driver: Driver) -> None:
    panel = log_of(driver)
    driver.controller.open_channel(ChannelConfig(cpus=20))
    driver.settle()
    text = str(panel.model.index(0, RESULT).data())
    assert "40 callbacks: create_buf_file 20 times, subbuf_start 20 times" in text
    assert len(text.split("\n")) == 10
    tip = str(panel.model.index(0, RESULT).data(Qt.ItemDataRole.ToolTipRole))
    assert text in tip
    panel.chosen.setCurrentText(Shown.OPERATIONS)
    panel.filter.setText("create_buf")
    assert panel._shown.rowCount() == 0
