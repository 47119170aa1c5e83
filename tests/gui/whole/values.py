"""Values of widgets in words that are the same everywhere."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QImage, QKeySequence, QPixmap
from PySide6.QtWidgets import QApplication

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable


def shown(value: object) -> str:
    """Return a value in words."""
    for kind, words in WORDS.items():
        if isinstance(value, kind):
            return words(value)
    return str(getattr(value, "name", value))


def meaning(colour: QColor) -> str:
    """Return what a colour means; the theme has the colours."""
    shown = theme.current()
    name = next((str(role) for role in Role if shown[role].rgb() == colour.rgb()), colour.name())
    return name if colour.alpha() == 255 else f"{name}/{colour.alpha()}"


def _text(value: str) -> str:
    words = re.sub(r"#[0-9a-f]{6}\b", lambda found: meaning(QColor(found[0])), value)
    return "“" + words.replace("\n", "\\n") + "”"


def _font(value: QFont) -> str:
    larger = value.pointSizeF() - QApplication.font().pointSizeF()
    told = (f"{larger:+.0f}", "bold" * value.bold(), "italic" * value.italic())
    return " ".join(one for one in told if one)


def _dots(value: QImage) -> str:
    across, down = range(value.width()), range(value.height())
    dots = Counter(meaning(value.pixelColor(x, y)) for x in across for y in down)
    return " and ".join(f"{many} of {name}" for name, many in sorted(dots.items()))


def _picture(value: QIcon | QPixmap) -> str:
    return "none" if value.isNull() else "yes"


WORDS: dict[type, Callable[..., str]] = {
    QColor: meaning,
    QBrush: lambda brush: meaning(brush.color()),
    QFont: _font,
    QImage: _dots,
    QIcon: _picture,
    QPixmap: _picture,
    QKeySequence: QKeySequence.toString,
    str: _text,
}
