"""The title bar of a dock: heading, a grey detail, and two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QToolButton

from relayviz.gui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

MARGIN = 6


class Heading(QFrame):
    """The title bar. It lets mouse events through: Qt drags and floats the dock by them."""

    def __init__(self, title: str, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dock-title")
        self._dock = dock
        name = QLabel(title.upper(), self)
        name.setObjectName("dock-title")
        self._detail = ElidedLabel(self)
        self._detail.setObjectName("dim")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGIN, 3, 2, 1)
        layout.addWidget(name)
        layout.addWidget(self._detail, 1)
        layout.addWidget(self._button("❐", f"Float {title}", self._float))
        layout.addWidget(self._button("✕", f"Hide {title}", self._hide))

    @Slot(str)
    def show_detail(self, text: str) -> None:
        """Show the grey text."""
        self._detail.setText(f"·  {text}" if text else "")
        self._detail.setToolTip(text)

    def _button(self, sign: str, tip: str, run: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("flat")
        button.setText(sign)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        # as in Qt's own title bars: Space floats no dock when Pause was meant
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(run)
        return button

    @Slot()
    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    @Slot()
    def _hide(self) -> None:
        self._dock.hide()
