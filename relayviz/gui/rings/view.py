"""The widget that shows the rings: pointer, keyboard, zoom and pan."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from relayviz.gui.look.roles import Role
from relayviz.gui.rings.geometry import Spot, hit
from relayviz.gui.rings.marks import Shown
from relayviz.gui.rings.raster import samples_around
from relayviz.gui.rings.scene import Scene
from relayviz.gui.rings.texts import describe, describe_all, describe_subbuf

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QResizeEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Reach

ZOOM_STEP = 1.25
WHEEL_STEP = 120  # eighths of a degree
DRAG_FROM = 4  # pixels
PAN_STEP = 60.0
FRAME_MS = 16
FEW_ROWS = 16  # so few are brought to the screen one by one
SPOKEN_EVERY = 1.0  # seconds
EMPTY = "No channel is open: each CPU has its ring here.\nCtrl+N opens one."
Key = Qt.Key


class RingsView(QWidget):
    """Rings, or bars if there are many CPUs.

    Arrow keys move between CPUs (up, down) and sub-buffers (left, right): what the keyboard is at
    is what is selected. Ctrl with the wheel, + and - zoom, 0 shows all; dragging pans.

    Signals:
        selected: The user chose something.  args: row, sub-buffer (-1: the buffer as a whole).
    """

    spoken_as: ClassVar = QAccessible.Role.Chart
    selected = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scene = Scene(theme)
        self._snapshot: Snapshot | None = None
        self._selection = (-1, -1)
        self._focus = (0, -1)  # as focus_place; -1: goes along with the writer
        self._hover: Spot | None = None
        self._pressed: QPointF | None = None
        self._dragged = False
        self._rest = QTimer(self)  # draws what one frame had no time for
        self._rest.setSingleShot(True)
        self._rest.setInterval(FRAME_MS)
        self._rest.timeout.connect(self._draw_rest)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self._spoken = 0.0  # when screen readers were told last
        self.setAccessibleName("Rings")
        self.setAccessibleDescription(EMPTY)

    @property
    def snapshot(self) -> Snapshot | None:
        """The state shown."""
        return self._snapshot

    @property
    def scene(self) -> Scene:
        """What is drawn."""
        return self._scene

    # ---------------------------------------------------------------- what is shown

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self._scene.use(theme)
        self.update()

    def set_snapshot(self, snapshot: Snapshot | None, reaches: tuple[Reach, ...] = ()) -> None:
        """Show a state, and where actors stand in it."""
        if snapshot is self._snapshot and reaches == self._scene.reaches:
            return
        self._snapshot = snapshot
        self._scene.show(snapshot, reaches)
        self._keep_focus_inside()
        self._speak(snapshot)
        self._ask_for_paint()

    def _speak(self, snapshot: Snapshot | None) -> None:
        """Tell screen readers; of a running channel not more often than anybody can listen."""
        now = time.monotonic()
        if snapshot is None or not snapshot.runs or now >= self._spoken + SPOKEN_EVERY:
            self._spoken = now
            words = EMPTY if snapshot is None else describe_all(snapshot, self._scene.reaches)
            self.setAccessibleDescription(words)

    def set_selection(self, row: int, index: int) -> None:
        """Mark a selection that was made anywhere."""
        if (row, index) != self._selection and row >= 0:
            self._focus = (row, index)
        self._selection = (row, index)
        self._keep_focus_inside()
        self._point()

    def _keep_focus_inside(self) -> None:
        if self._snapshot is None:
            return
        row, index = self._focus
        most = (self._snapshot.rows - 1, self._snapshot.n_subbufs - 1)
        self._focus = (min(max(row, 0), most[0]), min(max(index, -1), most[1]))

    def _point(self) -> None:
        focus = self.focus_place if self.hasFocus() else (-1, -1)
        self._scene.point_at(Shown(self._selection, focus))
        self._ask_for_paint()

    def _ask_for_paint(self) -> None:
        rows = self._scene.dirty_rows
        if rows is None or len(rows) > FEW_ROWS:
            self.update()
            return
        region = QRegion()
        for row in rows.tolist():
            region += self._scene.region(row).toAlignedRect()
        self.update(region)

    # ---------------------------------------------------------------- painting

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the picture into the new size."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        self._scene.resize(self.width(), self.height(), self.devicePixelRatioF())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Bring the image up to date, and what of it is asked for to the screen."""
        if self._scene.image.devicePixelRatio() != self.devicePixelRatioF():
            self._fit()  # the window has moved to another screen
        image = self._scene.draw()
        ratio = image.devicePixelRatio()
        with QPainter(self) as painter:
            for part in event.region():  # type: ignore[attr-defined]
                source = QRect(part.topLeft() * ratio, part.size() * ratio)
                painter.drawImage(part.topLeft(), image, source)
            if self._snapshot is None:
                painter.setPen(self._theme[Role.TEXT_DIM])
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, EMPTY)
        if self._scene.is_unfinished:
            self._rest.start()

    @Slot()
    def _draw_rest(self) -> None:
        self.update()

    # ---------------------------------------------------------------- pointer

    def hit_at(self, position: QPointF) -> Spot | None:
        """Return what is at a point of the view."""
        if self._snapshot is None:
            return None
        scene = self._scene
        x, y = position.x() + scene.origin[0], position.y() + scene.origin[1]
        samples = samples_around(scene.layout.outer * self.devicePixelRatioF())
        return hit(scene.layout, self._snapshot, x, y, samples)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Name what is under the pointer, or pan."""
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = event.position() - self._pressed
            if self._dragged or moved.manhattanLength() >= DRAG_FROM:
                self._dragged = True
                self._pressed = event.position()
                self.pan(-moved.x(), -moved.y())
            return
        self._name(self.hit_at(event.position()), event.globalPosition().toPoint())

    def _name(self, found: Spot | None, where: QPoint) -> None:
        if found == self._hover:
            return
        self._hover = found
        if found is None or self._snapshot is None:
            QToolTip.hideText()
        else:
            words = describe(self._snapshot, found, self._scene.reaches)
            QToolTip.showText(where, words, self)

    def words_at(self, position: QPointF) -> str:
        """Return what the pointer would be told at a point of the view."""
        found = self.hit_at(position)
        shown, reaches = self._snapshot, self._scene.reaches
        return "" if found is None or shown is None else describe(shown, found, reaches)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Select what was clicked."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragged:
            return
        found = self.hit_at(event.position())
        if found is not None:
            self._focus = (found.row, found.index)
            self.selected.emit(found.row, found.index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Zoom to a buffer, or back to all of them."""
        found = self.hit_at(event.position())
        if self._scene.layout.zoom > 1 or found is None:
            self.zoom(0)
        else:
            layout = self._scene.layout
            self.zoom(min(layout.columns, layout.lines, 8) or 1, event.position())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Forget what was under the pointer."""
        self._hover = None
        super().leaveEvent(event)

    # ---------------------------------------------------------------- zoom and pan

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom with Ctrl, else pan."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_STEP ** (turned.y() / WHEEL_STEP), event.position())
        elif self._scene.layout.zoom > 1:
            self.pan(-turned.x() / WHEEL_STEP * PAN_STEP, -turned.y() / WHEEL_STEP * PAN_STEP)
        else:
            event.ignore()
            return
        event.accept()

    def zoom(self, factor: float, fixed: QPointF | None = None) -> None:
        """Show everything larger or smaller by a factor; 0: fit the view.

        Args:
            factor: 0, or what to multiply sizes with.
            fixed: The point that stays where it is; None: the middle.
        """
        scene = self._scene
        at = fixed or QPointF(self.width() / 2, self.height() / 2)
        before = scene.layout
        x = (scene.origin[0] + at.x()) / before.width
        y = (scene.origin[1] + at.y()) / before.height
        scene.zoom_to(before.zoom * factor, scene.origin)
        after = scene.layout
        scene.zoom_to(after.zoom, (x * after.width - at.x(), y * after.height - at.y()))
        self.update()

    def pan(self, dx: float, dy: float) -> None:
        """Show what lies to the right and below."""
        x, y = self._scene.origin
        self._scene.zoom_to(self._scene.layout.zoom, (x + dx, y + dy))
        self.update()

    # ---------------------------------------------------------------- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move, select, zoom."""
        moves = {
            Key.Key_Left: (0, -1),
            Key.Key_Right: (0, 1),
            Key.Key_Up: (-1, 0),
            Key.Key_Down: (1, 0),
        }
        zooms = {Key.Key_Plus: ZOOM_STEP, Key.Key_Equal: ZOOM_STEP, Key.Key_Minus: 1 / ZOOM_STEP}
        key = Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and key in moves:
            self._move(*moves[key])
        elif key in (Key.Key_Return, Key.Key_Enter, Key.Key_Space) and self._snapshot is not None:
            self.selected.emit(*self.focus_place)
        elif key in zooms:
            self.zoom(zooms[key])
        elif plain and key == Key.Key_0:
            self.zoom(0)
        else:
            super().keyPressEvent(event)

    def _move(self, rows: int, subbufs: int) -> None:
        if self._snapshot is None:
            return
        row, index = self._focus
        row = min(max(row + rows, 0), self._snapshot.rows - 1)
        if subbufs:
            index = (self.focus_place[1] + subbufs) % self._snapshot.n_subbufs
        self._focus = (row, index)
        self._reveal(row)
        self._point()
        self.setAccessibleDescription(describe_subbuf(self._snapshot, *self.focus_place))
        self.selected.emit(*self._focus)

    def _reveal(self, row: int) -> None:
        """Pan so far that a row is in the view."""
        scene = self._scene
        cell = scene.layout.cell(row)
        x, y = scene.origin
        x = min(x, cell.x) if cell.x < x else max(x, cell.x + cell.width - self.width())
        y = min(y, cell.y) if cell.y < y else max(y, cell.y + cell.height - self.height())
        if (x, y) != scene.origin:
            scene.zoom_to(scene.layout.zoom, (x, y))

    @property
    def focus_place(self) -> tuple[int, int]:
        """Where the keyboard is: row and sub-buffer; where none is chosen, that being written."""
        row, index = self._focus
        if index >= 0 or self._snapshot is None or row >= self._snapshot.rows:
            return row, max(index, 0)
        return row, int(self._snapshot.buffers["current"][row])

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show where the keyboard is."""
        super().focusInEvent(event)
        self._point()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Hide where the keyboard is."""
        super().focusOutEvent(event)
        self._point()
