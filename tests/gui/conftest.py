"""The whole window without a screen. Noise fails a test.

Noise is: Qt warnings (pytest-qt looks after them), log records, exceptions nobody handled, threads
and timers that are left behind, files written where the user's are.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("FONTCONFIG_FILE", str(Path(__file__).with_name("fonts.conf")))

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QToolButton
from shiboken6 import isValid

from relayviz.gui.background import Background
from relayviz.gui.faults import guard_overrides
from relayviz.gui.look.theme import POINT_SIZE
from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Layout, Settings, Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.shell.main_window import MainWindow
    from relayviz.model.engine.catalogue import Catalogue
    from relayviz.model.engine.protocol import SteppedEngine
    from relayviz.model.engine.snapshot import Snapshot

guard_overrides()  # as in the program, also where no window is opened
BEGUN: WeakSet[Background[Any]] = WeakSet()  # looked for in a whole window, it would take longer
_start = Background.start


def _begin(this: Background[Any]) -> None:
    BEGUN.add(this)
    _start(this)


setattr(Background, "start", _begin)  # noqa: B010  mypy would have it generic
SIZE = (1280, 800)
PATIENCE = 10.0


class Driver:
    """A user: presses keys, clicks, and looks."""

    def __init__(self, folder: Path, engines: Catalogue | None = None) -> None:
        self.engines = engines
        self.settings = Store(Settings, folder / "settings.json")
        self.session = Store(Layout, folder / "session.json")
        self.start()

    def start(self, files: Sequence[Path] = (), size: tuple[int, int] = SIZE) -> None:
        """Start the program in a window of a size; wait until it shows files, or the example."""
        self.program = app.Program(self.settings, self.session, self.engines, files)
        self.window: MainWindow = self.program.window
        self.controller: Controller = self.program.controller
        self.window.resize(*size)
        self.window.show()
        self.window.activateWindow()
        assert QTest.qWaitForWindowActive(self.window)
        self.settle()

    def stop(self) -> None:
        """Close the window as a user does who does not want to keep anything."""
        self.window.desk.discard()
        self.window.close()

    def end(self) -> None:
        """Close the window; nothing of it may be left, nor a key that is held."""
        handle = self.window.windowHandle()
        if handle is not None:  # Qt has Shift held until it hears otherwise, in any window
            QTest.keyRelease(handle, Qt.Key.Key_Shift)
        self.stop()
        owners = (self.window, self.program)
        timers = (timer for owner in owners for timer in owner.findChildren(QTimer))
        # one of 0 ms ends in the next turn: taking a window apart still sizes what is in it
        going = (timer for timer in timers if timer.isActive() and timer.interval())
        running = [(timer.parent(), timer.interval()) for timer in going]
        assert not running, f"timers left behind, of whom, milliseconds: {running}"
        self.window.deleteLater()
        self.program.deleteLater()
        QTest.qWait(0)

    @property
    def engine(self) -> SteppedEngine:
        engine = self.controller.stepped
        assert engine is not None
        return engine

    @property
    def snapshot(self) -> Snapshot:
        snapshot = self.controller.snapshot
        assert snapshot is not None
        return snapshot

    def settle(self) -> Snapshot | None:
        """Let what was begun finish, and show what came of it."""
        end = time.monotonic() + PATIENCE
        while self._is_busy() and time.monotonic() < end:
            QTest.qWait(5)
        if self.controller.shown is not None:
            assert self.controller.shown.wait_idle()
        self.controller._pump.poll()
        self.window.status._timer.stop()  # a notice goes by what is done, not by how long it takes
        return self.controller.snapshot

    def activate(self) -> None:
        """Go back to the window, as a desktop does when a dialog has closed."""
        self.window.activateWindow()
        assert QTest.qWaitForWindowActive(self.window)

    def _is_busy(self) -> bool:
        return any(isValid(one) and one.is_running for one in BEGUN)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
        """Press a key wherever the keyboard is."""
        target: QWidget | None = self.window.focusWidget()
        target = self.window if target is None else target
        QTest.keyClick(target, key, modifiers or Qt.KeyboardModifier.NoModifier)
        self.settle()

    def click(self, widget: QWidget) -> None:
        """Click into the middle of a widget."""
        assert widget.isVisible()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.settle()

    def button(self, action: str) -> QToolButton:
        """The toolbar's button of an action."""
        found = self.window.findChild(QToolButton, f"button.{action}")
        assert isinstance(found, QToolButton)
        return found

    def trigger(self, action: str) -> None:
        """Choose an action as from its menu."""
        self.window.actions_made[action].trigger()
        self.settle()

    def dialog(self) -> QDialog:
        """The dialog opened last."""
        return self.window.findChildren(QDialog)[-1]


@pytest.fixture(autouse=True)
def no_noise(
    qapp: QApplication,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[None]:
    """Fail on what a test leaves behind or says aside; each has an application, also alone."""
    homes = tmp_path_factory.mktemp("home")
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(homes / name.lower()))
    threads = set(threading.enumerate())
    with caplog.at_level(logging.WARNING):
        yield
    if qapp.applicationName():
        font = QApplication.font()
        font.setPointSizeF(POINT_SIZE)  # who zooms, zooms all windows of the process
        QApplication.setFont(font)
    left = set(threading.enumerate()) - threads
    assert not left, f"threads left behind: {left}"
    assert not caplog.records, f"logged: {caplog.records}"
    # Qt and fontconfig may make their caches; ours would be called relayviz
    written = [path for path in homes.rglob("*") if "relayviz" in path.name]
    assert not written, f"written to the user's folders: {written}"


@pytest.fixture
def driver(qapp: QApplication, tmp_path: Path) -> Iterator[Driver]:
    """The program as after its first start."""
    app.prepare(qapp)
    made = Driver(tmp_path)
    yield made
    made.end()
