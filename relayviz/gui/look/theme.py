"""Light and dark: colours and fonts by meaning, and the style of all widgets.

A theme is a file of colours (`resources/themes/NAME.toml`); `style.qss` beside it names them as
`{role}`. `ThemeSwitch` follows the desktop, or stays with what the user chose.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from relayviz.gui.look.resources import place, text
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Role", "Theme", "ThemeChoice", "ThemeSwitch", "current", "load"]

ThemeChoice = Literal["system", "light", "dark", "contrast"]
SMALL = 0.8  # of the usual size: keys below buttons
POINT_SIZE = 9.5
"""Of text, where nobody zooms."""
PLACE = re.compile(r"\{([a-z-]+)\}")
LENGTH = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, eq=False, slots=True)
class Theme:
    """One set of colours. `theme[Role.UNREAD]` is a QColor."""

    name: str
    colours: Mapping[Role, QColor]

    @property
    def dark(self) -> bool:
        """Whether text is light on dark."""
        return self.name != "light"

    def __getitem__(self, role: Role) -> QColor:
        return self.colours[role]

    def rgb(self, role: Role) -> int:
        """Return a colour as 0xffRRGGBB, the pixels of a QImage in Format_RGB32."""
        return int(self.colours[role].rgb())

    def font(self, size_delta: int = 0, *, bold: bool = False) -> QFont:
        """Return the desktop's font, larger or smaller by some points."""
        font = QApplication.font()
        font.setPointSizeF(max(6.0, font.pointSizeF() + size_delta))
        font.setBold(bold)
        return font

    @property
    def scale(self) -> float:
        """How large text is: 1 as designed."""
        return QApplication.font().pointSizeF() / POINT_SIZE

    def mono(self, size_delta: int = 0) -> QFont:
        """Return the desktop's fixed-width font, as large as font() would be."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(max(6.0, QApplication.font().pointSizeF() + size_delta))
        return font


@cache
def load(name: str) -> Theme:
    """Return a theme of resources/themes by its name.

    Raises:
        KeyError: The file lacks a role.
    """
    values = tomllib.loads(text("themes", f"{name}.toml"))
    return Theme(name, {role: QColor(values[role.value]) for role in Role})


def style_sheet(theme: Theme) -> str:
    """Return the style of all widgets in the theme's colours, with text as large as it is now."""

    def colour(found: re.Match[str]) -> str:
        return theme[Role(found[1])].name()

    def length(found: re.Match[str]) -> str:
        return f"{round(int(found[1]) * theme.scale)}px"

    small = max(6.0, QApplication.font().pointSizeF() * SMALL)
    sheet = text("themes", "style.qss").replace("{small}", f"{small:.1f}pt")
    sheet = sheet.replace("{arrows}", place("icons", "arrows"))
    return LENGTH.sub(length, PLACE.sub(colour, sheet))


def palette(theme: Theme) -> QPalette:
    """Return Qt's own palette in the theme's colours, for what the style leaves alone."""
    result = QPalette()
    for group, role in {
        QPalette.ColorRole.Window: Role.WINDOW,
        QPalette.ColorRole.WindowText: Role.TEXT,
        QPalette.ColorRole.Base: Role.PANEL,
        QPalette.ColorRole.AlternateBase: Role.WINDOW,
        QPalette.ColorRole.Text: Role.TEXT,
        QPalette.ColorRole.PlaceholderText: Role.TEXT_DIM,
        QPalette.ColorRole.Button: Role.BUTTON,
        QPalette.ColorRole.ButtonText: Role.TEXT,
        QPalette.ColorRole.BrightText: Role.TEXT_STRONG,
        QPalette.ColorRole.ToolTipBase: Role.BUTTON,
        QPalette.ColorRole.ToolTipText: Role.TEXT,
        QPalette.ColorRole.Highlight: Role.ACCENT,
        QPalette.ColorRole.HighlightedText: Role.ACCENT_TEXT,
        QPalette.ColorRole.Link: Role.ACCENT,
    }.items():
        result.setColor(group, theme[role])
    for group in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    ):
        result.setColor(QPalette.ColorGroup.Disabled, group, theme[Role.STALE])
    return result


class _Shown:
    """The theme that is on screen: there is one application, with one look."""

    name = "dark"


def current() -> Theme:
    """Return the theme that is on screen."""
    return load(_Shown.name)


class ThemeSwitch(QObject):
    """Applies a theme to the application.

    Signals:
        changed: Another theme is on screen now.
    """

    changed = Signal()

    def __init__(self, choice: ThemeChoice = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    @property
    def choice(self) -> ThemeChoice:
        """What the user chose."""
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Follow the desktop, or stay with one theme."""
        self._choice = choice
        self._apply()

    def enlarge(self, points: float) -> None:
        """Give all text another size, and tell whoever draws text."""
        font = QApplication.font()
        font.setPointSizeF(points)
        QApplication.setFont(font)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setStyleSheet("")  # what is polished anew takes the font over
        self._apply()

    @Slot()
    def _follow(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        _Shown.name = self._wanted()
        theme = current()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(palette(theme))
            sheet = style_sheet(theme)
            if application.styleSheet() != sheet:  # it polishes every widget there is
                application.setStyleSheet(sheet)
        self.changed.emit()

    def _wanted(self) -> str:
        if self._choice != "system":
            return self._choice
        light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        return "light" if light else "dark"
