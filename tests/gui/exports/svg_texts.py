"""The texts of an SVG with the boxes they take, and what is wrong with them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QTransform

SVG = "{http://www.w3.org/2000/svg}"
SLACK = 1.5  # pixels: fonts are measured in whole hints


@dataclass(frozen=True)
class Text:
    """Words, and the box they take on the page."""

    words: str
    box: QRectF


def _transform(told: str) -> QTransform:
    found = re.fullmatch(r"matrix\(([^)]*)\)", told.strip())
    if found is None:
        return QTransform()
    a, b, c, d, e, f = (float(each) for each in re.split(r"[ ,]+", found[1].strip()))
    return QTransform(a, b, c, d, e, f)


def _font(element: ET.Element) -> QFont:
    font = QFont(element.get("font-family", ""))
    font.setPixelSize(max(1, round(float(element.get("font-size", "12").removesuffix("px")))))
    font.setWeight(QFont.Weight(int(element.get("font-weight", "400"))))
    return font


def texts_of(svg: str) -> tuple[QRectF, list[Text]]:
    """Return the page, and all texts on it; measured with the fonts of this machine."""
    root = ET.fromstring(svg)  # noqa: S314  made just now
    x, y, width, height = (float(each) for each in root.get("viewBox", "").split())
    found: list[Text] = []

    def go(element: ET.Element, at: QTransform) -> None:
        at = _transform(element.get("transform", "")) * at
        if element.tag == f"{SVG}text":
            words = "".join(element.itertext()).strip("\n")
            metrics = QFontMetricsF(_font(element))
            left, base = float(element.get("x", "0")), float(element.get("y", "0"))
            box = metrics.tightBoundingRect(words).translated(left, base)
            if words.strip():
                found.append(Text(words.strip(), at.mapRect(box)))
        for child in element:
            go(child, at)

    go(root, QTransform())
    return QRectF(x, y, width, height), found


def cut(svg: str) -> list[str]:
    """The texts that reach beyond the page or were shortened."""
    page, texts = texts_of(svg)
    page = page.adjusted(-SLACK, -SLACK, SLACK, SLACK)
    return [each.words for each in texts if not page.contains(each.box) or each.words.endswith("…")]


def overlapping(svg: str) -> list[tuple[str, str]]:
    """The texts that lie over each other."""
    _, texts = texts_of(svg)
    found = []
    for place, one in enumerate(texts):
        box = one.box.adjusted(SLACK, SLACK, -SLACK, -SLACK)
        found += [
            (one.words, other.words)
            for other in texts[place + 1 :]
            if box.intersects(other.box.adjusted(SLACK, SLACK, -SLACK, -SLACK))
        ]
    return found
