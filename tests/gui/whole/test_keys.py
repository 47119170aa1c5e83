"""What each key does in each dock, and what is said where the pointer is, as it was described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QMenu, QWidget

from tests.capture.test_truth import LOSSY, files
from tests.gui.alive import windows
from tests.gui.dragging import drop
from tests.gui.inside.seen import show
from tests.gui.waiting import lay_out
from tests.gui.whole.test_described import compare, no_thread_left

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

__all__ = ["no_thread_left"]  # a fixture
Key, Modifier = Qt.Key, Qt.KeyboardModifier
PLAIN, SHIFT, CTRL = Modifier.NoModifier, Modifier.ShiftModifier, Modifier.ControlModifier
MOVES = (
    *(Key.Key_Right, Key.Key_Down, Key.Key_Left, Key.Key_Up, Key.Key_PageDown, Key.Key_PageUp),
    *(Key.Key_End, Key.Key_Home, Key.Key_Return, Key.Key_L, Key.Key_Plus, Key.Key_Right),
    *(Key.Key_Minus, Key.Key_0, Key.Key_Escape),
)
PRESSED = (*((key, PLAIN) for key in MOVES), (Key.Key_L, SHIFT), (Key.Key_C, CTRL))
MOST = 20  # of what is told in a view: some of it, evenly
STEPPED = ("counters", "rings", "bytes", "timeline", "log", "breakpoints", "watches", "fate", "why")
LIVE = ("counters", "rings", "timeline", "rate", "loss", "findings")
CAPTURE = ("counters", "rings", "bytes", "timeline", "records")
INSIDE = ("rings", "timeline", "log", "actors", "source", "copy")


def seen(driver: Driver) -> dict[str, str]:
    """Return what a key may change."""
    focus, snapshot = QApplication.focusWidget(), driver.controller.snapshot
    found = {
        "step": "" if snapshot is None else f"{snapshot.branch}/{snapshot.step}",
        "selection": f"{driver.controller.selection}",
        "cpu": f"{driver.controller.inputs.cpu}",
        "moment": f"{driver.controller.running.moment}",
        "said": driver.window.status.words.text(),
        "keyboard": name_of(focus),
        "copied": QApplication.clipboard().text(),
        "front": ", ".join(
            name for name, one in driver.window.docks.items() if one.panel.isVisible()
        ),
    }
    if focus is not None:
        found["here"] = focus.accessibleDescription()
        found["range"] = str(getattr(focus, "range", getattr(focus, "stretch", "")))
    if isinstance(focus, QAbstractItemView):
        found["row"] = f"{focus.currentIndex().row()} {focus.currentIndex().data()}"
    return found


def name_of(widget: QWidget | None) -> str:
    """Return what a widget is, and for whom."""
    return "" if widget is None else f"{type(widget).__name__} {widget.accessibleName()}"


def pressed(driver: Driver, docks: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Press each key in some docks; say what is different then."""
    for name in docks:
        driver.window.focus_dock(name)
        driver.settle()
        lay_out()
        begun, lines = QApplication.focusWidget(), []
        for key, modifier in PRESSED:
            if QApplication.focusWidget() is not begun:
                driver.window.focus_dock(name)
                driver.settle()
                lay_out()
            before = seen(driver)
            QTest.keyClick(QApplication.focusWidget() or driver.window, key, modifier)
            driver.settle()
            lay_out()
            after = seen(driver)
            changes = [f"{what} {now}" for what, now in after.items() if before.get(what) != now]
            opened = opened_over()
            changes += [f"opens {type(one).__name__}" for one in opened]
            for one in opened:
                one.close()
            if changes:
                words = "; ".join(changes).replace("\n", "\\n")
                lines.append(f"{_key(key, modifier)}: {words}")
        yield name, lines


def opened_over() -> list[QWidget]:
    """Return the dialogs and menus that are open."""
    shown = (one for one in windows() if one.isVisible())
    return [one for one in shown if isinstance(one, QDialog | QMenu)]


def _key(key: Qt.Key, modifier: Qt.KeyboardModifier) -> str:
    with_it = {SHIFT: "Shift+", CTRL: "Ctrl+"}.get(modifier, "")
    return with_it + key.name.removeprefix("Key_")


def pointed(driver: Driver, docks: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Say what is told under the pointer: along the middle of each view, and down its middle."""
    driver.window.reset_layout()
    for name in docks:
        driver.window.focus_dock(name)
        driver.settle()
        for view in driver.window.docks[name].panel.findChildren(QWidget):
            if view.isVisible() and hasattr(view, "words_at"):
                middle = QPointF(view.width() / 2, view.height() / 2)
                across = [view.words_at(QPointF(x, middle.y())) for x in range(view.width())]
                down = [view.words_at(QPointF(middle.x(), y)) for y in range(view.height())]
                told = list(dict.fromkeys(one for one in (*across, *down) if one))
                some = told[:: max(1, len(told) // MOST)]
                yield f"{name}: {name_of(view)}", [one.replace("\n", "\\n") for one in some]


def test_a_stepped_channel(stepped: Driver, tmp_path: Path) -> None:
    compare("keys-stepped", (*pointed(stepped, STEPPED), *pressed(stepped, STEPPED)), tmp_path)


def test_a_live_channel(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    compare("keys-live", (*pointed(live, LIVE), *pressed(live, LIVE)), tmp_path)


def test_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    driver.press(Key.Key_End)
    compare("keys-capture", (*pointed(driver, CAPTURE), *pressed(driver, CAPTURE)), tmp_path)


def test_inside_an_operation(driver: Driver, tmp_path: Path) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    driver.settle()
    compare("keys-inside", (*pointed(driver, INSIDE), *pressed(driver, INSIDE)), tmp_path)
