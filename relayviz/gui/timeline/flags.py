"""The line below the lanes: steps that have names, and where Run stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.noted import draw_in_turn
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from PySide6.QtGui import QHelpEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.lanes.steps import StepView
    from relayviz.model.session.session import Marker

REACH, SIGN, SPACE = 6.0, 9.0, 10.0  # pixels: of a click, of a flag, between two names
DOTS = 7.0  # the row of hits above the flags


class FlagStrip(QWidget):
    """A flag and a name for each marker, a dot for each hit; a click on a flag goes there."""

    def __init__(self, view: StepView, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self._view, self._controller = view, controller
        self._flags: list[Marker] = []
        self._hits = np.zeros(0, np.int64)
        self._key: object = None
        self.setAccessibleName("Named steps and hits of breakpoints")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.fontMetrics().height() + int(DOTS))
        self.setMouseTracking(True)
        view.installEventFilter(self)
        self.hide()

    def follow(self, view: StepView) -> None:
        """Stand below another view, whose steps stand where these do."""
        if view is not self._view:
            self._view.removeEventFilter(self)
            self._view = view
            view.installEventFilter(self)

    def hide_notes(self) -> None:
        """Show nothing, until show_notes is called again."""
        self._key = None
        self.hide()

    def show_notes(self, last_step: int) -> None:
        """Take over what is noted on the branch shown; of a long one less often."""
        notes = self._controller.notebook.notes
        if not notes.markers and not any(one.enabled for one in notes.breakpoints):
            self.hide_notes()
            return
        draw_in_turn(self._controller, self, self._take_over, last_step)

    def _take_over(self) -> None:
        notebook = self._controller.notebook
        columns, notes = notebook.columns(), notebook.notes
        if (columns, notes) == self._key:
            return
        self._key = (columns, notes)
        self._flags = notebook.markers_shown()
        found = [notebook.hits(one)[one.hits - 1 :] for one in notes.breakpoints if one.enabled]
        self._hits = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
        self.setVisible(bool(self._flags) or len(self._hits) > 0)
        words = [f"{one.name} at step {one.at.step}" for one in self._flags]
        self.setAccessibleDescription(", ".join([*words, plural(len(self._hits), "hit")]))
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Draw again when the lanes do: they may be zoomed."""
        if event.type() == QEvent.Type.Paint:
            self.update()
        return super().eventFilter(watched, event)

    def _x_of(self, step: int) -> float:
        return self._view.x_of(step)

    def _is_shown(self, step: int) -> bool:
        return self._view.range.has(step)

    # ---------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name
        """Draw dots, then flags over them."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_hits(painter)
            painter.setFont(themes.current().font(-2))
            free_from = 0.0
            for place, one in enumerate(self._flags):
                if self._is_shown(one.at.step):
                    after = self._flags[place + 1 :]
                    free_from = self._draw_flag(painter, one, free_from, after)

    def _draw_hits(self, painter: QPainter) -> None:
        shown = self._hits[(self._hits >= self._view.range.first)]
        shown = shown[shown <= self._view.range.last]
        columns = np.unique(
            np.round((shown - self._view.range.first + 0.5) * self._view.range.pixels)
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(themes.current()[Role.ERROR])
        for x in columns.tolist():
            painter.drawEllipse(QPointF(self._view.frame.label + x, DOTS / 2), 2.5, 2.5)

    def _draw_flag(
        self, painter: QPainter, one: Marker, free_from: float, after: list[Marker]
    ) -> float:
        """Draw a flag, and its name if there is room; return where the next name may begin."""
        theme, x, bottom = themes.current(), self._x_of(one.at.step), float(self.height())
        painter.setPen(QPen(theme[Role.CONSUMER_POSITION], 1.0))
        painter.drawLine(QPointF(x, DOTS), QPointF(x, bottom - 2))
        painter.setBrush(theme[Role.CONSUMER_POSITION])
        cloth = [QPointF(x, DOTS), QPointF(x + SIGN - 1, DOTS + 3.5), QPointF(x, DOTS + 7)]
        painter.drawPolygon(QPolygonF(cloth))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        left = max(x + SIGN + 2, free_from)
        end = min(
            [self._x_of(each.at.step) for each in after if self._is_shown(each.at.step)]
            or [self.width() - self._view.frame.right]
        )
        room = end - left - 4
        metrics = QFontMetricsF(painter.font())
        words = metrics.elidedText(one.name, Qt.TextElideMode.ElideRight, room)
        if room < metrics.averageCharWidth() * 3:
            return free_from
        painter.setPen(theme[Role.TEXT])
        box = QRectF(left, DOTS - 2, room, bottom - DOTS)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        return left + metrics.horizontalAdvance(words) + SPACE

    # ---------------------------------------------------------------- pointer

    def _at(self, x: float) -> Marker | None:
        near = [(abs(self._x_of(one.at.step) + SIGN / 2 - x), one) for one in self._flags]
        distance, one = min(near, key=lambda pair: pair[0], default=(REACH + 1, None))
        return one if distance <= REACH else None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Go to the step of a flag."""
        one = self._at(event.position().x())
        if one is not None:
            self._controller.seek(one.at.step)

    def event(self, event: QEvent) -> bool:
        """Say what a flag stands for."""
        if event.type() == QEvent.Type.ToolTip:
            helped: QHelpEvent = event  # type: ignore[assignment]
            one = self._at(float(helped.pos().x()))
            words = f"{one.name}: step {grouped(one.at.step)}" if one is not None else ""
            QToolTip.showText(helped.globalPos(), words, self)
            return True
        return super().event(event)
