"""The Sweep window with a tiny plan: described, and what keys and mouse do in its table and map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from relayviz.gui.shell.engines import SWEEPING
from relayviz.gui.sweep import SweepWindow
from relayviz.model.sweep.plan import Outcome
from relayviz.model.sweep.sweeper import Sweeping
from tests.gui.driven.apart import done, keys, since
from tests.gui.waiting import until
from tests.gui.whole.described import described
from tests.gui.whole.painted import painted
from tests.gui.whole.test_described import compare, no_thread_left
from tests.gui.whole.test_keys import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QTableView

    from relayviz.gui.widgets.fields import NumberField
    from relayviz.model.sweep.plan import Cell
    from tests.gui.conftest import Driver

__all__ = ["no_thread_left"]  # a fixture
Key = Qt.Key
PRESSED = (
    *(Key.Key_Home, Key.Key_Down, Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Down),
    *(Key.Key_Down, Key.Key_Down, Key.Key_Left, Key.Key_End, Key.Key_PageUp, Key.Key_Up),
)
MOST_COLUMNS = 3  # that are clicked on
LOST = (0, 1, 5, 300, 999, 1000)  # of 1000, cell by cell


def measure(
    cells: Sequence[Cell], _workers: int = 1, _goes_on: Callable[[], bool] = bool
) -> Generator[tuple[int, Outcome]]:
    """Say at once what each channel comes to; the last cannot be, the one before is not reached."""
    for at in range(len(cells) - 2):
        lost = LOST[at % len(LOST)]
        refused, kept = lost // 3, 1000 - lost
        yield at, Outcome(1000, kept - kept // 4, kept // 4, lost, refused, lost - refused, at)
    yield len(cells) - 1, Outcome(error="There is no room.")


@pytest.fixture
def window(driver: Driver) -> Iterator[SweepWindow]:
    driver.window.choose_theme("dark")
    made = SweepWindow(driver.controller, Sweeping(measure, SWEEPING.kind), driver.window)
    made.form.workers.setValue(1)
    made.show()
    made.activateWindow()
    assert QTest.qWaitForWindowActive(made)
    yield made
    made.reject()


def measured(window: SweepWindow) -> None:
    """Measure a plan of two loads, two modes, two sizes and three numbers."""
    window.form.choose_loads({"bursts", "stalls"})
    window.form.sizes.setText("1k, 4096")
    window.form.numbers.setText("2, 8, 64")
    window.form.cpus.setValue(2)
    window.form.header.setValue(16)
    QTest.keyClick(window.form.numbers, Key.Key_Return)
    until(lambda: not window.is_running)


def state(window: SweepWindow) -> dict[str, str]:
    """Return what is chosen, and what is said of it."""
    view: QTableView = window.map if window.views.currentIndex() == 0 else window.table
    at = view.currentIndex()
    return {
        "at": f"{at.row()} {at.column()}",
        "says": window.says.text(),
        "tip": window.says.toolTip(),
        "can open": f"{window.run.isEnabled()} {window.step.isEnabled()}",
        "keyboard": name_of(QApplication.focusWidget()),
    }


def clicked(view: QTableView) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give a click on each cell as a deed."""
    ground, left = view.viewport(), Qt.MouseButton.LeftButton
    for row in range(view.model().rowCount()):
        for column in range(min(view.model().columnCount(), MOST_COLUMNS)):
            at = view.visualRect(view.model().index(row, column)).center()
            yield f"{row} {column}", lambda at=at: QTest.mouseClick(ground, left, pos=at)  # type: ignore[misc]


def test_it_is_described_at_first(window: SweepWindow, tmp_path: Path) -> None:
    compare("sweep-first", [("at first", described(window))], tmp_path)


def test_it_is_described(driver: Driver, window: SweepWindow, tmp_path: Path) -> None:
    measured(window)
    parts, told = [("heat map", painted(window.map))], described(window)
    parts.append(("measured", told))
    window.views.setCurrentWidget(window.table)
    parts.append(("table", since(told, described(window))))
    driver.window.choose_theme("light")
    window.views.setCurrentWidget(window.map)
    parts.append(("light", painted(window.map)))
    compare("sweep", parts, tmp_path)


def test_keys_and_mouse(window: SweepWindow, tmp_path: Path) -> None:
    measured(window)
    parts = []
    for view in (window.map, window.table):
        window.views.setCurrentWidget(view)
        parts += [
            (f"keys: {name_of(view)}", done(keys(view, PRESSED), lambda: state(window))),
            (f"mouse: {name_of(view)}", done(clicked(view), lambda: state(window))),
        ]
    compare("sweep-driven", parts, tmp_path)


def test_what_is_typed(window: SweepWindow, tmp_path: Path) -> None:
    """Each field takes what it can, and says what it cannot."""
    typed: dict[QLineEdit | NumberField, tuple[str, ...]] = {
        window.form.sizes: ("", "8", "16", "1k,", "1k, 1K", "4k;", "1g", "0", "4096M"),
        window.form.numbers: ("", "0", "1", "1, 2", "x", "1048576", "16777216", "999999999"),
        window.form.cpus: ("0", "1", "9999999"),
        window.form.header: ("0", "1023", "1024", "4096"),
        window.form.seconds: ("0", "86400", "86401"),
        window.form.workers: ("0", "999"),
    }
    lines = []
    for field, texts in typed.items():
        before = field.text() if isinstance(field, QLineEdit) else ""
        for text in texts:
            _type(field, text)
            left = field.text() if isinstance(field, QLineEdit) else field.value()
            name = field.accessibleName() or field.toolTip()
            words = (window.problem.text(), "can go" * window.go.isEnabled())
            lines.append(f"{name}: {text!r} → {left!r}, {words}")
        _type(field, before or "16")
    compare("sweep-typed", [("typed", lines)], tmp_path)


def _type(field: QLineEdit | NumberField, text: str) -> None:
    field.setText(text) if isinstance(field, QLineEdit) else field.setValue(int(text))


def test_a_file_that_was_written_is_told_in_both_windows(
    driver: Driver, window: SweepWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    window.write(path)  # nothing is measured
    measured(window)
    assert not path.exists()
    window.write(path)
    until(lambda: window.says.text() == f"Wrote {path}.")
    assert driver.window.status.words.text() == f"Wrote {path}."
    assert window.problem.isHidden()
    headers = (window.map.horizontalHeader(), window.map.verticalHeader())
    assert all(one.accessibleName() for one in headers)
