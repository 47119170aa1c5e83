"""Bars: where they are in device pixels, the text beside them, and marks of what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen

from relayviz.gui.inside.reaches import draw_reaches_in_bar
from relayviz.gui.look.face import sized
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.layout import LABEL, LOST, READY
from relayviz.gui.rings.texts import brief_ready, short
from relayviz.model.channel.state import LOSSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.gui.look.theme import Theme
    from relayviz.gui.rings.layout import Layout, Rect
    from relayviz.gui.rings.marks import Shown
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Reach

GAP = 8.0  # beside text
LEAST_OUTLINE = 3.0  # logical pixels of a sub-buffer
TEXTS_A_FRAME = 40  # so many change at once; the others follow in the next frames
LABELS = 4096  # words that are kept ready as images


class Bars:
    """The bars of one layout, as a view that begins at `origin` of the sheet shows them."""

    def __init__(
        self,
        theme: Theme,
        layout: Layout,
        origin: tuple[float, float],
        ratio: float,
        snapshot: Snapshot,
    ) -> None:
        rows = snapshot.rows
        self._cpus: list[int] = snapshot.buffers["cpu"].tolist()
        self._n = snapshot.n_subbufs
        self._theme, self._layout, self._origin, self._ratio = theme, layout, origin, ratio
        self.places = self._device_places(rows)
        self._ready = np.full(rows, -1, np.int64)  # what the text beside each bar says
        self._full = np.zeros(rows, np.bool_)
        self._lost = np.full(rows, -1, np.int64)
        pixels = max(8.0 * layout.text, min(layout.cell_height * 0.62, 13.0 * layout.text))
        self._font = sized(theme.mono(), pixels)
        self._label, self._room, self._loss = (one * layout.text for one in (LABEL, READY, LOST))
        self._images: dict[tuple[str, bool, float], QImage] = {}
        height = QFontMetricsF(self._font).height() * ratio
        self._lines: list[tuple[int, int, int]] = [  # begin and end of a bar, top of its text
            (x, x + width, round(y + (tall - height) / 2))
            for _, x, y, width, tall in self.places.tolist()
        ]
        self._has_lost = layout.has_lost_text
        self._marked: set[int] = set()
        self._next = 0
        self._is_known = snapshot.knows("consumed")

    def _device_places(self, rows: int) -> NDArray[np.int32]:
        """Return (row, x, y, width, height) of all bars, in device pixels, none of them empty."""
        places = np.zeros((rows, 5), np.int32)
        ratio, (left, top) = self._ratio, self._origin
        for row in range(rows):
            bar = self._layout.bar(row)
            x, y = int((bar.x - left) * ratio // 1), int((bar.y - top) * ratio // 1)
            right = int((bar.x + bar.width - left) * ratio // 1)
            bottom = int((bar.y + bar.height - top) * ratio // 1)
            places[row] = row, x, y, max(1, right - x), max(1, bottom - y)
        return places

    def draw_fixed(self, painter: QPainter) -> None:
        """Draw what does not depend on the state: headings, or where columns begin."""
        layout, (left, top) = self._layout, self._origin
        if not layout.head:
            return
        painter.setPen(self._theme[Role.TEXT_DIM])
        painter.setFont(sized(self._font, 9.0 * layout.text))
        y = layout.head - 4 - top
        every = 1 if layout.has_text else max(1, int(40 * layout.text // layout.cell_width) + 1)
        for column in range(0, layout.columns, every):
            first = column * layout.lines
            if first >= len(self._cpus):
                break
            bar = layout.bar(first)
            if not layout.has_text:
                painter.drawText(QPointF(bar.x - left, y), str(self._cpus[first]))
                continue
            for words, end in self._headings(bar):
                width = painter.fontMetrics().horizontalAdvance(words)
                painter.drawText(QPointF(end - left - width, y), words)

    def _headings(self, bar: Rect) -> list[tuple[str, float]]:
        """Return what stands above the text beside a column of bars, and where it ends."""
        end = bar.x + bar.width
        found = [("cpu", bar.x - GAP), ("ready", end + self._room - GAP)]
        lost = ("lost", end + self._room + self._loss - GAP)
        return [*found, lost] if self._has_lost else found

    def erase(self, painter: QPainter, dirty: NDArray[np.bool_]) -> None:
        """Remove marks of earlier states, which reach beyond the bars; their rows become dirty."""
        for row in self._marked:
            painter.fillRect(self._around(row), self._theme[Role.GAP])
            dirty[row] = True
        self._marked.clear()

    def _around(self, row: int) -> QRectF:
        return self._bar(row).adjusted(-GAP, -3, GAP, 3)

    def draw_text(self, painter: QPainter, snapshot: Snapshot, *, all_at_once: bool) -> bool:
        """Bring the text beside the bars up to date, in device pixels.

        Returns:
            Whether some is left for the next frame.
        """
        if not self._layout.has_text:
            return False
        buffers = snapshot.buffers
        ready = buffers["produced"].astype(np.int64) - buffers["consumed"].astype(np.int64)
        lost = np.zeros(snapshot.rows, np.int64)
        for name in LOSSES:
            lost += buffers["account"][name]["events"].astype(np.int64)
        full = ready >= self._n
        is_other = (self._ready != ready) | (self._full != full) | (self._lost != lost)
        stale = is_other.nonzero()[0]
        is_left = len(stale) > TEXTS_A_FRAME and not all_at_once
        if is_left:  # go on behind the last one drawn, so that all get their turn
            stale = np.roll(stale, -int(np.searchsorted(stale, self._next)))[:TEXTS_A_FRAME]
            self._next = int(stale[-1]) + 1
        for row in stale.tolist():
            words = brief_ready(int(ready[row]), self._n) if self._is_known else "–"
            self._draw_figures(painter, row, words, int(lost[row]), is_full=bool(full[row]))
        for kept, now in ((self._ready, ready), (self._full, full), (self._lost, lost)):
            kept[stale] = now[stale]
        return is_left

    def _draw_figures(
        self, painter: QPainter, row: int, ready: str, lost: int, *, is_full: bool
    ) -> None:
        begin, end, y = self._lines[row]
        ratio = self._ratio

        def draw(x: float, words: str, width: float, *, bad: bool) -> None:
            painter.drawImage(round(x), y, self._image(words, width, bad=bad))

        draw(end + GAP * ratio, ready, self._room - 2 * GAP, bad=is_full)
        before = self._lost[row]
        if before < 0 or (before > 0) != (lost > 0):
            x = begin - self._label * ratio
            draw(x, str(self._cpus[row]), self._label - GAP, bad=lost > 0)
        if self._has_lost and before != lost:
            x = end + (self._room - GAP) * ratio
            draw(x, short(lost) if lost else "", self._loss, bad=True)

    def _image(self, words: str, width: float, *, bad: bool) -> QImage:
        """Return words as an opaque image: drawn in one go each time."""
        key = words, bad, width
        image = self._images.get(key)
        if image is None:
            if len(self._images) >= LABELS:
                self._images.clear()
            image = self._images[key] = self._make_image(words, width, bad=bad)
        return image

    def _make_image(self, words: str, width: float, *, bad: bool) -> QImage:
        theme, ratio = self._theme, self._ratio
        metrics = QFontMetricsF(self._font)
        size = QSize(round(width * ratio), round(metrics.height() * ratio))
        image = QImage(size, QImage.Format.Format_RGB32)
        image.fill(theme[Role.GAP])
        painter = QPainter(image)
        painter.scale(ratio, ratio)
        painter.setFont(self._font)
        painter.setPen(theme[Role.ERROR if bad else Role.TEXT_DIM])
        left = max(0.0, width - metrics.horizontalAdvance(words))  # figures stand at the right
        painter.drawText(QPointF(left, metrics.ascent()), words)
        painter.end()
        return image

    def draw_actors(self, painter: QPainter, snapshot: Snapshot, reaches: Sequence[Reach]) -> None:
        """Draw where actors stand."""
        size = snapshot.n_subbufs * snapshot.subbuf_size
        for row in {one.row for one in reaches}:
            here = [one for one in reaches if one.row == row]
            draw_reaches_in_bar(painter, here, self._bar(row), size, self._theme)
            self._marked.add(row)

    def draw_marks(
        self, painter: QPainter, snapshot: Snapshot, shown: Shown, visible: Sequence[int]
    ) -> None:
        """Outline what is selected."""
        inside = range(snapshot.rows) if len(visible) == snapshot.rows else visible
        for (row, index), style in (
            (shown.selection, Qt.PenStyle.SolidLine),
            (shown.focus, Qt.PenStyle.DotLine),
        ):
            if row not in inside or index < 0:
                continue
            painter.setPen(QPen(self._theme[Role.SELECTION], 2, style))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._subbuf(row, index, snapshot.n_subbufs).adjusted(-1, -1, 1, 1))
            self._marked.add(row)

    def _subbuf(self, row: int, index: int, n: int) -> QRectF:
        """Return the box of a sub-buffer, never so small that it cannot be seen."""
        bar = self._bar(row)
        length = bar.width() / n
        left = bar.x() + index * length
        return QRectF(left, bar.y(), max(length, LEAST_OUTLINE), bar.height())

    def _bar(self, row: int) -> QRectF:
        x, y, width, height = (float(value) / self._ratio for value in self.places[row][1:])
        return QRectF(x, y, width, height)
