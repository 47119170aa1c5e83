"""Who gets how much of the window: first sizes of the docks, and what happens when it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QStyle, QTabBar

from relayviz.gui.shell.arrangement import Arrangement
from relayviz.gui.shell.docks import are_those_of

if TYPE_CHECKING:
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QMainWindow

    from relayviz.gui.shell.docks import DockFrame

HORIZONTAL, VERTICAL = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
DIRECT = Qt.FindChildOption.FindDirectChildrenOnly  # the tabs that Qt makes for docks
SEPARATOR = QStyle.PixelMetric.PM_DockWidgetSeparatorExtent
LEFT, LEAST_LEFT, MOST_LEFT = 0.2, 290, 340
RIGHT, LEAST_RIGHT = 0.27, 330  # where the bytes have no room for their long lines
LEAST_RINGS, RINGS = 620, 0.42  # wide lines of bytes must leave the rings as much
LOW, LEAST_LOW, MOST_LOW = 0.26, 178, 300
LOG = 0.48
COUNTERS = 0.7  # of the left column, at most
# of the live window: right column, bottom row, and rate and loss of the right column
LIVE_RIGHT, LIVE_LOW, LOW_WITH_COUNTERS = 0.29, 0.2, 0.32
RATE, LOSS = 0.33, 0.24
RATE_BESIDE_LOAD, LOSS_BESIDE_LOAD = 0.2, 0.16  # the fields of a load need more room
WITH_MORE_ROOM = ("load", "counters")  # than those that they can be in front of
#: the docks at the sides and below the rings; of those in one place the first one there counts
BESIDE = {
    Arrangement.STEPPED: (("channel", "counters"), ("bytes",)),
    Arrangement.RUNNING: (("rate", "loss", "findings", "load"),),
}
BELOW = {Arrangement.STEPPED: ("timeline", "log"), Arrangement.RUNNING: ("timeline", "counters")}


class Space(QObject):
    """Shares the window among its docks, until the user does.

    As long as nobody moved a border or a dock, each size of the window has its own shares. After
    that sides and bottom keep their sizes, and the rings take or give what is left. That is so for
    the docks of a stepped channel and those of a live one apart.

    Attributes:
        side: Whose docks are shown.
        arranged: For whom the user arranged the docks.
    """

    def __init__(self, window: QMainWindow, frames: dict[str, DockFrame]) -> None:
        super().__init__(window)
        self._window, self._frames = window, frames
        self._kept: dict[DockFrame, QSize] = {}
        self.side = Arrangement.STEPPED
        self.arranged: set[Arrangement] = set()
        self._note = QTimer(self)  # sizes are known once the layout has done its work
        self._note.setSingleShot(True)
        self._note.setInterval(0)
        self._note.timeout.connect(self._note_sizes)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(0)
        self._again.timeout.connect(self._settle)
        for name in WITH_MORE_ROOM:
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
        for name in WITH_MORE_ROOM:
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
        return self.side in self.arranged

    def reset(self) -> None:
        """Share anew: nothing is arranged any more."""
        self.arranged.discard(self.side)
        self.share()

    def resized(self) -> None:
        """Share again, or keep what the user arranged: the window has another size."""
        if not self.is_arranged:
            self.share()
        elif self._is_there(self._frames["rings"]):
            self._keep(HORIZONTAL, *BESIDE[self.side])
            self._keep(VERTICAL, BELOW[self.side])
        self._note.start()

    def share(self) -> None:
        """Give each dock its share of the window."""
        layout = self._window.layout()
        if layout is not None:
            layout.activate()  # sizes given before the first layout would be forgotten
        if self.side is Arrangement.RUNNING:
            self._share_live()
        else:
            self._share_step()
        self._note.start()

    def _share_step(self) -> None:
        window, frames = self._window, self._frames
        columns = [frames["channel"], frames["rings"], frames["bytes"]]
        # what bars and borders leave; more than there is would be taken from the others
        width = sum(frame.width() for frame in columns)
        height = frames["rings"].height() + frames["timeline"].height()
        left = _between(round(width * LEFT), LEAST_LEFT, MOST_LEFT)
        right = self._right(width - left)
        low = _between(round(height * LOW), LEAST_LOW, MOST_LOW)
        log = round(width * LOG)
        window.resizeDocks(columns, [left, width - left - right, right], HORIZONTAL)
        window.resizeDocks([frames["timeline"], frames["log"]], [width - log, log], HORIZONTAL)
        # a column is as high as its docks and the border between them
        column = height - low - window.style().pixelMetric(SEPARATOR)
        counters = min(self._wanted(frames["counters"]), round(column * COUNTERS))
        rows = [frames[name] for name in ("rings", "timeline", "channel", "counters")]
        window.resizeDocks(rows, [height - low, low, column - counters, counters], VERTICAL)

    def _share_live(self) -> None:
        window, frames = self._window, self._frames
        width = frames["rings"].width() + frames["rate"].width()
        right = round(width * LIVE_RIGHT)
        window.resizeDocks([frames["rings"], frames["rate"]], [width - right, right], HORIZONTAL)
        height = frames["rings"].height() + frames["timeline"].height()
        low = round(height * (LOW_WITH_COUNTERS if self._is_in_front("counters") else LIVE_LOW))
        upper = height - low
        shares = (RATE_BESIDE_LOAD, LOSS_BESIDE_LOAD) if self._is_in_front("load") else (RATE, LOSS)
        rate, loss = (round(upper * share) for share in shares)
        rows = [frames[name] for name in ("rings", "timeline", "rate", "loss", "findings")]
        window.resizeDocks(rows, [upper, low, rate, loss, upper - rate - loss], VERTICAL)

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

    def _right(self, room: int) -> int:
        """Return the width of the bytes: that of long lines if enough is left for the rings."""
        wide = self._frames["bytes"].sizeHint().width()
        if room - wide >= max(LEAST_RINGS, round(self._window.width() * RINGS)):
            return wide
        return max(LEAST_RIGHT, round(self._window.width() * RIGHT)) if room > wide else LEAST_RIGHT

    def _keep(self, orientation: Qt.Orientation, *sides: tuple[str, ...]) -> None:
        """Give sides the lengths that they had, and the rings what is left.

        Args:
            orientation: Widths or heights.
            sides: For each the docks that stand there; the first that is there speaks for it.
        """
        rings, frames, lengths = self._frames["rings"], [], []
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
            self.arranged.add(self.side)
            self._note.start()

    @Slot()
    def _changed(self) -> None:
        if not are_those_of(self.side, self._frames):
            self._arranged()

    @Slot()
    def _note_sizes(self) -> None:
        self._kept = {
            frame: frame.size() for frame in self._frames.values() if self._is_there(frame)
        }


def _along(size: QSize, orientation: Qt.Orientation) -> int:
    return size.width() if orientation == HORIZONTAL else size.height()


def _between(value: int, least: int, most: int) -> int:
    return min(max(value, least), most)
