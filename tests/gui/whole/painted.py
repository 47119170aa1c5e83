"""What a widget paints itself, in lines: words and shapes, by colour, in their order."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QPoint, qVersion
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgGenerator

from tests.gui.whole.values import meaning

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

SVG = "{http://www.w3.org/2000/svg}"
PLACES = {
    "d",
    "points",
    "transform",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "width",
    "height",
}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
SHAPES = {"path", "rect", "polyline", "polygon", "circle", "ellipse", "line"}


def painted(widget: QWidget) -> list[str]:
    """Return lines about what a widget paints itself: words and shapes, by colour, in order.

    The last one stands for where all that is, to the pixel; it is another one with another Qt.
    """
    found, root = list[str](), drawing(widget)
    _shapes(root, {}, found)
    counted = [(line, len(list(same))) for line, same in groupby(found)]
    told = [line if many == 1 else f"{line} × {many}" for line, many in counted]
    return [*told, f"at {_places(root)} (Qt {qVersion()})"] if told else told


def drawing(widget: QWidget) -> ET.Element:
    """Return what a widget paints, as SVG."""
    buffer, generator = QBuffer(), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    with QPainter(generator) as painter:
        widget.render(painter, QPoint(0, 0))
    return ET.fromstring(buffer.data().data())  # noqa: S314  made just now


def _places(root: ET.Element) -> str:
    """Return a digest of all numbers that say where something is."""
    numbers = (
        str(round(float(number)))
        for element in root.iter()
        for name, value in element.attrib.items()
        if name in PLACES
        for number in NUMBER.findall(value)
    )
    return sha256(" ".join(numbers).encode()).hexdigest()[:8]


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
