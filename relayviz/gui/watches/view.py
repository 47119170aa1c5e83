"""The widget that plots the watches: a row for each, with the step shown as a line through all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from relayviz.gui.look.roles import Role
from relayviz.gui.watches.curve import Curve, binned, place
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.look.theme import Theme

LABEL, RIGHT, ROW, SPACE = 150.0, 52.0, 46.0, 6.0
Key = Qt.Key


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """A figure to plot.

    Attributes:
        text: The expression.
        values: Its value at each step of the branch; empty: it has none.
        problem: Why it has none.
    """

    text: str
    values: Curve
    problem: str = ""

    def at(self, step: int) -> str:
        """Return the value at a step in words."""
        if not 0 <= step < len(self.values):
            return "—"
        value = float(self.values[step])
        return grouped(int(value)) if value.is_integer() else f"{value:.3g}"


class WatchView(QWidget):
    """Curves over the steps of a branch. A click goes to a step; Del removes the chosen curve.

    Signals:
        sought: The user wants to see a step.  arg: its number.
        dropped: The user wants a watch away.  arg: its text.
    """

    sought = Signal(int)
    dropped = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._watches: tuple[Watch, ...] = ()
        self._step, self._last, self._chosen = 0, 0, 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Watches")

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.update()

    def show_watches(self, watches: Sequence[Watch], step: int, last: int) -> None:
        """Show figures, seen from a step of a branch that has `last` as its last."""
        self._watches, self._step, self._last = tuple(watches), step, last
        self._chosen = min(self._chosen, max(0, len(watches) - 1))
        self.setMinimumHeight(int(ROW * len(watches)))
        words = [f"{one.text} is {one.at(step)}" for one in self._watches]
        self.setAccessibleDescription(f"At step {step}: {', '.join(words)}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Room for all rows."""
        return QSize(int(LABEL * 2), int(ROW * max(1, len(self._watches))))

    # ---------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name
        """Draw the rows, then the step shown."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme[Role.PANEL])
            for row, watch in enumerate(self._watches):
                self._draw_row(painter, watch, row)
            if self._watches:
                x = self._x_of(self._step)
                painter.setPen(QPen(self._theme[Role.CURSOR], 1.0))
                painter.drawLine(QPointF(x, 0), QPointF(x, ROW * len(self._watches)))

    def _draw_row(self, painter: QPainter, watch: Watch, row: int) -> None:
        theme, top = self._theme, row * ROW
        box = QRectF(LABEL, top + SPACE / 2, self._width, ROW - SPACE)
        painter.fillRect(box, theme[Role.LANE])
        self._draw_words(painter, watch, row)
        if not len(watch.values):
            return
        low, high = float(np.nanmin(watch.values)), float(np.nanmax(watch.values))
        ratio = self.devicePixelRatioF()
        bins = binned(watch.values, max(1, int(self._width * ratio)))
        inner = (box.top() + 3, box.bottom() - 3)
        width = self._width / max(1, len(bins.low))
        points: list[QPointF] = []
        for column in range(len(bins.low)):  # a figure holds until the next step: no slopes
            left = LABEL + column * width
            for x, value in ((left, bins.low[column]), (left + width, bins.high[column])):
                points.append(QPointF(x, place(float(value), low, high, *inner)))
        painter.setPen(QPen(theme[Role.ACCENT], 1.0))
        painter.drawPolyline(QPolygonF(points))
        self._draw_scale(painter, box, low, high)

    def _draw_words(self, painter: QPainter, watch: Watch, row: int) -> None:
        theme = self._theme
        is_chosen = self.hasFocus() and row == self._chosen
        font = theme.mono(-1)
        metrics, middle = QFontMetricsF(font), row * ROW + ROW / 2
        text = metrics.elidedText(watch.text, Qt.TextElideMode.ElideRight, LABEL - 12)
        painter.setFont(font)
        painter.setPen(theme[Role.ACCENT if is_chosen else Role.TEXT])
        painter.drawText(QPointF(4, middle - 3), text)
        painter.setPen(theme[Role.ERROR if watch.problem else Role.TEXT_STRONG])
        value = watch.problem or watch.at(self._step)
        value = metrics.elidedText(value, Qt.TextElideMode.ElideRight, LABEL - 12)
        painter.drawText(QPointF(4, middle + metrics.ascent()), value)

    def _draw_scale(self, painter: QPainter, box: QRectF, low: float, high: float) -> None:
        painter.setFont(self._theme.font(-2))
        painter.setPen(self._theme[Role.TEXT_DIM])
        flags = Qt.AlignmentFlag.AlignLeft
        beside = QRectF(box.right() + 5, box.top(), RIGHT - 5, box.height())
        painter.drawText(beside, flags | Qt.AlignmentFlag.AlignTop, f"{high:.5g}")
        painter.drawText(beside, flags | Qt.AlignmentFlag.AlignBottom, f"{low:.5g}")

    # ---------------------------------------------------------------- pointer and keyboard

    @property
    def _width(self) -> float:
        return max(1.0, self.width() - LABEL - RIGHT)

    def _x_of(self, step: int) -> float:
        return LABEL + (step + 0.5) * self._width / (self._last + 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Choose a row; on its curve: go to the step."""
        at = event.position()
        self._chosen = min(max(0, int(at.y() / ROW)), max(0, len(self._watches) - 1))
        if at.x() >= LABEL and self._watches:
            step = int((at.x() - LABEL) / self._width * (self._last + 1))
            self.sought.emit(min(max(step, 0), self._last))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Up and down choose a row, left and right go a step, Del removes the row."""
        key = Key(event.key())
        if key in (Key.Key_Up, Key.Key_Down) and self._watches:
            by = 1 if key == Key.Key_Down else -1
            self._chosen = min(max(0, self._chosen + by), len(self._watches) - 1)
            self.update()
        elif key in (Key.Key_Left, Key.Key_Right):
            by = 1 if key == Key.Key_Right else -1
            self.sought.emit(min(max(self._step + by, 0), self._last))
        elif key in (Key.Key_Delete, Key.Key_Backspace) and self._watches:
            self.dropped.emit(self._watches[self._chosen].text)
        else:
            super().keyPressEvent(event)
