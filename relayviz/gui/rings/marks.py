"""What QPainter adds to a ring: positions, outlines, and the text in its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)

from relayviz.gui.look.face import Face, sized
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.geometry import point_of, turn_of
from relayviz.gui.rings.layout import NUMBERS_FROM
from relayviz.gui.rings.raster import samples_around
from relayviz.gui.rings.texts import (
    brief_ready,
    figure_forms,
    has_more,
    loss_forms,
    losses,
    ready_forms,
    short,
)
from relayviz.model.numbers import AT_LEAST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.look.theme import Theme
    from relayviz.gui.rings.layout import Layout
    from relayviz.model.engine.snapshot import Snapshot

# logical pixels, for text as large as usual: Layout.text times that
FULL_TEXT = 44.0  # inner radius from which on all figures are told
SHORT_TEXT = 26.0  # and the most important ones
RIM = 3.0  # left free between words and the ring
BADGE_SPACE = 18.0  # beside its words
NUMBERS_APART, NUMBERS_BEYOND = 34.0, 10.0  # from one to the next, and from the ring
UNKNOWN = ("consumed: not known", "consumed: ?")
CLOSED = "CLOSED"
POSITIONS = (Role.WRITE_POSITION, Role.CONSUMER_POSITION)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the user points at: (row, sub-buffer), sub-buffer -1 for the buffer as a whole."""

    selection: tuple[int, int] = (-1, -1)
    focus: tuple[int, int] = (-1, -1)


