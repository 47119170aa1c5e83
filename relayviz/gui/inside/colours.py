"""The colour of each actor, which is never the only sign: names and numbers go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme

ROLES = (
    *(Role.UNREAD, Role.WRITE_POSITION, Role.PADDING, Role.HEADER),
    *(Role.CONSUMER_POSITION, Role.RESERVED, Role.STALE, Role.LOST),
)
"""Of the first actors; later ones begin again."""

FAINT = 0.3  # how much of a colour is behind text


def colour_of(theme: Theme, number: int) -> QColor:
    """Return an actor's colour."""
    return theme[ROLES[number % len(ROLES)]]


def faint(theme: Theme, number: int) -> QColor:
    """Return an actor's colour so that text can stand on it."""
    ground, own = theme[Role.PANEL], colour_of(theme, number)
    pairs = (
        (own.red(), ground.red()),
        (own.green(), ground.green()),
        (own.blue(), ground.blue()),
    )
    return QColor(*(round(FAINT * front + (1 - FAINT) * back) for front, back in pairs))
