"""The docks: which there are, where they stand at first, and the frame around a panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.breakpoints import BreakpointsPanel
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.channel import ChannelPanel
from relayviz.gui.counters import CountersPanel
from relayviz.gui.docks.arrangement import Arrangement
from relayviz.gui.docks.heading import Heading
from relayviz.gui.docks.places import Place, Plan, Put, Share
from relayviz.gui.fate import FatePanel
from relayviz.gui.findings import FindingsPanel
from relayviz.gui.inside import ActorsPanel, CopyPanel, SourcePanel
from relayviz.gui.lesson import LessonPanel
from relayviz.gui.load import LoadPanel
from relayviz.gui.log import LogPanel
from relayviz.gui.looks import LooksPanel
from relayviz.gui.rates import LossPanel, RatePanel
from relayviz.gui.records import RecordsPanel
from relayviz.gui.rings import RingsPanel
from relayviz.gui.timeline import TimelinePanel
from relayviz.gui.watches import WatchesPanel
from relayviz.gui.why import WhyPanel
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.widgets.panel import Panel

MARGIN = 6
LEAST_LINES, LEAST_LETTERS = 3, 20  # the least size of a panel, in text


@dataclass(frozen=True, slots=True)
class Dock:
    """A row of the table of docks.

    Attributes:
        id: Its name in the layout that is saved.
        title: Its heading.
        panel: Makes what is inside.
        stepped: Its place beside a channel that is stepped.
        running: The same beside one that runs.
        looked_at: The same beside one that is only looked at.
        lines: The least height of what is inside, in lines of text.
        letters: The least width, in letters.
        tells: It has something to show of engines that can do one of these; nothing: of all.
    """

    id: str
    title: str
    panel: Callable[[Controller, QWidget], Panel]
    stepped: Place
    running: Place
    looked_at: Place
    lines: int = LEAST_LINES
    letters: int = LEAST_LETTERS
    tells: tuple[Can, ...] = ()

    def place(self, arrangement: Arrangement) -> Place:
        """Return its place in an arrangement of the window."""
        if arrangement is Arrangement.REPLAYED:  # as it ran, but nothing can be put under a load
            return self.running if self.id != "load" else _asked("findings")
        if arrangement is Arrangement.INSIDE:
            return INSIDE.get(self.id, _asked("source" if self.id != "source" else "rings"))
        if arrangement is Arrangement.WATCHED:
            return WATCHED.get(self.id, self.looked_at)
        return {
            Arrangement.STEPPED: self.stepped,
            Arrangement.RUNNING: self.running,
            Arrangement.LOOKED_AT: self.looked_at,
        }[arrangement]


def _tab(of: str) -> Place:
    """A tab behind another dock."""
    return Place(Put.BEHIND, of)


def _asked(of: str) -> Place:
    """Not there at first; it comes behind another dock when it is asked for."""
    return Place(Put.BEHIND, of, is_shown=False)


LEFT = Place(Put.LEFT, width=Share(0.2, 290, 340))
COUNTERS = Place(Put.BELOW, "channel", height=Share(0.7, wanted=True))
RINGS = Place(Put.RIGHT_OF, "channel")  # what the others leave
# wide lines of bytes must leave the rings as much
BYTES = Place(Put.RIGHT_OF, "rings", width=Share(0.27, 330, leaves=(0.42, 620)))
# a lesson has more to say than lanes have
BOTTOM = Place(Put.BOTTOM, height=Share(0.26, 178, 300, instead=("lesson", 0.42)), in_front=True)
# the last minute; a load has many fields, and counters many rows
LANES = Place(Put.BOTTOM, height=Share(0.2, instead=("counters", 0.32)), in_front=True)
RATE = Place(Put.RIGHT_OF, "rings", Share(0.29), Share(0.33, instead=("load", 0.2)))
LOSS = Place(Put.BELOW, "rate", height=Share(0.24, instead=("load", 0.16)))
FINDINGS = Place(Put.BELOW, "loss", in_front=True)
LOG = Place(Put.RIGHT_OF, "timeline", width=Share(0.48), in_front=True)
FINDINGS_BESIDE = Place(Put.RIGHT_OF, "timeline", width=Share(0.48), in_front=True)

STEPS = (Can.SEEK, Can.STEP)
ACTORS = (Can.INSIDE,)
TOLD = (*STEPS, *ACTORS)
RUNS = (Can.RUN, Can.PLAY)
TIME = (*RUNS, Can.WATCH)
LOGGED = (*TOLD, Can.WATCH)

#: Beside a stepped channel: three columns, timeline and log below. Beside a running one: rings at
#: the left, what is measured at the right, time below. What has no room comes when asked for.
DOCKS = (
    Dock("channel", "Channel", ChannelPanel, LEFT, _asked("bytes"), LEFT),
    Dock(
        "counters",
        "Per-CPU counters",
        CountersPanel,
        COUNTERS,
        _tab("timeline"),
        COUNTERS,
        lines=4,  # headings and a row
    ),
    Dock("rings", "Rings", RingsPanel, RINGS, Place(Put.LEFT), RINGS, letters=26),  # or cut off
    Dock("bytes", "Sub-buffer", BytesPanel, BYTES, _asked("load"), BYTES),
    Dock("timeline", "Timeline", TimelinePanel, BOTTOM, LANES, BOTTOM),
    Dock("log", "Log", LogPanel, LOG, _asked("timeline"), _asked("timeline"), tells=LOGGED),
    Dock(
        "records",
        "Records",
        RecordsPanel,
        _asked("log"),
        _asked("timeline"),
        _tab("findings"),
        tells=(Can.TAPE,),
    ),
    Dock(
        "actors",
        "Actors",
        ActorsPanel,
        _asked("bytes"),
        _asked("load"),
        _asked("bytes"),
        tells=ACTORS,
    ),
    Dock(
        "source",
        "Source",
        SourcePanel,
        _asked("bytes"),
        _asked("load"),
        _asked("bytes"),
        lines=4,
        tells=ACTORS,
    ),
    Dock(
        "copy",
        "Reader’s copy",
        CopyPanel,
        _asked("bytes"),
        _asked("load"),
        _asked("bytes"),
        tells=ACTORS,
    ),
    Dock("rate", "Rate", RatePanel, _asked("bytes"), RATE, _asked("bytes"), tells=TIME),
    Dock("loss", "Loss", LossPanel, _asked("bytes"), LOSS, _asked("bytes"), tells=TIME),
    Dock(
        "findings",
        "Findings",
        FindingsPanel,
        _asked("bytes"),
        FINDINGS,
        FINDINGS_BESIDE,
        tells=(*TIME, Can.TAPE, Can.HAND_OVER),
    ),
    Dock(
        "looks",
        "Looks",
        LooksPanel,
        _asked("bytes"),
        _asked("findings"),
        _tab("findings"),
        tells=(Can.WATCH, Can.PLAY),
    ),
    Dock(
        "load",
        "Load",
        LoadPanel,
        _asked("bytes"),
        _tab("findings"),
        _asked("bytes"),
        lines=4,
        tells=(Can.RUN,),
    ),
    Dock(
        "breakpoints",
        "Breakpoints",
        BreakpointsPanel,
        _tab("log"),
        _asked("timeline"),
        _asked("timeline"),
        tells=STEPS,
    ),
    Dock(
        "watches",
        "Watches",
        WatchesPanel,
        _tab("log"),
        _asked("timeline"),
        _asked("timeline"),
        tells=STEPS,
    ),
    Dock(
        "fate",
        "Fate of every event",
        FatePanel,
        _tab("timeline"),
        _asked("timeline"),
        _asked("timeline"),
        tells=STEPS,
    ),
    Dock(
        "why",
        "Why",
        WhyPanel,
        _tab("log"),
        _asked("timeline"),
        _asked("timeline"),
        tells=STEPS,
    ),
    Dock(
        "lesson",
        "Lesson",
        LessonPanel,
        _asked("timeline"),
        _asked("timeline"),
        _asked("timeline"),
        lines=4,
    ),
)

INSIDE = {
    "actors": Place(Put.LEFT, width=Share(0.24, 290, 420), in_front=True),
    "rings": Place(Put.RIGHT_OF, "actors"),
    "copy": Place(Put.BELOW, "source", height=Share(0.42), in_front=True),
    "counters": Place(Put.BEHIND, "copy"),
    "bytes": Place(Put.BEHIND, "copy"),
    "channel": Place(Put.BEHIND, "actors"),
    "source": Place(Put.RIGHT_OF, "rings", width=Share(0.42, 400)),
    "timeline": BOTTOM,
    "log": LOG,
}
"""Where actors are stepped: who, the rings, the source with the reader's copy below it."""