class RingMarks:
    """Draws the marks of one ring at a time."""

    def __init__(self, theme: Theme, layout: Layout, ratio: float) -> None:
        self._theme = theme
        self._layout = layout
        self._samples = samples_around(layout.outer * ratio)
        self._inner = layout.inner / layout.text  # as it would be with text as large as usual
        small = self._inner * (0.14 if self._inner >= FULL_TEXT else 0.22)
        self._big = self._face(max(9.0, min(34.0, small * 1.36)), bold=True)
        self._small = self._face(max(8.5, min(26.0, small)))
        self._bold = self._face(max(8.5, min(26.0, small)), bold=True)
        self._pens = {role: _pen(theme[role]) for role in POSITIONS}

    def _face(self, pixels: float, *, bold: bool = False) -> Face:
        """Return a font that is so large where text is as large as usual."""
        return Face(self._theme.font(bold=bold), pixels * self._layout.text)

    def draw(
        self,
        painter: QPainter,
        snapshot: Snapshot,
        row: int,
        centre: tuple[float, float],
        shown: Shown,
    ) -> QRectF | None:
        """Draw the marks of a row's ring.

        Returns:
            Where something was drawn outside of the ring; None: in many places.
        """
        self._chosen(painter, snapshot.n_subbufs, row, centre, shown)
        outside = self._positions(painter, snapshot, row, centre)
        if self._inner >= FULL_TEXT:
            self._full_text(painter, snapshot, row, centre)
        elif self._inner >= SHORT_TEXT:
            self._short_text(painter, snapshot, row, centre)
        else:
            self._number(painter, snapshot, row, centre)
        return None if row in (shown.selection[0], shown.focus[0]) else outside

    def draw_numbers(self, painter: QPainter, n: int, centre: tuple[float, float]) -> None:
        """Draw the numbers of the sub-buffers around a ring, as many as there is room for.

        One that would reach into the cell beside it is left out.
        """
        layout, font, text = self._layout, self._small_outside(), self._layout.text
        if layout.outer < NUMBERS_FROM * text:
            return
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        painter.setPen(self._theme[Role.TEXT_DIM])
        radius = layout.outer + max(NUMBERS_BEYOND * text, layout.outer * 0.125)
        step = 1
        while n / step * NUMBERS_APART * text > 2 * math.pi * radius:
            step *= 2
        for index in range(0, n, step):
            x, y = point_of(centre, radius, (index + 0.5) / n)
            reaches = abs(x - centre[0]) + metrics.horizontalAdvance(str(index)) / 2
            if reaches <= layout.cell_width / 2:
                box = QRectF(x - 30 * text, y - 10 * text, 60 * text, 20 * text)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(index))

    def _small_outside(self) -> QFont:
        text = self._layout.text
        pixels = max(7.5 * text, min(15.0 * text, self._layout.outer * 0.075))
        return sized(self._theme.font(), pixels)

    # ---------------------------------------------------------------- outlines

    def _chosen(
        self,
        painter: QPainter,
        n: int,
        row: int,
        centre: tuple[float, float],
        shown: Shown,
    ) -> None:
        for chosen, style in (
            (shown.selection, Qt.PenStyle.SolidLine),
            (shown.focus, Qt.PenStyle.DotLine),
        ):
            if chosen[0] == row and 0 <= chosen[1] < n:
                path = self._segment(centre, chosen[1], n, 3.5)
                painter.strokePath(path, QPen(self._theme[Role.SELECTION], 2, style))

    def _segment(
        self, centre: tuple[float, float], index: int, n: int, grown: float
    ) -> QPainterPath:
        """Return the outline of a sub-buffer, larger by some pixels."""
        outer, inner = self._layout.outer + grown, self._layout.inner - grown
        first = turn_of(index, 0, n, 1, self._samples) * 360
        last = turn_of(index, 1, n, 1, self._samples) * 360
        path = QPainterPath()
        start = 90.0 - first  # Qt's angles: from three o'clock, counter-clockwise
        path.arcMoveTo(_circle(centre, outer), start)
        path.arcTo(_circle(centre, outer), start, first - last)
        path.arcTo(_circle(centre, inner), 90.0 - last, last - first)
        path.closeSubpath()
        return path

    # ---------------------------------------------------------------- positions

    def _positions(
        self, painter: QPainter, snapshot: Snapshot, row: int, centre: tuple[float, float]
    ) -> QRectF:
        """Draw where writer and consumer are; return where that is outside of the ring."""
        layout = self._layout
        size, n = snapshot.subbuf_size, snapshot.n_subbufs
        length = max(5.0, min(16.0, layout.outer * 0.085))
        if snapshot.knows("consumed"):
            at = snapshot.read_position(row)
            turn = turn_of(at.subbuf, min(at.offset, size), n, size, self._samples)
            corners = _triangle(centre, turn, layout.inner - 1, -length)
            self._mark(painter, centre, turn, corners, Role.CONSUMER_POSITION)
        at = snapshot.write_position(row)
        turn = turn_of(at.subbuf, at.offset, n, size, self._samples)
        corners = _triangle(centre, turn, layout.outer + 1, length)
        self._mark(painter, centre, turn, corners, Role.WRITE_POSITION)
        return corners.boundingRect().adjusted(-3, -3, 3, 3)

    def _mark(
        self,
        painter: QPainter,
        centre: tuple[float, float],
        turn: float,
        corners: QPolygonF,
        role: Role,
    ) -> None:
        """Draw a line across the ring, and a triangle that points at it."""
        layout = self._layout
        painter.setPen(self._pens[role])
        painter.drawLine(
            QPointF(*point_of(centre, layout.inner, turn)),
            QPointF(*point_of(centre, layout.outer - 1.5, turn)),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme[role])
        painter.drawPolygon(corners)

    # ---------------------------------------------------------------- text

    def _full_text(
        self, painter: QPainter, snapshot: Snapshot, row: int, centre: tuple[float, float]
    ) -> None:
        theme, info = self._theme, snapshot.buffers[row]
        is_full = snapshot.is_full(row) and not snapshot.closed
        colour = Role.ERROR if is_full else Role.TEXT_STRONG
        line = self._small.height * 1.12
        lost = losses(snapshot, row)
        badge = badge_of(snapshot, row)
        below = len(lost[:3]) + (1.15 if badge else 0.0)
        y = centre[1] - line * (1.3 + below) / 2 - line * 1.1
        title = "all CPUs" if snapshot.is_global else f"CPU {int(info['cpu'])}"
        self._big.draw(painter, (centre[0], y), theme[Role.TEXT_STRONG], title)
        y += line * 1.35
        is_known = snapshot.knows("consumed")
        for name in ("produced", "consumed"):
            forms = figure_forms(int(info[name]), name) if snapshot.knows(name) else UNKNOWN
            words = self._fitting(forms, y - centre[1])
            self._small.draw(painter, (centre[0], y), theme[Role.TEXT_DIM], words)
            y += line
        if is_known:
            words = self._fitting(ready_forms(snapshot, row), y - centre[1], self._bold)
            self._bold.draw(painter, (centre[0], y), theme[colour], words)
            y += line * 1.1
        if badge:
            self._badge(painter, (centre[0], y), badge, _badge_role(snapshot))
            y += line * 1.2
        for words, events in lost[:3]:
            forms = loss_forms(words, events)
            if has_more(snapshot):
                forms = tuple(f"{AT_LEAST}{form}" for form in forms)
            text = self._fitting(forms, y - centre[1])
            self._small.draw(painter, (centre[0], y), theme[Role.ERROR], text)
            y += line

    def _fitting(self, forms: Sequence[str], beside: float, face: Face | None = None) -> str:
        """Return the first words that stay inside the ring, so far from its middle; else the last.

        Their corners that are farther from the middle come nearest to it.
        """
        face, reach = face or self._small, self._layout.inner - RIM * self._layout.text
        half = math.sqrt(max(0.0, reach**2 - (abs(beside) + face.height / 2) ** 2))
        return next((words for words in forms if face.width(words) <= 2 * half), forms[-1])

    def _short_text(
        self, painter: QPainter, snapshot: Snapshot, row: int, centre: tuple[float, float]
    ) -> None:
        theme = self._theme
        lost = sum(events for _, events in losses(snapshot, row))
        badge = badge_of(snapshot, row)
        lines = [
            (self._big, Role.TEXT_STRONG, _name(snapshot, row)),
            (
                self._small,
                Role.ERROR if badge and not snapshot.closed else Role.TEXT,
                _ready(snapshot, row),
            ),
        ]
        if badge:
            lines.append((self._bold, _badge_role(snapshot), _short(badge)))
        if lost:
            sign = AT_LEAST if has_more(snapshot) else ""
            lines.append((self._bold, Role.ERROR, f"{sign}{short(lost)} lost"))
        line = self._small.height * 1.08
        y = centre[1] - line * (len(lines) - 1) / 2
        for face, role, words in lines:
            face.draw(painter, (centre[0], y), theme[role], words)
            y += line

    def _number(
        self, painter: QPainter, snapshot: Snapshot, row: int, centre: tuple[float, float]
    ) -> None:
        role = Role.ERROR if losses(snapshot, row) else Role.TEXT
        self._small.draw(painter, centre, self._theme[role], _name(snapshot, row))

    def _badge(
        self, painter: QPainter, middle: tuple[float, float], words: str, ground: Role
    ) -> None:
        x, y = middle
        space = BADGE_SPACE * self._layout.text
        if self._bold.width(words) + space > 1.8 * self._layout.inner:
            words = _short(words)
        width, height = self._bold.width(words) + space, self._bold.height + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme[ground])
        painter.drawRoundedRect(QRectF(x - width / 2, y - height / 2, width, height), 4, 4)
        self._bold.draw(painter, (x, y), self._theme[Role.GAP], words)


