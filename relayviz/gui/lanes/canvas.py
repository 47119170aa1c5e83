"""An image for lanes, and its pixels as an array to be coloured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.gui.look.theme import Theme


def canvas(lanes: int, width: int, height: int, theme: Theme) -> tuple[QImage, NDArray[np.uint32]]:
    """Return an empty image and its pixels, shape (lanes, height, width).

    Args:
        lanes: How many stand below each other.
        width: Columns.
        height: Pixels of a lane.
        theme: Gives the colour of what is empty.
    """
    image = QImage(max(width, 1), max(lanes * height, 1), QImage.Format.Format_RGB32)
    image.fill(theme[Role.PANEL])
    if not lanes or not width:
        return image, np.zeros((lanes, height, width), np.uint32)
    pixels = np.frombuffer(image.bits(), np.uint32).reshape(lanes, height, -1)
    return image, pixels[:, :, :width]
