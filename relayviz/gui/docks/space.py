"""Who gets how much of the window: first sizes of the docks, and what happens when it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QStyle, QTabBar

from relayviz.gui.docks.arrangement import Arrangement
from relayviz.gui.docks.docks import are_as_at_first, plan
from relayviz.gui.docks.places import Put, Room, length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QMainWindow

    from relayviz.gui.docks.docks import DockFrame
    from relayviz.gui.docks.places import Plan, Share

HORIZONTAL, VERTICAL = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
DIRECT = Qt.FindChildOption.FindDirectChildrenOnly  # the tabs that Qt makes for docks
RINGS = "rings"  # they have what the others leave
SEPARATOR = QStyle.PixelMetric.PM_DockWidgetSeparatorExtent


class Space(QObject):
    """Shares the window among its docks, until the user does.

    As long as nobody moved a border or a dock, each size of the window has its own shares. After
    that sides and bottom keep their sizes, and the rings take or give what is left. That is so for
    each arrangement of the window apart.

    Attributes:
        arrangement: The one that is shown.
        arranged: Those in which the user moved something.
    """

    def __init__(self, window: QMainWindow, frames: dict[str, DockFrame]) -> None:
        super().__init__(window)
        self._window, self._frames = window, frames
        self._kept: dict[DockFrame, QSize] = {}
        self.arrangement = Arrangement.STEPPED
        self.arranged: set[Arrangement] = set()
        self._note = QTimer(self)  # sizes are known once the layout has done its work
        self._note.setSingleShot(True)
        self._note.setInterval(0)
        self._note.timeout.connect(self._note_sizes)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(0)
        self._again.timeout.connect(self._settle)
        self._plans = {each: plan(each) for each in Arrangement}
        for name in self._making_room():
            frames[name].visibilityChanged.connect(self.bars_changed)
        for frame in frames.values():
            frame.dockLocationChanged.connect(self._arranged)
            frame.topLevelChanged.connect(self._arranged)
            frame.visibilityChanged.connect(self._changed)
            frame.panel.hint_changed.connect(self._share_again)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Notice borders that the user moves, and windows that grow or shrink."""
        if watched is self._window:
            if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
                if self._window.isSeparator(event.position().toPoint()):
                    self._arranged()
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._note.start()
        return super().eventFilter(watched, event)

    def stop(self) -> None:
        """Look no more: the docks tell of being hidden while they are taken apart."""
        for name in self._making_room():
            self._frames[name].visibilityChanged.disconnect(self.bars_changed)
        for frame in self._frames.values():
            frame.visibilityChanged.disconnect(self._changed)

    def shown(self) -> None:
        """Share at once, and again when the bars have got their heights."""
        self.resized()
        self.bars_changed()

    @Slot()
    def bars_changed(self) -> None:
        """Share again soon: a bar came or went, or another dock is in front."""
        self._again.start()

    @Slot()
    def _settle(self) -> None:
        if self._window.isVisible():
            self.resized()

    @property
    def is_arranged(self) -> bool:
        """Whether the user arranged the docks that are shown."""
        return self.arrangement in self.arranged

    def reset(self) -> None:
        """Share anew: nothing is arranged any more."""
        self.arranged.discard(self.arrangement)
        self.share()

    def resized(self) -> None:
        """Share again, or keep what the user arranged: the window has another size."""
        if not self.is_arranged:
            self.share()
        elif self._is_there(self._frames[RINGS]):
            shown = self._plan
            beside = (shown.group(name) for name in shown.row(Put.LEFT) if name != RINGS)
            self._keep(HORIZONTAL, *beside)
            below = [name for each in shown.row(Put.BOTTOM) for name in shown.group(each)]
            self._keep(VERTICAL, below)
        self._note.start()

    def share(self) -> None:
        """Give each dock its share of the window."""
        layout = self._window.layout()
        if layout is not None:
            layout.activate()  # sizes given before the first layout would be forgotten
        shown, frames = self._plan, self._frames
        upper, lower = shown.row(Put.LEFT), shown.row(Put.BOTTOM)
        # what bars and borders leave; more than there is would be taken from the others
        width = sum(frames[name].width() for name in upper)
        self._share_row(upper, width)
        self._share_row(lower, width)
        rows = {RINGS: frames[RINGS].height() + frames[lower[0]].height()}
        rows[lower[0]] = self._length(lower[0], rows[RINGS], rows[RINGS], VERTICAL)
        rows[RINGS] -= rows[lower[0]]
        for name in upper:
            if name != RINGS:
                rows |= self._column(shown.column(name), rows[RINGS])
        self._window.resizeDocks([frames[name] for name in rows], list(rows.values()), VERTICAL)
        self._note.start()

    def _share_row(self, names: Sequence[str], width: int) -> None:
        """Share a width among docks that stand side by side."""
        lengths = self._lengths(names, width, HORIZONTAL)
        frames = [self._frames[name] for name in names]
        self._window.resizeDocks(frames, [lengths[name] for name in names], HORIZONTAL)

    def _column(self, names: Sequence[str], height: int) -> dict[str, int]:
        """Share a height among docks that stand one below the other, with borders between them."""
        borders = (len(names) - 1) * self._window.style().pixelMetric(SEPARATOR)
        return self._lengths(names, height - borders, VERTICAL)

    def _lengths(self, names: Sequence[str], whole: int, way: Qt.Orientation) -> dict[str, int]:
        """Return how long each is; those without a share get what the others leave."""
        lengths: dict[str, int] = {}
        for name in names:
            if self._share_of(name, way) is not None:
                left = whole - sum(lengths.values())
                lengths[name] = self._length(name, whole, left, way)
        rest = whole - sum(lengths.values())
        return {name: lengths.get(name, rest) for name in names}

    def _length(self, name: str, whole: int, left: int, way: Qt.Orientation) -> int:
        share, window = self._share_of(name, way), self._window
        if share is None:
            return left
        frame, is_wide = self._frames[name], way == HORIZONTAL
        wanted = frame.sizeHint().width() if is_wide else self._wanted(frame)
        room = Room(whole, left, _along(window.size(), way), wanted, self._is_in_front)
        return length(share, room)

    def _share_of(self, name: str, way: Qt.Orientation) -> Share | None:
        place = self._plan.places[name]
        return place.width if way == HORIZONTAL else place.height

    @property
    def _plan(self) -> Plan:
        return self._plans[self.arrangement]

    def _making_room(self) -> set[str]:
        return {name for each in self._plans.values() for name in each.making_room}

    def _tabs(self, frame: DockFrame) -> int:
        """Return the height of the tabs where docks lie behind each other; 0: it is alone."""
        bar = next(iter(self._window.findChildren(QTabBar, options=DIRECT)), None)
        return bar.sizeHint().height() if bar and self._window.tabifiedDockWidgets(frame) else 0

    def _wanted(self, frame: DockFrame) -> int:
        """Return the height at which a panel has what it would like, with title and frame."""
        around = frame.height() - frame.panel.height() + self._tabs(frame)
        return frame.panel.sizeHint().height() + around

    def _is_in_front(self, dock: str) -> bool:
        """Whether a dock is in front of the others that it shares a place with."""
        return not self._frames[dock].visibleRegion().isEmpty()

    def _keep(self, orientation: Qt.Orientation, *sides: Sequence[str]) -> None:
        """Give sides the lengths that they had, and the rings what is left.

        Args:
            orientation: Widths or heights.
            sides: For each the docks that stand there; the first that is there speaks for it.
        """
        rings, frames, lengths = self._frames[RINGS], [], []
        room = _along(rings.size(), orientation)
        for side in sides:
            there = (self._frames[name] for name in side if self._is_there(self._frames[name]))
            frame = next(there, None)
            if frame is not None and frame in self._kept:
                length = _along(self._kept[frame], orientation)
                frames.append(frame)
                lengths.append(length)
                room += _along(frame.size(), orientation) - length
        if frames and room > 0:
            self._window.resizeDocks([rings, *frames], [room, *lengths], orientation)

    def _is_there(self, frame: DockFrame) -> bool:
        return frame.isVisible() and not frame.isFloating()

    @Slot()
    def _share_again(self) -> None:
        if self._window.isVisible() and not self.is_arranged:
            self.share()

    @Slot()
    def _arranged(self) -> None:
        if self._window.isVisible():
            self.arranged.add(self.arrangement)
            self._note.start()

    @Slot()
    def _changed(self) -> None:
        if not are_as_at_first(self.arrangement, self._frames):
            self._arranged()

    @Slot()
    def _note_sizes(self) -> None:
        self._kept = {
            frame: frame.size() for frame in self._frames.values() if self._is_there(frame)
        }


def _along(size: QSize, orientation: Qt.Orientation) -> int:
    return size.width() if orientation == HORIZONTAL else size.height()
