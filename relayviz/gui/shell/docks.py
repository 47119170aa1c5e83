"""The docks: which there are, where they stand at first, and the frame around a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.breakpoints import BreakpointsPanel
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.channel import ChannelPanel
from relayviz.gui.counters import CountersPanel
from relayviz.gui.fate import FatePanel
from relayviz.gui.findings import FindingsPanel
from relayviz.gui.load import LoadPanel
from relayviz.gui.log import LogPanel
from relayviz.gui.rates import LossPanel, RatePanel
from relayviz.gui.rings import RingsPanel
from relayviz.gui.shell.arrangement import Arrangement
from relayviz.gui.timeline import TimelinePanel
from relayviz.gui.watches import WatchesPanel
from relayviz.gui.why import WhyPanel
from relayviz.gui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.widgets.panel import Panel

MARGIN = 6


@dataclass(frozen=True, slots=True)
class Dock:
    """A row of the table of docks.

    Attributes:
        id: Its name in the layout that is saved.
        title: Its heading.
        panel: Makes what is inside.
        sides: Where it is shown at first: beside a stepped channel, a live one, or both.
    """

    id: str
    title: str
    panel: Callable[[Controller], Panel]
    sides: tuple[Arrangement, ...] = (Arrangement.STEPPED,)


BOTH, LIVE = (Arrangement.STEPPED, Arrangement.RUNNING), (Arrangement.RUNNING,)

DOCKS = (
    Dock("channel", "Channel", ChannelPanel),
    Dock("counters", "Per-CPU counters", CountersPanel, BOTH),
    Dock("rings", "Rings", RingsPanel, BOTH),
    Dock("bytes", "Sub-buffer", BytesPanel),
    Dock("timeline", "Timeline", TimelinePanel, BOTH),
    Dock("log", "Log", LogPanel),
    Dock("rate", "Rate", RatePanel, LIVE),
    Dock("loss", "Loss", LossPanel, LIVE),
    Dock("findings", "Findings", FindingsPanel, LIVE),
    Dock("load", "Load", LoadPanel, LIVE),
    Dock("breakpoints", "Breakpoints", BreakpointsPanel),
    Dock("watches", "Watches", WatchesPanel),
    Dock("fate", "Fate of every event", FatePanel),
    Dock("why", "Why", WhyPanel),
)


class DockFrame(QDockWidget):
    """A dock with our own title bar: heading, a grey detail, and two buttons.

    Attributes:
        panel: What is inside.
    """

    def __init__(self, dock: Dock, controller: Controller, parent: QMainWindow) -> None:
        super().__init__(dock.title, parent)
        self.setObjectName(f"dock.{dock.id}")
        self.panel = dock.panel(controller)
        self._heading = _Heading(dock.title, self)
        self.setTitleBarWidget(self._heading)
        frame = QFrame(self)
        frame.setObjectName("panel")
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(self.panel)
        self.setWidget(frame)
        if not self.panel.accessibleName():
            self.panel.setAccessibleName(dock.title)
        self.panel.detail_changed.connect(self._heading.show_detail)
        self._heading.show_detail(self.panel.detail)


class _Heading(QFrame):
    """The title bar. It lets mouse events through: Qt drags and floats the dock by them."""

    def __init__(self, title: str, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dock-title")
        self._dock = dock
        name = QLabel(title.upper(), self)
        name.setObjectName("dock-title")
        self._detail = ElidedLabel(self)
        self._detail.setObjectName("dim")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGIN, 3, 2, 1)
        layout.addWidget(name)
        layout.addWidget(self._detail, 1)
        layout.addWidget(self._button("❐", f"Float {title}", self._float))
        layout.addWidget(self._button("✕", f"Hide {title}", self._hide))

    @Slot(str)
    def show_detail(self, text: str) -> None:
        """Show the grey text."""
        self._detail.setText(f"·  {text}" if text else "")
        self._detail.setToolTip(text)

    def _button(self, sign: str, tip: str, run: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("flat")
        button.setText(sign)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(run)
        return button

    @Slot()
    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    @Slot()
    def _hide(self) -> None:
        self._dock.hide()


def add_docks(window: QMainWindow, controller: Controller) -> dict[str, DockFrame]:
    """Make all docks, in the places they have at first."""
    frames = {dock.id: DockFrame(dock, controller, window) for dock in DOCKS}
    # the space between the docks is theirs alone
    centre = QWidget(window)
    centre.setMaximumSize(0, 0)
    window.setCentralWidget(centre)
    centre.hide()
    place_docks(window, frames)
    return frames


def place_docks(window: QMainWindow, frames: dict[str, DockFrame]) -> None:
    """Put the docks where they are at first: three columns, timeline and log below."""
    take_all(window, frames)
    left, bottom = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    window.addDockWidget(left, frames["channel"])
    window.splitDockWidget(frames["channel"], frames["rings"], horizontal)
    window.splitDockWidget(frames["rings"], frames["bytes"], horizontal)
    window.splitDockWidget(frames["channel"], frames["counters"], vertical)
    window.addDockWidget(bottom, frames["timeline"])
    window.splitDockWidget(frames["timeline"], frames["log"], horizontal)
    window.tabifyDockWidget(frames["timeline"], frames["fate"])
    for other in ("breakpoints", "watches", "why"):
        window.tabifyDockWidget(frames["log"], frames[other])
    for other in ("rate", "loss", "findings", "load"):  # where they come when asked for
        window.tabifyDockWidget(frames["bytes"], frames[other])
    show_those_of(Arrangement.STEPPED, frames)
    for first in ("timeline", "log"):  # the others are tabs behind them
        frames[first].raise_()


def take_all(window: QMainWindow, frames: dict[str, DockFrame]) -> None:
    """Take all docks out of the window."""
    for frame in frames.values():
        frame.setFloating(False)
        window.removeDockWidget(frame)


def show_those_of(side: Arrangement, frames: dict[str, DockFrame]) -> None:
    """Show the docks that a side has at first, and no others."""
    for dock in DOCKS:
        frames[dock.id].setVisible(side in dock.sides)


def are_those_of(side: Arrangement, frames: dict[str, DockFrame]) -> bool:
    """Return whether just the docks are there that a side has at first."""
    return all(frames[dock.id].isHidden() != (side in dock.sides) for dock in DOCKS)