def _name(snapshot: Snapshot, row: int) -> str:
    return "all" if snapshot.is_global else str(int(snapshot.buffers["cpu"][row]))


def _ready(snapshot: Snapshot, row: int) -> str:
    """Return how many sub-buffers are ready, of how many; where nobody knows: are finished."""
    if not snapshot.knows("consumed"):
        return f"{short(int(snapshot.buffers['produced'][row]))} prod"
    return brief_ready(snapshot.ready(row), snapshot.n_subbufs)


def _pen(colour: QColor) -> QPen:
    pen = QPen(colour, 1.6)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _triangle(centre: tuple[float, float], turn: float, radius: float, length: float) -> QPolygonF:
    """Return a triangle whose tip is at `radius`, and its base `length` further out (or in)."""
    base = radius + length
    half = abs(length) * 0.55 / max(1.0, base) / (2 * math.pi)
    return QPolygonF(
        [
            QPointF(*point_of(centre, radius, turn)),
            QPointF(*point_of(centre, base, turn - half)),
            QPointF(*point_of(centre, base, turn + half)),
        ]
    )


def _circle(centre: tuple[float, float], radius: float) -> QRectF:
    return QRectF(centre[0] - radius, centre[1] - radius, 2 * radius, 2 * radius)


def badge_of(snapshot: Snapshot, row: int) -> str:
    """Return what stands in the badge; empty: none is shown."""
    if snapshot.closed:
        return CLOSED
    if snapshot.is_blocked(row):
        return "FULL · BLOCKED" if snapshot.is_full(row) else "BLOCKED"
    return "FULL" if snapshot.is_full(row) else ""


def _badge_role(snapshot: Snapshot) -> Role:
    """Return the badge's colour: that nobody writes to it any more is no fault."""
    return Role.TEXT_DIM if snapshot.closed else Role.ERROR


def _short(badge: str) -> str:
    """Return its last word: that it is full stands in ready, too."""
    return badge.rsplit(maxsplit=1)[-1]
