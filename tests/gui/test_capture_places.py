"""Where a capture's findings and moments are: in the tape, on the timeline, in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.findings import FindingsPanel
from relayviz.gui.records import RecordsPanel
from relayviz.gui.timeline import TimelinePanel
from relayviz.model.findings.finding import Severity
from tests.capture.test_truth import LOSSY, files
from tests.gui.dragging import drop
from tests.gui.test_captures import engine, no_thread_left, panel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.conftest import Driver

no_thread = no_thread_left  # the fixture


def test_show_me_goes_to_the_largest_gap_wherever_it_is_seen(driver: Driver) -> None:
    """In the tape, on the timeline, in the table, and the CPU is the one that lost."""
    drop(driver, files(LOSSY[0]))
    tape, records = engine(driver).tape, panel(driver, "records", RecordsPanel)
    driver.window.focus_dock("records")
    cards = panel(driver, "findings", FindingsPanel).cards.values()
    shown = [card for card in cards if card.finding.severity is Severity.LOSS]
    assert len(shown) == len({one.buffer for one in tape.lost}) > 0
    for card in shown:
        (cpu,) = card.finding.cpus
        buffer = tape.cpus.index(cpu)
        lost = [one for one in tape.lost if one.buffer == buffer]
        gap = max(lost, key=lambda one: one.gap.missing)
        card.button.click()
        driver.settle()
        assert driver.snapshot.step == gap.after
        assert driver.controller.selection[0] == buffer
        driver.window.focus_dock("records")
        driver.settle()
        listed = [records.model.place_at(row) for row in range(records.model.rowCount())]
        assert {gap.after - 1, gap.after} <= set(listed)
        assert records.table.currentIndex().row() == listed.index(gap.after - 1)
        view = panel(driver, "timeline", TimelinePanel).tape_view
        assert view.place == tape.time(gap.after - 1) - tape.span()[0]
        assert view.range.has(view.place)


def test_the_record_is_in_sight_when_the_table_comes_later(driver: Driver) -> None:
    drop(driver, files(LOSSY[0]))
    driver.window.docks["records"].hide()
    driver.settle()
    engine(driver).goto_place(700)
    driver.settle()
    driver.window.focus_dock("records")
    driver.settle()
    QTest.qWait(20)
    records = panel(driver, "records", RecordsPanel)
    listed = [records.model.place_at(row) for row in range(records.model.rowCount())]
    assert records.table.currentIndex().row() == listed.index(699)


def test_show_me_goes_to_what_is_damaged(driver: Driver, tmp_path: Path) -> None:
    """The moment is that before the first record behind the damage, of the file that has it."""
    whole = files(LOSSY[0])[0].read_bytes()
    path = tmp_path / files(LOSSY[0])[0].name
    drop(driver, [files(LOSSY[0])[0]])
    tape = engine(driver).tape
    begin, end = (int(tape.row(place)["at"]) for place in (10, 13))
    path.write_bytes(whole[:begin] + b"\xa5" * (end - begin) + whole[end:])
    drop(driver, [path])
    cards = panel(driver, "findings", FindingsPanel).cards.values()
    card = next(card for card in cards if "are no record" in card.finding.text)
    card.button.click()
    driver.settle()
    tape = engine(driver).tape
    assert tape.sources[0].path == path
    assert int(tape.row(driver.snapshot.step)["at"]) == end
    assert int(tape.row(driver.snapshot.step - 1)["at"]) < begin


def test_quick_keys_each_go_a_record(driver: Driver) -> None:
    """They go on from where the view is going, not from what it shows still."""
    drop(driver, files(LOSSY[0]))
    window = driver.window
    for key, modifiers, times, at in (
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 1, 0),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier, 7, 7),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier, 3, 4),
    ):
        for _ in range(times):
            QTest.keyClick(window, key, modifiers)
        driver.settle()
        assert driver.snapshot.step == at == engine(driver).aim
    last = engine(driver).tape.count
    engine(driver).goto_place(last - 1)
    driver.settle()
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_F11)
    driver.settle()
    assert driver.snapshot.step == last == engine(driver).aim
