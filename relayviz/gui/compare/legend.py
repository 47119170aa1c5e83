"""What the colours and hatches of Compare's two strips mean: those that are there."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtWidgets import QLabel, QWidget

from relayviz.gui.fate.looks import LOOKS, swatch

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from relayviz.gui.look.theme import Theme
    from relayviz.model.compare.compare import Survival

SIZE = 11  # pixels of a swatch


class FateLegend(QLabel):
    """A swatch and a name for each fate of the events in A and B."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setObjectName("dim")
        self.setAccessibleName("What the colours of the strips mean")

    def show_survival(self, found: Survival, theme: Theme) -> None:
        """Show what the fates of some events look like."""
        there = int(np.bitwise_or.reduce(found.bits, axis=None)) if found.bits.size else 0
        self.setText(
            " &nbsp; ".join(
                f"{_picture(swatch(bit, theme.name, SIZE))}&nbsp;{escape(look.words)}"
                for bit, look in LOOKS.items()
                if there & bit
            )
        )
        self.setVisible(there != 0)


def _picture(image: QImage) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    data = buffer.data().toBase64().toStdString()
    return f'<img src="data:image/png;base64,{data}">'
