"""How the bytes of each kind look. Never by colour alone: hatch, bold and italics tell as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont

from relayviz.gui.look.roles import Role
from relayviz.model.ledger.events import Role as Part

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme

HATCH_ALPHA, CURRENT_ALPHA, SELECTED_ALPHA = 70, 46, 80


@dataclass(frozen=True, slots=True)
class Ink:
    """Colour and font of bytes, and what lies behind them."""

    colour: QColor
    font: QFont
    brush: QBrush | None = None


class Inks:
    """The inks of a theme.

    Attributes:
        font: Of offsets and plain bytes.
        current: Behind the event that the cursor is in.
        selected: Behind a selected range.
    """

    def __init__(self, theme: Theme) -> None:
        self.font = theme.mono()
        bold, italic = theme.mono(), theme.mono()
        bold.setBold(True)
        italic.setItalic(True)
        self.current = _faded(theme[Role.ACCENT], CURRENT_ALPHA)
        self.selected = _faded(theme[Role.SELECTION], SELECTED_ALPHA)
        self._events = (Ink(theme[Role.EVENT_A], self.font), Ink(theme[Role.EVENT_B], self.font))
        self._others = {
            Part.HEADER: Ink(theme[Role.HEADER], bold),
            Part.PADDING: Ink(theme[Role.PADDING], self.font, _hatch(theme[Role.PADDING])),
            Part.RESERVED: Ink(theme[Role.RESERVED], self.font, _hatch(theme[Role.RESERVED])),
            Part.STALE: Ink(theme[Role.STALE], italic),
            Part.FREE: Ink(_faded(theme[Role.STALE], 130), self.font),
        }

    def of(self, part: Part, position: int) -> Ink:
        """Return the ink of the region at a position: neighbours have alternating shades."""
        return self._events[position % 2] if part is Part.EVENT else self._others[part]


def _faded(colour: QColor, alpha: int) -> QColor:
    result = QColor(colour)
    result.setAlpha(alpha)
    return result


def _hatch(colour: QColor) -> QBrush:
    return QBrush(_faded(colour, HATCH_ALPHA), Qt.BrushStyle.BDiagPattern)
