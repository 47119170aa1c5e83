"""Drawing without a display: for commands that write pictures and open no window."""

from __future__ import annotations

import os

from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication


def application() -> QGuiApplication:
    """Return what Qt needs to know fonts; keep it as long as anything is drawn."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    existing = QGuiApplication.instance()
    return existing if isinstance(existing, QGuiApplication) else QApplication(["relayviz"])


def png_of(svg: str, scale: int) -> bytes:
    """Return an SVG as PNG.

    Args:
        svg: The document.
        scale: Pixels for each of its units.
    """
    drawing = QSvgRenderer(QByteArray(svg.encode()))
    image = QImage(drawing.defaultSize() * scale, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    drawing.render(painter)
    painter.end()
    return png_bytes(image)


def png_bytes(image: QImage) -> bytes:
    """Return the content of a PNG file."""
    inside = QBuffer()
    inside.open(QBuffer.OpenModeFlag.WriteOnly)
    QImageWriter(inside, QByteArray(b"png")).write(image)
    return bytes(inside.data().data())