WATCHED = {
    "rate": _tab("bytes"),
    "loss": _tab("rate"),
    "log": _tab("findings"),
    "bytes": replace(BYTES, in_front=True),
    "records": _asked("timeline"),
}
"""What is looked at again and again has a course, too, and things that happen to it."""


TITLES = {dock.id: dock.title for dock in DOCKS}
TELLS = {dock.id: dock.tells for dock in DOCKS}


def plan(arrangement: Arrangement) -> Plan:
    """Return the places of all docks in an arrangement of the window."""
    return Plan({dock.id: dock.place(arrangement) for dock in DOCKS})


class DockFrame(QDockWidget):
    """A dock with our own title bar: heading, a grey detail, and two buttons.

    Attributes:
        panel: What is inside.
    """

    def __init__(self, dock: Dock, controller: Controller, parent: QMainWindow) -> None:
        super().__init__(dock.title, parent)
        self.setObjectName(f"dock.{dock.id}")
        frame = QFrame(self)
        # from the start: all that is in a widget is styled again when that gets another parent
        self.panel = dock.panel(controller, frame)
        self._heading = Heading(dock.title, self)
        self.setTitleBarWidget(self._heading)
        frame.setObjectName("panel")
        self._frame, self._least = frame, (dock.letters, dock.lines)
        self._hold_least()
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(self.panel)
        self.setWidget(frame)
        if not self.panel.accessibleName():
            self.panel.setAccessibleName(dock.title)
        self.panel.detail_changed.connect(self._heading.show_detail)
        self._heading.show_detail(self.panel.detail)

    def _hold_least(self) -> None:
        """Have a least size by the text: one that gets longer shall not push other docks away."""
        metrics, (letters, lines) = self.fontMetrics(), self._least
        self._frame.setMinimumHeight(lines * metrics.height())
        self._frame.setMinimumWidth(letters * metrics.averageCharWidth())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Have another least size where text is larger."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_least"):
            self._hold_least()


