"""Where actors stand in a ring or a bar: a line in their colour, dotted where nothing is yet.

Each actor has a lane of its own inside of it, so that what several do at one place is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainterPath, QPen

from relayviz.gui.inside.colours import colour_of
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtGui import QPainter

    from relayviz.gui.look.theme import Theme
    from relayviz.model.inside.scene import Reach

PITCH, EDGE = 15.0, 9.0  # pixels between two lanes, and from the rim to the first
WIDTH, HALO = 3.0, 2.0
BADGE = 13.0
BADGES_FROM = 40.0  # outer radius
LEAST_LENGTH = 2.0  # pixels of a line in a bar
KEYS = 9
LEAST = 0.004  # of the ring: shorter arcs could not be seen


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring to draw in.

    Attributes:
        centre: Its middle.
        inner: Its inner radius.
        outer: Its outer radius.
        turn: Where along the rim a byte of the buffer is, as a part of the whole.
    """

    centre: tuple[float, float]
    inner: float
    outer: float
    turn: Callable[[int], float]


def draw_reaches(painter: QPainter, reaches: Sequence[Reach], ring: Ring, theme: Theme) -> None:
    """Draw where actors stand in one ring; each in a lane of its own."""
    lanes = _lanes(reaches)
    room = ring.outer - ring.inner - EDGE
    pitch = min(PITCH, room / max(1, len(lanes)))
    for one in reaches:
        radius = ring.outer - EDGE - lanes[one.actor] * pitch
        start = _draw(painter, one, theme, partial(_arc, ring, radius), pitch)
        if ring.outer >= BADGES_FROM:
            draw_badge(painter, start, one.actor, theme)


def draw_reaches_in_bar(
    painter: QPainter, reaches: Sequence[Reach], bar: QRectF, size: int, theme: Theme
) -> None:
    """Draw where actors stand in one bar.

    Args:
        painter: Draws.
        reaches: Of this buffer.
        bar: Where it is.
        size: Bytes of the buffer, which the bar is as long as.
        theme: The colours.
    """
    lanes = _lanes(reaches)

    def line(y: float, span: tuple[int, int]) -> QPainterPath:
        left = bar.x() + bar.width() * span[0] / size
        length = max(LEAST_LENGTH, bar.width() * (span[1] - span[0]) / size)
        path = QPainterPath(QPointF(left, y))
        path.lineTo(min(left + length, bar.right()), y)
        return path

    pitch = bar.height() / (len(lanes) + 1)
    for one in reaches:
        y = bar.y() + pitch * (lanes[one.actor] + 1)
        start = _draw(painter, one, theme, partial(line, y), pitch)
        if bar.height() >= BADGE:
            draw_badge(painter, start, one.actor, theme)


def _lanes(reaches: Iterable[Reach]) -> dict[int, int]:
    return {actor: lane for lane, actor in enumerate(sorted({one.actor for one in reaches}))}


def _draw(
    painter: QPainter,
    one: Reach,
    theme: Theme,
    path: Callable[[tuple[int, int]], QPainterPath],
    pitch: float,
) -> QPointF:
    """Draw an actor's line along a path of bytes, no thicker than a lane; return its beginning."""
    colour, flat = colour_of(theme, one.actor), Qt.PenCapStyle.FlatCap
    width = min(WIDTH, max(1.0, pitch - 1.0))
    halo = min(HALO, max(0.0, pitch - width) / 2)
    whole = path((one.first, one.end))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.strokePath(whole, QPen(theme[Role.GAP], width + 2 * halo))
    painter.strokePath(whole, QPen(colour, width, Qt.PenStyle.DotLine, flat))
    for there in one.there:
        painter.strokePath(path(there), QPen(colour, width, Qt.PenStyle.SolidLine, flat))
    return QPointF(whole.elementAt(0).x, whole.elementAt(0).y)


def _arc(ring: Ring, radius: float, span: tuple[int, int]) -> QPainterPath:
    first, end = ring.turn(span[0]), max(ring.turn(span[1]), ring.turn(span[0]) + LEAST)
    x, y = ring.centre
    box = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
    path = QPainterPath()
    path.arcMoveTo(box, 90 - first * 360)  # Qt's angles: counter-clockwise from three o'clock
    path.arcTo(box, 90 - first * 360, (first - end) * 360)
    return path


def sign_of(actor: int) -> str:
    """Return what an actor's badge says: its key, as in the Actors dock."""
    return str(actor + 1) if actor < KEYS else "·"


def draw_badge(painter: QPainter, middle: QPointF, actor: int, theme: Theme) -> None:
    """Draw an actor's number on its colour."""
    box = QRectF(middle.x() - BADGE / 2, middle.y() - BADGE / 2, BADGE, BADGE)
    painter.setPen(QPen(theme[Role.GAP], 1))
    painter.setBrush(colour_of(theme, actor))
    painter.drawRoundedRect(box, 3, 3)
    font = QFont(theme.font(bold=True))
    font.setPixelSize(int(BADGE - 3))
    painter.setFont(font)
    painter.setPen(theme[Role.ACCENT_TEXT])
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, sign_of(actor))


def words_of(reaches: Iterable[Reach], row: int, byte: int) -> list[str]:
    """Return what actors do at a byte of a buffer."""
    return [
        f"{sign_of(one.actor)} {one.told()}"
        for one in reaches
        if one.row == row and one.first <= byte < one.end
    ]


def spoken(reaches: Iterable[Reach]) -> list[str]:
    """Return what actors do anywhere, for who does not see where."""
    return [
        f"{one.told(f'from byte {one.first} of buffer {one.row} on')}, key {sign_of(one.actor)}"
        for one in reaches
    ]
