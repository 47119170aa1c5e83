"""The table of a capture's records: pages, conditions, order, and from a record to its moment."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from relayviz.gui.records import RecordsPanel
from tests.capture.test_truth import LOSSY, files
from tests.gui.dragging import drop
from tests.gui.test_captures import engine, no_thread_left, panel

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

__all__ = ["no_thread_left"]  # a fixture
Key = Qt.Key


def opened(driver: Driver) -> RecordsPanel:
    drop(driver, files(LOSSY[0]))
    driver.window.focus_dock("records")
    shown = panel(driver, "records", RecordsPanel)
    looked(driver, shown)
    return shown


def looked(driver: Driver, shown: RecordsPanel) -> None:
    """Let the bytes on screen be read."""
    for _ in range(50):
        driver.settle()
        if shown.model.look():
            return
        QTest.qWait(5)
    raise AssertionError("the bytes on screen are never read")


def column(shown: RecordsPanel, key: str) -> int:
    return [one.key for one in shown.model.columns].index(key)


def ask(driver: Driver, shown: RecordsPanel, condition: str) -> None:
    shown.filter.setText(condition)
    QTest.keyClick(shown.filter, Key.Key_Return)
    driver.settle()
    looked(driver, shown)


def records() -> list[tuple[int, int, int, int]]:
    """CPU, number, sector and bytes of all records, read from the files without a layout."""
    found = []
    for path in files(LOSSY[0]):
        data, at = path.read_bytes(), 0
        while at < len(data):
            head = struct.unpack_from("<IIQQIIIIIHH", data, at)
            found.append((head[8], head[1], head[3], 48 + head[10]))
            at += 48 + head[10]
    return found


def test_rows_say_what_the_files_say(driver: Driver) -> None:
    shown = opened(driver)
    model, tape = shown.model, engine(driver).tape
    assert model.count == tape.count == len(records())
    true = {(cpu, number): sector for cpu, number, sector, _ in records() if number}
    for row in range(0, model.rowCount(), 3):
        texts = [model.index(row, at).data() for at in range(len(model.columns))]
        if not texts[column(shown, "number")]:
            continue
        key = (int(texts[column(shown, "cpu")]), int(texts[column(shown, "number")]))
        assert int(texts[column(shown, "sector")].replace("\u202f", "")) == true[key]


def test_figures_of_later_records_are_not_left_out(driver: Driver) -> None:
    assert drop(driver, files(LOSSY[0]))
    driver.window.focus_dock("records")
    driver.settle()
    shown = panel(driver, "records", RecordsPanel)
    table, time = shown.table, column(shown, "time")
    for place in (0, shown.bar.maximum()):
        shown.bar.setValue(place)
        for at in range(len(shown.model.columns)):
            assert table.columnWidth(at) >= table.sizeHintForColumn(at), (place, at)
    shown.bar.setValue(0)
    table.setColumnWidth(time, 40)
    shown.bar.setValue(shown.bar.maximum())
    assert table.columnWidth(time) == 40, "it was made narrow by hand, and nothing is longer"


def test_a_condition_finds_the_records_that_a_loop_does(driver: Driver) -> None:
    shown = opened(driver)
    ask(driver, shown, "cpu == 1 and size > 60")
    wanted = [one for one in records() if one[0] == 1 and one[3] > 60]
    assert shown.model.count == len(wanted)
    ask(driver, shown, "sector % 16 == 0 and number < 50")
    assert shown.model.count == sum(one[2] % 16 == 0 and one[1] < 50 for one in records())
    ask(driver, shown, "cpu = 1")
    assert "Records:" in driver.window.status.words.text()
    shown.filter.clear()
    driver.settle()
    assert shown.model.count == len(records())


def test_a_click_on_a_heading_sorts_all_records(driver: Driver) -> None:
    shown = opened(driver)
    header = shown.table.horizontalHeader()
    by = column(shown, "sector")
    for descending in (False, True):
        header.sectionClicked.emit(by)
        driver.settle()
        looked(driver, shown)
        sectors = sorted((one[2] for one in records()), reverse=descending)
        told = [shown.model.index(row, by).data() for row in range(shown.model.rowCount())]
        assert [int(one.replace("\u202f", "")) for one in told] == sectors[: len(told)]
    header.sectionClicked.emit(by)
    driver.settle()
    assert shown.model.place_at(0) == shown.model.first


def test_wheel_and_keys_go_through_all_records(driver: Driver) -> None:
    shown = opened(driver)
    shown.bar.setValue(0)
    assert shown.model.first == 0
    middle = QPointF(shown.table.viewport().rect().center())
    no_buttons, no_keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        *(middle, middle, QPoint(), QPoint(0, -120), no_buttons, no_keys),
        *(Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(shown.table.viewport(), wheel)
    assert shown.model.first == 3
    shown.table.setFocus()
    QTest.keyClick(shown.table, Key.Key_PageDown)
    assert shown.model.first == 3 + shown._room
    shown.bar.setValue(shown.bar.maximum())
    last = shown.model.place_at(shown.model.rowCount() - 1)
    assert last == engine(driver).tape.count - 1


def test_a_record_leads_to_its_moment_and_the_moment_to_its_record(driver: Driver) -> None:
    shown = opened(driver)
    shown.bar.setValue(200)
    place = shown.model.place_at(1)
    shown.table.clicked.emit(shown.model.index(1, 0))
    driver.settle()
    assert driver.snapshot.step == place + 1
    tape = engine(driver).tape
    assert driver.controller.selection[0] == tape.buffer_of(place)
    driver.window.channels.slider.setValue(1500)
    driver.settle()
    rows = [shown.model.place_at(row) for row in range(shown.model.rowCount())]
    assert 1499 in rows
    assert shown.table.currentIndex().row() == rows.index(1499)


def test_copied_rows_are_those_selected(driver: Driver) -> None:
    shown = opened(driver)
    shown.table.selectRow(1)
    assert shown.table.copy() == 1
    text = QApplication.clipboard().text()
    assert text.split("\t")[0].replace("\u202f", "") == str(shown.model.place_at(1) + 1)
    rows = shown.exported_rows(10)
    assert rows is not None
    assert len(list(rows.lines)) == 10


def test_a_closed_capture_is_let_go(driver: Driver) -> None:
    shown = opened(driver)
    driver.trigger("file.close-tab")
    driver.settle()
    assert shown.model.count == 0
    assert shown._engine is None
    assert np.all(np.array([shown.model.rowCount()]) == 0)


def test_arrow_keys_go_along_the_page_and_scroll_at_its_ends(driver: Driver) -> None:
    shown = opened(driver)
    shown.bar.setValue(100)
    looked(driver, shown)
    first, last = 0, shown.model.rowCount() - 1
    assert last > first
    page = shown.bar.pageStep()
    for row, key, lands, scrolled in (
        (first, Key.Key_Down, first + 1, 0),
        (last, Key.Key_Up, last - 1, 0),
        (first + 1, Key.Key_Up, first, 0),
        (last - 1, Key.Key_Down, last, 0),
        (last, Key.Key_Down, last, 1),
        (first, Key.Key_Up, first, -1),
        (first, Key.Key_PageDown, first, page),
        (first, Key.Key_PageUp, first, -page),
    ):
        shown.bar.setValue(100)
        shown.table.setCurrentIndex(shown.model.index(row, 0))
        QTest.keyClick(shown.table, key)
        assert shown.table.currentIndex().row() == lands, key
        assert shown.bar.value() == 100 + scrolled, key
