"""The colours of a heat map: how much of what was tried is lost; each cell says it in figures, too.

From the colour of free room to that of losses. Lightness alone tells them apart, so that nobody
needs to see red; test_colours computes that.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

from relayviz.gui.look.roles import Role
from relayviz.model.sweep.told import short

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from relayviz.gui.look.theme import Theme
    from relayviz.model.sweep.plan import Outcome

GAP, FRAME = 1, 2
BLACK, WHITE = QColor("#000000"), QColor("#ffffff")


def colour(theme: Theme, share: float) -> QColor:
    """Return the ground of a cell.

    Args:
        theme: The colours.
        share: Of the events, that was lost: 0 to 1.
    """
    heat = sqrt(share)  # spreads small shares, which are the ones to tell apart
    free, lost = theme[Role.FREE], theme[Role.LOST]
    mixed = (
        round(one + (other - one) * heat)
        for one, other in zip(free.getRgb()[:3], lost.getRgb()[:3], strict=True)  # type: ignore[index]
    )
    return QColor(*mixed)


def ink(ground: QColor) -> QColor:
    """Return black or white, whichever is read better on a ground."""
    return BLACK if luminance(ground) > 0.179 else WHITE  # noqa: PLR2004  both contrasts are 4.6


def luminance(shown: QColor) -> float:
    """Return the relative luminance, 0 to 1, as WCAG defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for part in (shown.redF(), shown.greenF(), shown.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def paint(painter: QPainter, room: QRectF, one: Outcome | None, theme: Theme) -> None:
    """Paint a cell: its share in figures on its colour; framed where nothing is lost.

    Args:
        painter: Has the font.
        room: Where.
        one: What the cell came to; None: not measured.
        theme: The colours.
    """
    inside = room.adjusted(GAP, GAP, -GAP, -GAP)
    is_known = one is not None and not one.error
    share = one.lost_share if one is not None else 0.0
    ground = colour(theme, share) if is_known else theme[Role.PANEL]
    painter.fillRect(inside, ground)
    if is_known and one is not None and not one.lost:
        half = FRAME / 2
        painter.setPen(QPen(theme[Role.OK], FRAME))
        painter.drawRect(inside.adjusted(half, half, -half, -half))
    painter.setPen(ink(ground) if is_known else theme[Role.TEXT_DIM])
    painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, short(one))
