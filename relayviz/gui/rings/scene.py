"""The picture of all rings or bars, kept up to date: only what differs is drawn again."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from relayviz.gui.inside.reaches import Ring, draw_reaches
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.bars import Bars
from relayviz.gui.rings.geometry import turn_of_byte
from relayviz.gui.rings.layout import Layout, arrange
from relayviz.gui.rings.marks import RingMarks, Shown
from relayviz.gui.rings.raster import Canvas, differing_rows, samples_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Reach


class Scene:
    """Draws a snapshot into an image of the view's size.

    Attributes:
        layout: Where things are on the sheet.
        origin: The point of the sheet at the view's upper left corner.
        image: What was drawn; up to date after `draw`.
        is_unfinished: Some text is left for the next frame.
        drawn: How many rings or bars the last `draw` drew, for tests and measurements.
    """

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._canvas = Canvas()
        self._canvas.use(theme)
        self._size = (1.0, 1.0)
        self._ratio = 1.0
        self._snapshot: Snapshot | None = None
        self._shown = Shown()
        self._reaches: tuple[Reach, ...] = ()
        self._dirty: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._all = True  # everything has to be drawn anew, the ground too
        self._backdrop = QImage()
        self._outside: dict[int, QRect | None] = {}  # where marks lie beyond a ring
        self._marks: RingMarks | None = None
        self._bars: Bars | None = None
        self.layout = arrange(1, 1, 1)
        self.origin = (0.0, 0.0)
        self.drawn = 0
        self.is_unfinished = False

    @property
    def image(self) -> QImage:
        """What was drawn."""
        return self._canvas.image

    @property
    def shown(self) -> Shown:
        """What is selected, and where the keyboard is."""
        return self._shown

    # ---------------------------------------------------------------- what is to be shown

    def resize(self, width: float, height: float, ratio: float) -> None:
        """Fit the picture into a view of another size, in logical pixels."""
        self._size, self._ratio = (width, height), ratio
        self._canvas.resize(round(width * ratio), round(height * ratio), ratio)
        self._arrange()

    def use(self, theme: Theme) -> None:
        """Draw in another theme's colours, and with text as large as it is now."""
        self._theme = theme
        self._canvas.use(theme)
        self._all = True
        if theme.scale != self.layout.text:
            self._arrange()

    def zoom_to(self, zoom: float, origin: tuple[float, float]) -> None:
        """Show another part of the sheet, or at another size; kept within bounds."""
        base = arrange(self.layout.rows, *self._size, self._theme.scale)
        zoom = min(max(zoom, 1.0), base.most_zoom())
        self.layout = base.scaled(zoom)
        limits = (self.layout.width - self._size[0], self.layout.height - self._size[1])
        x, y = (min(max(at, 0.0), max(0.0, most)) for at, most in zip(origin, limits, strict=True))
        self.origin = (x, y)
        self._all = True

    def show(self, snapshot: Snapshot | None, reaches: tuple[Reach, ...] = ()) -> None:
        """Show a state, and where actors stand in it; what is as before stays as it was drawn."""
        self._show_reaches(reaches)
        before, self._snapshot = self._snapshot, snapshot
        if snapshot is None or before is None or not _alike(before, snapshot):
            self._arrange()
            return
        if snapshot is before:
            return
        self._dirty |= differing_rows(snapshot, before)
        self._dirty |= before.changed.rows | snapshot.changed.rows
        for slot in (*before.reserved, *snapshot.reserved):
            row = snapshot.row_of(slot.buffer)
            self._dirty[0 if row is None else row] = True

    def _show_reaches(self, reaches: tuple[Reach, ...]) -> None:
        """Mark where actors stand."""
        for one in {*self._reaches} ^ {*reaches}:
            if one.row < len(self._dirty):
                self._dirty[one.row] = True
        self._reaches = reaches

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """Where actors stand."""
        return self._reaches

    def point_at(self, shown: Shown) -> None:
        """Mark another selection."""
        for row, _ in (*_pairs(self._shown), *_pairs(shown)):
            if 0 <= row < len(self._dirty):
                self._dirty[row] = True
        self._shown = shown

    def _arrange(self) -> None:
        rows = self._snapshot.rows if self._snapshot is not None else 1
        zoom = self.layout.zoom if self.layout.rows == rows else 1.0
        self.layout = arrange(rows, *self._size, self._theme.scale)
        self._dirty = np.ones(rows, np.bool_)
        self.zoom_to(zoom, self.origin)

    # ---------------------------------------------------------------- drawing

    @property
    def dirty_rows(self) -> NDArray[np.intp] | None:
        """The rows that the next `draw` draws; None: everything."""
        return None if self._all else self._dirty.nonzero()[0]

    def draw(self) -> QImage:
        """Bring the image up to date."""
        snapshot = self._snapshot
        self.drawn = 0
        if snapshot is None:
            if self._all:
                self._canvas.clear()
            self._all = False
            return self.image
        visible = self.layout.rows_in(*self.origin, *self._size)
        if self.layout.bars:
            self._draw_bars(snapshot, visible)
        else:
            self._draw_rings(snapshot, visible)
        self._all = False
        self._dirty[:] = False
        return self.image

    def _chosen(self, visible: range | list[int]) -> NDArray[np.intp]:
        """Return the visible rows that have to be drawn."""
        rows = np.asarray(visible, np.intp)
        chosen = rows if self._all else rows[self._dirty[rows]]
        self.drawn = len(chosen)
        return chosen

    @contextmanager
    def _painter(self) -> Iterator[QPainter]:
        """Paint in logical pixels."""
        with QPainter(self._canvas.image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            yield painter

    @contextmanager
    def _device_painter(self) -> Iterator[QPainter]:
        """Paint in device pixels: images are then copied, not scaled."""
        image = self._canvas.image
        image.setDevicePixelRatio(1)
        with QPainter(image) as painter:
            yield painter
        image.setDevicePixelRatio(self._ratio)

    def _draw_rings(self, snapshot: Snapshot, visible: range | list[int]) -> None:
        if self._all or self._marks is None:
            self._marks = RingMarks(self._theme, self.layout, self._ratio)
            self._bars = None
            self._outside.clear()
            self._make_backdrop(snapshot, visible, self._marks)
        rows = self._chosen(visible)
        places = np.zeros((len(rows), 5), np.int32)
        for at, row in enumerate(rows.tolist()):
            places[at, :3] = (row, *self._device_centre(row))
        with self._device_painter() as painter:
            for row in rows.tolist():
                self._wipe(painter, row)
        layout, ratio = self.layout, self._ratio
        self._canvas.draw_rings(snapshot, places, layout.inner * ratio, layout.outer * ratio)
        with self._painter() as painter:
            for row, x, y in places[:, :3].tolist():
                painter.setClipRect(self._cell(row))
                centre = (x / ratio, y / ratio)
                outside = self._marks.draw(painter, snapshot, row, centre, self._shown)
                self._draw_actors(painter, snapshot, row, centre)
                self._outside[row] = None if outside is None else _device_rect(outside, ratio)

    def _draw_actors(
        self, painter: QPainter, snapshot: Snapshot, row: int, centre: tuple[float, float]
    ) -> None:
        """Draw where actors stand in a row's ring."""
        reaches = [one for one in self._reaches if one.row == row]
        shape, layout = (snapshot.n_subbufs, snapshot.subbuf_size), self.layout
        turn = partial(turn_of_byte, shape, samples_around(layout.outer * self._ratio))
        draw_reaches(painter, reaches, Ring(centre, layout.inner, layout.outer, turn), self._theme)

    def _wipe(self, painter: QPainter, row: int) -> None:
        """Remove what was drawn beyond the ring itself: within it, and at the writer's mark."""
        cell, outside = self._device_cell(row), self._outside.get(row)
        if outside is None:
            painter.drawImage(cell.topLeft(), self._backdrop, cell)
            return
        x, y = self._device_centre(row)
        reach = math.ceil(self.layout.inner * self._ratio) + 1
        hole = QRect(x - reach, y - reach, 2 * reach, 2 * reach)
        painter.fillRect(hole & cell, self._theme[Role.GAP])
        outside &= cell
        painter.drawImage(outside.topLeft(), self._backdrop, outside)

    def _make_backdrop(
        self, snapshot: Snapshot, visible: range | list[int], marks: RingMarks
    ) -> None:
        """Draw what does not depend on the state, once: the numbers of the sub-buffers."""
        self._canvas.clear()
        with self._painter() as painter:
            for row in visible:
                x, y = self._device_centre(row)
                centre = (x / self._ratio, y / self._ratio)
                marks.draw_numbers(painter, snapshot.n_subbufs, centre)
        self._backdrop = self._canvas.image.copy()
        self._backdrop.setDevicePixelRatio(1)

    def as_fine(self, ratio: float) -> QImage:
        """Return the same drawn anew, so many pixels for one of the view; no cursor is in it."""
        scene = Scene(self._theme)
        scene.resize(*self._size, ratio)
        scene.show(self._snapshot, self._reaches)
        scene.zoom_to(self.layout.zoom, self.origin)
        scene.point_at(Shown(self._shown.selection))
        image = scene.draw()
        while scene.is_unfinished:
            image = scene.draw()
        return image

    def _draw_bars(self, snapshot: Snapshot, visible: range | list[int]) -> None:
        fresh = self._all or self._bars is None
        if self._bars is None or self._all:
            self._canvas.clear()
            self._bars, self._marks = (
                Bars(self._theme, self.layout, self.origin, self._ratio, snapshot),
                None,
            )
        bars = self._bars
        with self._painter() as painter:
            if fresh:
                bars.draw_fixed(painter)
            bars.erase(painter, self._dirty)
        rows = self._chosen(visible)
        self._canvas.draw_bars(snapshot, bars.places[rows])
        with self._device_painter() as painter:
            self.is_unfinished = bars.draw_text(painter, snapshot, all_at_once=fresh)
        with self._painter() as painter:
            bars.draw_actors(painter, snapshot, self._reaches)
            bars.draw_marks(painter, snapshot, self._shown, visible)

    def _device_centre(self, row: int) -> tuple[int, int]:
        x, y = self.layout.centre(row)
        return (
            round((x - self.origin[0]) * self._ratio),
            round((y - self.origin[1]) * self._ratio),
        )

    def _device_cell(self, row: int) -> QRect:
        """Return what of a cell can be drawn on: a ring with its marks needs a square only."""
        cell, ratio = self.layout.cell(row), self._ratio
        x, y = cell.x - self.origin[0], cell.y - self.origin[1]
        if not self.layout.bars:
            side = min(cell.width, cell.height)
            x, y = x + (cell.width - side) / 2, y + (cell.height - side) / 2
            cell = replace(cell, width=side, height=side)
        left, top = math.floor(x * ratio), math.floor(y * ratio)
        right, bottom = math.floor((x + cell.width) * ratio), math.floor((y + cell.height) * ratio)
        return QRect(left, top, right - left, bottom - top)

    def _cell(self, row: int) -> QRectF:
        """Return a cell in the view, its edges on device pixels."""
        cell, ratio = self._device_cell(row), self._ratio
        x, y, width, height = cell.x(), cell.y(), cell.width(), cell.height()
        return QRectF(x / ratio, y / ratio, width / ratio, height / ratio)

    def region(self, row: int) -> QRectF:
        """Return where in the view a row's drawing may be."""
        return self._cell(row).adjusted(-2, -2, 2, 2)


def _device_rect(rect: QRectF, ratio: float) -> QRect:
    x, y, width, height = rect.x(), rect.y(), rect.width(), rect.height()
    return QRectF(x * ratio, y * ratio, width * ratio, height * ratio).toAlignedRect()


def _pairs(shown: Shown) -> tuple[tuple[int, int], tuple[int, int]]:
    return shown.selection, shown.focus


def _alike(before: Snapshot, now: Snapshot) -> bool:
    """Whether two states have the same rows and look, so that they can be compared row by row."""
    return (
        before.config == now.config
        and before.subbufs.shape == now.subbufs.shape
        and before.closed == now.closed
        and before.is_global == now.is_global
        and bool(np.array_equal(before.buffers["cpu"], now.buffers["cpu"]))
    )


__all__ = ["Layout", "Scene"]
