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
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.bytes import BytesPanel
from relayviz.gui.channel import ChannelPanel
from relayviz.gui.counters import CountersPanel
from relayviz.gui.fate import FatePanel
from relayviz.gui.log import LogPanel
from relayviz.gui.rings import RingsPanel
from relayviz.gui.timeline import TimelinePanel
from relayviz.gui.why import WhyPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.controller import Controller
    from relayviz.gui.panel import Panel

# first shares: columns and bottom row of the window, the log of that, the channel of its column
LEFT, RIGHT, BOTTOM, LOG, CHANNEL = 0.2, 0.29, 0.25, 0.44, 0.6
MARGIN = 6


@dataclass(frozen=True, slots=True)
class Dock:
    """A row of the table of docks.

    Attributes:
        id: Its name in the layout that is saved.
        title: Its heading.
        panel: Makes what is inside.
    """

    id: str
    title: str
    panel: Callable[[Controller], Panel]


DOCKS = (
    Dock("channel", "Channel", ChannelPanel),
    Dock("counters", "Per-CPU counters", CountersPanel),
    Dock("rings", "Rings", RingsPanel),
    Dock("bytes", "Sub-buffer", BytesPanel),
    Dock("timeline", "Timeline", TimelinePanel),
    Dock("log", "Log", LogPanel),
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
        self._detail = QLabel("", self)
        self._detail.setObjectName("dim")
        # a long detail may be cut, but never makes the dock wider
        self._detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
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
    for frame in frames.values():
        frame.setFloating(False)
        window.removeDockWidget(frame)
    left, bottom = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    window.addDockWidget(left, frames["channel"])
    window.splitDockWidget(frames["channel"], frames["rings"], horizontal)
    window.splitDockWidget(frames["rings"], frames["bytes"], horizontal)
    window.splitDockWidget(frames["channel"], frames["counters"], vertical)
    window.addDockWidget(bottom, frames["timeline"])
    window.splitDockWidget(frames["timeline"], frames["log"], horizontal)
    window.tabifyDockWidget(frames["timeline"], frames["fate"])
    window.tabifyDockWidget(frames["log"], frames["why"])
    for frame in frames.values():
        frame.show()
    frames["timeline"].raise_()
    frames["log"].raise_()
    share_space(window, frames)


def share_space(window: QMainWindow, frames: dict[str, DockFrame]) -> None:
    """Give the docks their first sizes, as shares of the window."""
    layout = window.layout()
    if layout is not None:
        layout.activate()  # sizes given before the first layout would be forgotten
    width = window.width()
    # what bars leave; more than there is would be taken from the bottom row
    height = frames["rings"].height() + frames["timeline"].height()
    left, right, low = int(width * LEFT), int(width * RIGHT), int(height * BOTTOM)
    log = int(width * LOG)
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    columns = [frames["channel"], frames["rings"], frames["bytes"]]
    window.resizeDocks(columns, [left, width - left - right, right], horizontal)
    window.resizeDocks([frames["timeline"], frames["log"]], [width - log, log], horizontal)
    window.resizeDocks([frames["rings"], frames["timeline"]], [height - low, low], vertical)
    upper = int((height - low) * CHANNEL)
    pair = [frames["channel"], frames["counters"]]
    window.resizeDocks(pair, [upper, height - low - upper], vertical)
    for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        bar.setAccessibleName("Docks behind each other")
