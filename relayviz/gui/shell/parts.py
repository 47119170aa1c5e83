"""Small things that the main window does to its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QTimer

from relayviz.gui.background import Background
from relayviz.gui.compare import CompareWindow
from relayviz.gui.newchannel import PythonDialog
from relayviz.gui.notice import Level
from relayviz.gui.prompts.prompts import QUESTIONS, Prompt
from relayviz.gui.prompts.times import TimesDialog
from relayviz.gui.shell.engines import SWEEPING
from relayviz.gui.sweep import SweepWindow
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QDialog, QMainWindow, QToolBar, QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.docks.docks import DockFrame
    from relayviz.gui.docks.layouts import Layouts
    from relayviz.gui.docks.space import Space
    from relayviz.gui.lesson import Stage
    from relayviz.gui.shell.welcome import Welcome
    from relayviz.gui.widgets.panel import Panel


def leave(window: QWidget) -> None:
    """Want nothing more of what was begun, and let no timer tick."""
    for sweep in window.findChildren(SweepWindow):
        sweep.end()
    for begun in window.findChildren(Background):
        begun.leave()
    for timer in window.findChildren(QTimer):
        timer.stop()


def stack(window: QMainWindow, bars: Sequence[QToolBar]) -> None:
    """Put toolbars below one another."""
    for bar in bars:
        window.addToolBar(bar)
        window.addToolBarBreak()


def text_of(state: QByteArray) -> str:
    """Return bytes of Qt as text that a file can hold."""
    return bytes(state.toBase64().data()).decode("ascii")


def bytes_of(text: str) -> QByteArray:
    """Return what text_of made a text of."""
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))


def asking(question: str, controller: Controller, window: QWidget) -> QDialog:
    """Return what asks for one value, or for a subbuf_start."""
    if question == "python":
        return PythonDialog(controller, window)
    if question == "times":
        return TimesDialog(controller, window)
    return Prompt(QUESTIONS[question], controller, window)


def show_roomy(frame: DockFrame, space: Space) -> Panel:
    """Bring a dock to front, with the room that it has there; nobody arranged anything by that."""
    with space.by_program():
        frame.show()
        frame.raise_()
    space.bars_changed()
    return frame.panel


def show_compared(controller: Controller, window: QWidget, closing: SignalInstance) -> None:
    """Show the window that compares the session shown; that it cannot be is told.

    Args:
        controller: What is shown.
        window: The main window.
        closing: Tells that it closes.
    """
    engine, tab = controller.stepped, controller.tab
    if engine is None or tab is None:
        return
    try:
        compare = CompareWindow(controller, engine, window, tab.clients)
    except OpenError as error:
        controller.notify(error.message, Level.ERROR)
        return
    closing.connect(compare.close)
    compare.show()


def fit(stage: Stage, layouts: Layouts, welcome: Welcome) -> None:
    """Have docks beside each other, and words above them, only where there is room."""
    if stage.is_presenting:
        stage.fit()
    else:
        layouts.fit()
        welcome.be_brief(layouts.is_crowded)


def show_sweep(controller: Controller, window: QWidget) -> None:
    """Show the window of sweeps: the one that there is, or a new one."""
    found = window.findChild(SweepWindow)
    sweep = found if isinstance(found, SweepWindow) else SweepWindow(controller, SWEEPING, window)
    sweep.show()
    sweep.activateWindow()
