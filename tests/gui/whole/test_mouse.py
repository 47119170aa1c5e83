"""What the mouse does in each view that draws itself, and what that shows then, as described."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMenu, QWidget

from tests.capture.test_truth import LOSSY, files
from tests.gui.dragging import drop
from tests.gui.inside.seen import show
from tests.gui.waiting import lay_out
from tests.gui.whole.painted import painted
from tests.gui.whole.test_described import compare, menu_entry, no_thread_left
from tests.gui.whole.test_keys import CAPTURE, INSIDE, LIVE, STEPPED, name_of, opened_over, seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

__all__ = ["no_thread_left"]  # a fixture
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
PLAIN, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
ACROSS, DOWN = (0.08, 0.37, 0.71), (0.3, 0.62)  # of the width and of the height
NOTCH = 120  # of a wheel: an eighth of a degree each


def _drag(view: QWidget, at: QPoint) -> None:
    QTest.mousePress(view, LEFT, PLAIN, at)
    for step in (5, 30):
        QTest.mouseMove(view, at + QPoint(step, step // 3))
    QTest.mouseRelease(view, LEFT, PLAIN, at + QPoint(30, 10))


def _wheel(view: QWidget, at: QPoint, notches: int, modifier: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.mapToGlobal(at)),
        QPoint(),
        QPoint(0, NOTCH * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def _menu(view: QWidget, at: QPoint) -> None:
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(view, QContextMenuEvent(reason, at, view.mapToGlobal(at)))


DEEDS: dict[str, Callable[[QWidget, QPoint], None]] = {
    "move": QTest.mouseMove,
    "click": lambda view, at: QTest.mouseClick(view, LEFT, PLAIN, at),
    "Shift+click": lambda view, at: QTest.mouseClick(view, LEFT, SHIFT, at),
    "Ctrl+click": lambda view, at: QTest.mouseClick(view, LEFT, CTRL, at),
    "middle": lambda view, at: QTest.mouseClick(view, MIDDLE, PLAIN, at),
    "twice": lambda view, at: QTest.mouseDClick(view, LEFT, PLAIN, at),
    "drag": _drag,
    "wheel": lambda view, at: _wheel(view, at, 1, PLAIN),
    "Ctrl+wheel": lambda view, at: _wheel(view, at, 2, CTRL),
    "Shift+wheel": lambda view, at: _wheel(view, at, -1, SHIFT),
    "menu": _menu,
}


def draws_itself(view: QWidget) -> bool:
    """Whether a view's picture is its own code's."""
    return any(
        "paintEvent" in one.__dict__ and one.__module__.startswith("relayviz.")
        for one in type(view).__mro__
    )


def looks(view: QWidget) -> str:
    """Return a digest of what a view paints, by its colours and words, and of where that is."""
    lines = painted(view)
    if not lines:
        return "nothing"
    inks = sha256("\n".join(lines[:-1]).encode()).hexdigest()[:8]
    return f"{len(lines) - 1} lines, painted in {inks}, painted {lines[-1]}"


def used(driver: Driver, view: QWidget) -> Iterator[str]:
    """Do each deed at some places of a view; say what is different then."""
    shown = looks(view)
    ground = view.viewport() if isinstance(view, QAbstractScrollArea) else view
    yield f"as it is: {shown}"
    for x in ACROSS:
        for y in DOWN:
            at = QPoint(int(view.width() * x), int(view.height() * y))
            for name, do in DEEDS.items():
                before = seen(driver)
                do(ground, at)
                driver.settle()
                lay_out()
                changes = [
                    f"{what} {now}" for what, now in seen(driver).items() if before.get(what) != now
                ]
                for one in opened_over():
                    changes.append(f"opens {type(one).__name__}")
                    if isinstance(one, QMenu):
                        changes += [line for each in one.actions() for line in menu_entry(each, "")]
                    one.close()
                    driver.activate()
                place = f"{name} at {x:g}, {y:g}"
                if changes:
                    words = "; ".join(changes).replace("\n", "\\n")
                    yield f"{place}: {words}"
                if not view.isVisible():
                    yield f"{place}: it is shown no more"
                    return
                if looks(view) != shown:
                    shown = looks(view)
                    yield f"{place}: {shown}"


def moused(driver: Driver, docks: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Use the mouse in what draws itself in some docks; then look at it without the keyboard."""
    driver.window.reset_layout()
    for name in docks:
        driver.window.focus_dock(name)
        driver.settle()
        QTest.qWait(1)  # what is around it takes its room
        panel = driver.window.docks[name].panel
        for view in panel.findChildren(QWidget):
            if view.isVisible() and draws_itself(view):
                lines = list(used(driver, view))
                driver.window.menuBar().setFocus()
                driver.settle()
                yield f"{name}: {name_of(view)}", [*lines, f"without the keyboard: {looks(view)}"]


def test_a_stepped_channel(stepped: Driver, tmp_path: Path) -> None:
    compare("mouse-stepped", moused(stepped, STEPPED), tmp_path)


def test_a_live_channel(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    compare("mouse-live", moused(live, LIVE), tmp_path)


def test_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    driver.press(Qt.Key.Key_End)
    compare("mouse-capture", moused(driver, CAPTURE), tmp_path)


def test_inside_an_operation(driver: Driver, tmp_path: Path) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    driver.settle()
    compare("mouse-inside", moused(driver, INSIDE), tmp_path)
