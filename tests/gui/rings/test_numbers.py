"""Numbers around rings: as many as there is room for; none reaches into the cell beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from relayviz.gui.look import theme
from relayviz.gui.rings.layout import arrange
from relayviz.gui.rings.marks import RingMarks

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF, Qt

RINGS = (610.0, 400.0)  # the dock in a window of 1280 × 800


class Noting(QPainter):
    """A painter that notes which words it draws, and from where to where they reach."""

    def __init__(self, image: QImage) -> None:
        super().__init__(image)
        self.reached: dict[str, tuple[float, float]] = {}

    def drawText(  # type: ignore[override]  # noqa: N802  Qt's name
        self, box: QRectF, _: Qt.AlignmentFlag, words: str
    ) -> None:
        half = QFontMetricsF(self.font()).horizontalAdvance(words) / 2
        self.reached[words] = (box.center().x() - half, box.center().x() + half)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("rows", [1, 2, 8, 15])
@pytest.mark.parametrize("n", [4, 64, 4096])
def test_no_number_reaches_into_the_next_cell(rows: int, n: int) -> None:
    layout = arrange(rows, *RINGS)
    image = QImage(64, 64, QImage.Format.Format_ARGB32)
    painter = Noting(image)
    middle = layout.cell(0).width / 2
    RingMarks(theme.current(), layout, 1.0).draw_numbers(painter, n, (middle, middle))
    painter.end()
    assert "0" in painter.reached
    for left, right in painter.reached.values():
        assert left >= 0
        assert right <= layout.cell(0).width
    if rows == 1:  # with room, all around
        assert {"0", str(n // 4), str(n // 2), str(3 * n // 4)} <= painter.reached.keys()


@pytest.mark.usefixtures("qapp")
def test_numbers_grow_with_the_rings_within_what_can_be_read() -> None:
    sizes = []
    for side in (150.0, 300.0, 320.0, 340.0, 2000.0):
        layout = arrange(1, side, side)
        marks = RingMarks(theme.current(), layout, 1.0)
        sizes.append(QFontMetricsF(marks._small_outside()).height())
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 2
