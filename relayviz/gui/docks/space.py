"""Who gets how much of the window: first sizes of the docks, and what happens when it grows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QStyle

from relayviz.gui.docks.arrangement import Arrangement
from relayviz.gui.docks.clicks import TabClicks
from relayviz.gui.docks.docks import are_as_at_first, plan
from relayviz.gui.docks.places import Put, Room, length
from relayviz.gui.docks.seen import Seen
from relayviz.gui.look import theme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QMainWindow, QToolBar

    from relayviz.gui.docks.docks import DockFrame
    from relayviz.gui.docks.places import Plan, Share

HORIZONTAL, VERTICAL = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
BAR_CHANGES = (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
RINGS = "rings"  # they have what the others leave
SEPARATOR = QStyle.PixelMetric.PM_DockWidgetSeparatorExtent


class Space(QObject):
    """Shares the window among its docks, until the user does.

    As long as nobody moved a border or a dock, each size of the window has its own shares. After
    that sides and bottom keep their sizes, and the rings take or give what is left. That is so for
    each arrangement of the window apart.

    The sizes that are kept were given here or by hand. Those that Qt gives in between, when a strip
    or a dock comes or goes, are never taken for them: whatever happens first, the layout is set
    right once afterwards.

    Attributes:
        arrangement: The one that is shown.
        arranged: Those in which the user moved something.
        is_crowded: All docks are in one place for want of room; there is nothing to share.
        is_presented: Those that a class needs are arranged otherwise; there is nothing to share.
    """

    def __init__(self, window: QMainWindow, frames: dict[str, DockFrame]) -> None:
        super().__init__(window)
        self._window, self._frames = window, frames
        self._seen = Seen(window, frames)
        self._kept: dict[Arrangement, dict[DockFrame, QSize]] = {}
        self._bars: list[QToolBar] = []
        self._is_held = False  # a border, by the mouse
        self._was_moved = False  # a border, and its sizes are not noted yet
        self._is_program = False  # docks are moved by no user
        self.arrangement = Arrangement.STEPPED
        self.arranged: set[Arrangement] = set()
        self.is_crowded = self.is_presented = False
        self._again = QTimer(self)  # sizes are known once the layout has done its work
        self._again.setSingleShot(True)
        self._again.setInterval(0)
        self._again.timeout.connect(self._settle)
        self._plans = {each: plan(each) for each in Arrangement}
        for name in self._making_room():
            frames[name].visibilityChanged.connect(self.bars_changed)
        for frame in frames.values():
            frame.dockLocationChanged.connect(self._moved)
            frame.topLevelChanged.connect(self._moved)
            frame.visibilityChanged.connect(self._changed)
            frame.panel.hint_changed.connect(self._share_again)
        window.installEventFilter(self)
        TabClicks(window, frames)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Notice borders that the user moves, and bars that come, go or get another height."""
        if event.type() in BAR_CHANGES and watched in self._bars:
            self.bars_changed()
        elif watched is self._window:
            if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
                self._hold(event.position().toPoint())
            elif event.type() == QEvent.Type.MouseButtonRelease and self._is_held:
                self._is_held, self._was_moved = False, True
                self._again.start()  # Qt moves the border once more
        return super().eventFilter(watched, event)

    def _hold(self, at: QPoint) -> None:
        """Notice that the mouse takes a border, once all are where they belong."""
        if self._again.isActive():
            self._settle()
        if self._window.isSeparator(at) and not self._is_given:
            self.arranged.add(self.arrangement)
            self._is_held = True

    def watch(self, bars: Sequence[QToolBar]) -> None:
        """Share again when bars change: what they leave belongs to the docks."""
        self._bars = list(bars)
        for bar in bars:
            bar.installEventFilter(self)

    def stop(self) -> None:
        """Look no more: the docks tell of being hidden while they are taken apart."""
        self._bars = []
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
        self._note_moved()
        self._again.start()

    @contextmanager
    def by_program(self) -> Iterator[None]:
        """Take nothing that happens to docks inside for something that the user does."""
        self._note_moved()
        arranged, self._is_program, self._is_held = set(self.arranged), True, False
        try:
            yield
        finally:
            self.arranged, self._is_program = arranged, False

    @Slot()
    def _settle(self) -> None:
        self._again.stop()
        if self._window.isVisible() and not self._is_held:
            self._note_moved()
            self.resized()

    @property
    def _is_given(self) -> bool:
        return self.is_crowded or self.is_presented

    @property
    def is_arranged(self) -> bool:
        """Whether the user arranged the docks that are shown."""
        return self.arrangement in self.arranged

    @property
    def is_unsettled(self) -> bool:
        """Whether docks will be set right in the next turn of the event loop."""
        return self._again.isActive()

    def sizes(self, arrangement: Arrangement) -> dict[str, list[int]]:
        """Return the width and height of each dock of an arrangement, by name, as they are kept."""
        if arrangement is self.arrangement:
            self._note_moved()
        names = {frame: name for name, frame in self._frames.items()}
        kept = self._kept.get(arrangement, {})
        return {names[frame]: [size.width(), size.height()] for frame, size in kept.items()}

    def take_sizes(self, arrangement: Arrangement, sizes: Mapping[str, Sequence[int]]) -> None:
        """Keep these from now on: of a window before, which may have been another one."""
        self._kept[arrangement] = {
            self._frames[name]: QSize(*size) for name, size in sizes.items() if name in self._frames
        }

    def reset(self) -> None:
        """Share anew: nothing is arranged any more."""
        self.arranged.discard(self.arrangement)
        self._kept.pop(self.arrangement, None)
        self.share()

    def resized(self) -> None:
        """Share again, or keep what the user arranged: the window has another size."""
        if self._is_given:
            return
        if not self.is_arranged:
            self.share()
            return
        self._lay_out()
        if self.arrangement in self._kept and self._seen.is_there(self._frames[RINGS]):
            shown = self._plan
            beside = (shown.group(name) for name in shown.row(Put.LEFT) if name != RINGS)
            self._keep(HORIZONTAL, *beside)
            below = [name for each in shown.row(Put.BOTTOM) for name in shown.group(each)]
            self._keep(VERTICAL, below)
            self._lay_out()
            for name in shown.row(Put.LEFT):
                self._keep_parts(shown.column(name))
            self._lay_out()
        # docks that are new here have the size that they came with
        self._kept[self.arrangement] = self._seen.sizes() | self._kept.get(self.arrangement, {})

    def share(self) -> None:
        """Give each dock its share of the window."""
        self._lay_out()
        if self._is_given:
            return
        shown, frames = self._plan, self._frames
        upper, lower = shown.row(Put.LEFT), shown.row(Put.BOTTOM)
        # what bars and borders leave; more than there is would be taken from the others
        width = sum(frames[name].width() for name in upper)
        self._share_row(upper, width)
        self._share_row(lower, width)
        bottom = next(iter(self._seen.in_front_of(shown.group(lower[0]))), frames[lower[0]])
        rows = {RINGS: frames[RINGS].height() + bottom.height()}
        rows[lower[0]] = self._length(lower[0], rows[RINGS], rows[RINGS], VERTICAL)
        rows[RINGS] -= rows[lower[0]]
        for name in upper:
            if name != RINGS:
                rows |= self._column(shown.column(name), rows[RINGS])
        self._window.resizeDocks([frames[name] for name in rows], list(rows.values()), VERTICAL)
        self._lay_out()
        self._kept[self.arrangement] = self._seen.sizes()

    def _lay_out(self) -> None:
        layout = self._window.layout()
        if layout is not None:
            layout.activate()  # sizes given before a layout would be forgotten

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
        long, text = _along(window.size(), way), theme.current().scale
        return length(share, Room(whole, left, long, wanted, self._seen.is_in_front, text))

    def _share_of(self, name: str, way: Qt.Orientation) -> Share | None:
        place = self._plan.places[name]
        return place.width if way == HORIZONTAL else place.height

    @property
    def _plan(self) -> Plan:
        return self._plans[self.arrangement]

    def _making_room(self) -> set[str]:
        return {name for each in self._plans.values() for name in each.making_room}

    def _wanted(self, frame: DockFrame) -> int:
        """Return the height at which a panel has what it would like, with title and frame."""
        around = frame.height() - frame.panel.height() + self._seen.tabs(frame)
        return frame.panel.sizeHint().height() + around

    def _keep(self, orientation: Qt.Orientation, *sides: Sequence[str]) -> None:
        """Give sides the lengths that they had, and the rings what is left.

        Args:
            orientation: Widths or heights.
            sides: For each the docks that stand there; the first that is there speaks for it.
        """
        rings, frames, lengths = self._frames[RINGS], [], []
        kept = self._kept[self.arrangement]
        room = _along(rings.size(), orientation)
        for side in sides:
            frame = next((one for one in self._seen.in_front_of(side) if one in kept), None)
            if frame is not None:
                length = _along(kept[frame], orientation)
                frames.append(frame)
                lengths.append(length + (self._seen.tabs(frame) if orientation == VERTICAL else 0))
                room += _along(frame.size(), orientation) - length
        if frames and room > 0:
            self._window.resizeDocks([rings, *frames], [room, *lengths], orientation)

    def _keep_parts(self, column: Sequence[str]) -> None:
        """Give docks that stand one below the other the parts of their height that they had."""
        kept, there = self._kept[self.arrangement], self._seen.in_front_of(column)
        if len(there) == len(column) > 1 and all(one in kept for one in there):
            whole = sum(one.height() for one in there)
            had = sum(kept[one].height() for one in there)
            heights = [
                round(kept[one].height() * whole / had) + self._seen.tabs(one) for one in there
            ]
            self._window.resizeDocks(there, heights, VERTICAL)

    @Slot()
    def _share_again(self) -> None:
        # while docks are put back, some are not there yet
        if self._window.isVisible() and not self.is_arranged and not self._is_program:
            self.share()

    @Slot()
    def _moved(self) -> None:
        """Take a dock that was moved, and what that left the others, as arranged."""
        if self._window.isVisible() and not self._is_program and not self._is_given:
            self.arranged.add(self.arrangement)
            self._kept.pop(self.arrangement, None)
            self._again.start()

    @Slot()
    def _changed(self) -> None:
        """Take the docks as arranged when one came or went; those that stay keep their sizes."""
        if self._window.isVisible() and not self._is_program and not self._is_given:
            if not are_as_at_first(self.arrangement, self._frames):
                self.arranged.add(self.arrangement)
            self._again.start()

    def _note_moved(self) -> None:
        """Keep the sizes that a border was given by hand, before anything else changes them."""
        if self._was_moved:
            self._was_moved = False
            self._kept[self.arrangement] = self._seen.sizes()


def _along(size: QSize, orientation: Qt.Orientation) -> int:
    return size.width() if orientation == HORIZONTAL else size.height()