def add_docks(window: QMainWindow, controller: Controller) -> dict[str, DockFrame]:
    """Make all docks, in the places they have at first."""
    frames = {dock.id: DockFrame(dock, controller, window) for dock in DOCKS}
    # the space between the docks is theirs alone
    centre = QWidget(window)
    centre.setMaximumSize(0, 0)
    window.setCentralWidget(centre)
    centre.hide()
    place_docks(Arrangement.STEPPED, window, frames)
    return frames


def place_docks(
    arrangement: Arrangement, window: QMainWindow, frames: dict[str, DockFrame]
) -> None:
    """Put the docks where they are at first in an arrangement of the window."""
    for frame in frames.values():
        frame.setFloating(False)
        window.removeDockWidget(frame)
    shown = plan(arrangement)
    for name in shown.in_order():
        _put(window, frames, name, shown.places[name])
    for name, place in shown.places.items():
        frames[name].setVisible(place.is_shown)
    for name, place in shown.places.items():
        if place.in_front:  # the others are tabs behind it
            frames[name].raise_()


def _put(window: QMainWindow, frames: dict[str, DockFrame], name: str, place: Place) -> None:
    frame = frames[name]
    if place.put is Put.LEFT:
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, frame)
    elif place.put is Put.BOTTOM:
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, frame)
    elif place.put is Put.BEHIND:
        window.tabifyDockWidget(frames[place.of], frame)
    else:
        beside = place.put is Put.RIGHT_OF
        way = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        window.splitDockWidget(frames[place.of], frame, way)


def are_as_at_first(arrangement: Arrangement, frames: dict[str, DockFrame]) -> bool:
    """Return whether just the docks are there that an arrangement has at first."""
    return all(frames[dock.id].isHidden() is not dock.place(arrangement).is_shown for dock in DOCKS)
