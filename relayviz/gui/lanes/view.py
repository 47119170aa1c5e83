"""The widget that every view with lanes is: names at the left, keys, wheel, pointer, what is said.

A view says what its lanes show by overriding the methods of its first part, and what the user may
do with them by those of its second; where its data comes from is its own affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from relayviz.gui.lanes import keys
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme

LEAST, USUAL = (200, 50), (256, 192)  # pixels: what a view has at least, what it asks for
OVER = 4.0  # pixels that a name may reach beyond its lane


@dataclass(frozen=True, slots=True)
class Label:
    """A lane's name."""

    words: str
    role: Role = Role.TEXT_DIM
    bold: bool = False


class LaneView(QWidget):
    """Lanes below each other, along which something goes on.

    Left and right go from place to place, Page keys further, up and down from lane to lane; L goes
    to the next loss, Shift+L to the one before; Return goes where the cursor leads. Ctrl with the
    wheel, + and - zoom, 0 shows all; the wheel alone pans. What a view has no meaning for does
    nothing.

    Signals:
        row_chosen: The user chose a lane.  arg: its row.
    """

    spoken_as: ClassVar = QAccessible.Role.Chart
    row_chosen = Signal(int)
    frame: Frame
    own_keys: ClassVar = keys.OWN

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.selected = -1  # the row that is chosen
        self._is_held = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(*LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)

    def set_theme(self, theme: Theme) -> None:
        """Use other colours, and as much room as the names need."""
        self.theme = theme
        self.frame = type(self).frame.scaled(max(1.0, theme.scale))
        self.forget()

    def select(self, row: int) -> None:
        """Mark the lane that is chosen; -1: none."""
        if row != self.selected:
            self.selected = row
            self.update()

    # ---------------------------------------------------------------- what a view shows

    @property
    def rows(self) -> int:
        """How many lanes there are."""
        raise NotImplementedError

    def label(self, row: int) -> Label:
        """Return the name of a lane."""
        raise NotImplementedError

    def words_at(self, position: QPointF) -> str:
        """Return what the pointer is told at a point; empty: nothing is there."""
        raise NotImplementedError

    def draw_lanes(self, painter: QPainter, grid: Grid) -> None:
        """Draw what is in the lanes."""
        raise NotImplementedError

    def draw_scale(self, painter: QPainter, grid: Grid) -> None:
        """Draw figures below the lanes."""

    def draw_cursor(self, painter: QPainter, grid: Grid) -> None:
        """Draw what stands over the lanes."""

    def forget(self) -> None:
        """Draw everything anew: something is different."""
        self.update()

    # ---------------------------------------------------------------- what can be done

    def advance(self, places: int) -> None:
        """Go on along the lanes."""

    def turn_page(self, pages: int) -> None:
        """Go on much further."""

    def move_row(self, rows: int) -> None:
        """Go to another lane."""
        if self.rows:
            self.row_chosen.emit(min(max(self.selected + rows, 0), self.rows - 1))

    def go_to_loss(self, *, back: bool) -> None:
        """Go to the next loss, or the one before."""

    def enter(self) -> None:
        """Go where the cursor leads."""

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show fewer places, wider, with that at a pixel of the lanes where it is; 0: show all."""

    def pan(self, part: float) -> bool:
        """Show what is later by a part of what is on screen; False: there is no more."""
        del part
        return False

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Do what a press means; True: it holds something that can be dragged."""
        raise NotImplementedError

    def drag(self, position: QPointF) -> None:
        """Do what it means that the pointer moves with its button held."""

    # ---------------------------------------------------------------- geometry

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return what is enough for a few lanes; whatever there is gets used."""
        return QSize(*USUAL)

    def area(self) -> QSize:
        """Return the part of the widget that lanes, names and scale have."""
        return self.size()

    def grid(self) -> Grid:
        """Return where the lanes are."""
        area = self.area()
        return Grid(self.frame, self.rows, area.width(), area.height(), self.devicePixelRatioF())

    def is_on_lanes(self, position: QPointF) -> bool:
        """Tell whether a point is right of the names."""
        return position.x() >= self.frame.label

    # ---------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name
        """Draw lanes, names, scale and cursor."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.theme[Role.PANEL])
            if not self.rows:
                return
            grid = self.grid()
            self.draw_lanes(painter, grid)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw_labels(painter, grid)
            self.draw_scale(painter, grid)
            self.draw_cursor(painter, grid)

    def draw_labels(self, painter: QPainter, grid: Grid) -> None:
        """Draw the names of as many lanes as there is room for."""
        font = self.theme.mono(-1)
        every = max(1, int(np.ceil(QFontMetricsF(font).ascent() / grid.lane)))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for lane in range(0, grid.shown, every):
            label = self.label(grid.row_of(lane))
            font.setBold(label.bold)
            painter.setFont(font)
            painter.setPen(self.theme[label.role])
            top = self.frame.top + lane * grid.lane - OVER
            box = QRectF(OVER, top, self.frame.label - 3 * OVER, grid.bar + 2 * OVER)
            painter.drawText(box, flags, label.words)

    def cpu_label(self, row: int, words: str) -> Label:
        """Return the name of a CPU's lane, which is marked where it is the chosen one."""
        if row == self.selected:
            return Label(words, Role.TEXT_STRONG, bold=True)
        return Label(words)

    # ---------------------------------------------------------------- pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Do what the view means by it."""
        self._is_held = self.press(event.position(), event.button())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take along what is held, or say what is under the pointer."""
        if self._is_held:
            self.drag(event.position())
        elif words := self.words_at(event.position()):
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        else:
            QToolTip.hideText()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Let go."""
        self._is_held = False
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Zoom with Ctrl, else pan."""
        turned = keys.notches(event)
        if keys.zooms(event):
            self.zoom(keys.ZOOM_STEP**turned, event.position().x() - self.frame.label)
            event.accept()
        else:  # where there is no more, what is around may scroll
            event.setAccepted(self.pan(-turned * keys.PANNED))

    # ---------------------------------------------------------------- keyboard

    def event(self, event: QEvent) -> bool:
        """Take the keys that have a meaning here before the window's commands do."""
        if keys.takes(event, self.own_keys):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Do what a key means."""
        if not self.do_key(keys.Key(event.key()), shift=keys.is_shifted(event)):
            super().keyPressEvent(event)

    def do_key(self, key: Qt.Key, *, shift: bool) -> bool:
        """Do what a key means; False: it means nothing here."""
        if key in keys.ZOOMS:
            self.zoom(keys.ZOOMS[key])
        elif not self.rows:
            return False
        elif key in keys.MOVES:
            self.advance(keys.MOVES[key])
        elif key in keys.PAGES:
            self.turn_page(keys.PAGES[key])
        elif key in keys.ROWS:
            self.move_row(keys.ROWS[key])
        elif key in keys.ENTERS:
            self.enter()
        elif key == keys.LOSS and key in self.own_keys:
            self.go_to_loss(back=shift)
        else:
            return False
        return True
