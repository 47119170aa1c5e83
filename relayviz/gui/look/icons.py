"""Icons by meaning, drawn in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from relayviz.gui.look import theme
from relayviz.gui.look.resources import text
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

SIZES = (16, 24, 32, 48)
APPLICATION_SIZES = (16, 32, 48, 64, 128, 256)


def icon(name: str) -> QIcon:
    """Return an icon of resources/icons/actions by its meaning.

    Raises:
        FileNotFoundError: There is none of that name; the message lists those there are.
    """
    drawing = text("icons", "actions", f"{name}.svg")
    colours = theme.current()
    result = QIcon()
    for mode, role in ((QIcon.Mode.Normal, Role.TEXT), (QIcon.Mode.Disabled, Role.STALE)):
        for size in SIZES:
            result.addPixmap(_drawn(_coloured(drawing, colours[role]), size), mode)
    return result


def application_icon() -> QIcon:
    """Return the program's own icon."""
    result = QIcon()
    for size in APPLICATION_SIZES:
        result.addPixmap(_drawn(text("icons", "relayviz.svg"), size))
    return result


def _coloured(drawing: str, colour: QColor) -> str:
    return drawing.replace("currentColor", colour.name())


def _drawn(drawing: str, size: int) -> QPixmap:
    """Draw an SVG; the same again is taken from Qt's store."""
    key, pixmap = f"{size} {drawing}", QPixmap()
    if QPixmapCache.find(key, pixmap):
        return pixmap
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter)
    painter.end()
    QPixmapCache.insert(key, pixmap)
    return pixmap
