"""What a widget paints itself, in lines: words and shapes, by colour, in their order."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QPoint
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgGenerator

from tests.gui.whole.values import meaning

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"path", "rect", "polyline", "polygon", "circle", "ellipse", "line"}


def painted(widget: QWidget) -> list[str]:
    """Return lines about what a widget paints itself: words and shapes, by colour, in order."""
    buffer, generator = QBuffer(), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    with QPainter(generator) as painter:
        widget.render(painter, QPoint(0, 0))
    found: list[str] = []
    _shapes(ET.fromstring(buffer.data().data()), {}, found)  # noqa: S314  made just now
    counted = [(line, len(list(same))) for line, same in groupby(found)]
    return [line if many == 1 else f"{line} × {many}" for line, many in counted]


def _shapes(element: ET.Element, around: dict[str, str], found: list[str]) -> None:
    """Collect an element and those in it; what is not said there holds from around it."""
    here = {**around, **element.attrib}
    kind = element.tag.removeprefix(SVG)
    if kind == "text":
        words = "".join(element.itertext()).strip()
        bold = " bold" if here.get("font-weight", "400") not in ("400", "normal") else ""
        found.append(f"{words!r} {_ink(here, 'fill')}{bold}")
    elif kind == "image":
        found.append("image")
    elif kind in SHAPES:
        dashes = "" if here.get("stroke-dasharray", "none") == "none" else " dashed"
        line = _ink(here, "stroke")
        width = "" if line == "none" else f" {float(here.get('stroke-width', '1')):g}"
        found.append(f"{kind} fill {_ink(here, 'fill')} line {line}{width}{dashes}")
    for child in element:
        _shapes(child, here, found)


def _ink(told: dict[str, str], name: str) -> str:
    value = told.get(name, "none")
    if not value.startswith("#"):
        return "pattern" if value.startswith("url") else value
    colour = QColor(value)
    colour.setAlphaF(float(told.get(f"{name}-opacity", "1")))
    return meaning(colour)
