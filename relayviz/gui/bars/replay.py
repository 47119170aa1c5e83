"""The toolbar of a recording: play in both directions, at any speed, to any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from relayviz.gui.actions import ActionSet, Bar
from relayviz.gui.bars.fixed import FixedBar
from relayviz.gui.bars.toolbar import keyed_button, labelled
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.model.engine.playing import FRAME, played

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.playing import Marker

MOST = 2**31 - 1  # of a slider
PAGE = 1.0  # seconds
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)
USUAL = SPEEDS.index(1.0)
WIDEST = "0:00:00.00 of 0:00:00.00"


class TimeSlider(QSlider):
    """A slider in milliseconds, with a line where a marker is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName("Moment of the recording")
        self.setToolTip("The moment shown.  Keys: ← → a frame, Page a second, Home, End")
        self.setSingleStep(round(FRAME * 1000))
        self.setPageStep(round(PAGE * 1000))
        self.markers: tuple[Marker, ...] = ()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw the slider, and its markers over it."""
        super().paintEvent(event)
        if not self.markers or not self.maximum():
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        length = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        painter = QPainter(self)
        colour = theme.current()[Role.WARNING]
        room = self.width() - length
        for marker in self.markers:
            at = length / 2 + room * min(1.0, marker.time * 1000 / self.maximum())
            painter.fillRect(QRectF(at, 0, 2, 5), colour)


class ReplayBar(FixedBar):
    """Buttons, slider, speed and markers of the recording shown."""

    def __init__(self, controller: Controller, actions: ActionSet, window: QMainWindow) -> None:
        super().__init__("Recording", "bar.replay", window)
        self._controller, self._actions = controller, actions
        self.slider = TimeSlider(self)
        self.speed = QComboBox(self)
        self.speed.setAccessibleName("Speed")
        self.speed.view().setAccessibleName("Speeds to choose from")
        self.speed.setToolTip("Seconds of the recording that go by in one.")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(USUAL)
        self.clock = QLabel(self)
        self.clock.setAccessibleName("Time")
        self.clock.setMinimumWidth(self.clock.fontMetrics().horizontalAdvance(WIDEST))
        self.markers = QToolButton(self)
        self.markers.setText("Markers")
        self.markers.setToolTip("Go to a moment that was marked.")
        self.markers.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.markers.setMenu(QMenu(self.markers))
        self.addWidget(self._row())
        self.slider.valueChanged.connect(self._go)
        self.speed.activated.connect(self._change_speed)
        controller.snapshot_changed.connect(self.show_state)
        controller.tabs_changed.connect(self.show_state)

    def _row(self) -> QWidget:
        row = QWidget(self)
        row.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for action in self._actions.table:
            if action.bar is Bar.REPLAY:
                layout.addWidget(keyed_button(action, self._actions, row))
        layout.addWidget(labelled("speed", self.speed, row))
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.clock)
        layout.addWidget(self.markers)
        return row

    @property
    def chosen_speed(self) -> float:
        """The speed chosen, without a direction."""
        return float(self.speed.currentData())

    def toggle(self, direction: int) -> None:
        """Play forwards (1) or backwards (-1); what plays so already stops."""
        engine = played(self._controller.shown)
        if engine is None:
            return
        if engine.speed * direction > 0:
            engine.play(0.0)
            return
        first, last = 0.0, engine.length
        if direction > 0 and engine.at >= last:
            engine.go(first)  # from the beginning again
        engine.play(direction * self.chosen_speed)

    @Slot()
    def show_state(self) -> None:
        """Show where the recording stands."""
        engine = played(self._controller.shown)
        self.slider.setEnabled(engine is not None)
        if engine is None:
            self._show_markers(())
            return
        self.slider.blockSignals(True)
        self.slider.setMaximum(min(MOST, round(engine.length * 1000)))
        if not self.slider.isSliderDown():
            self.slider.setValue(round(engine.at * 1000))
        self.slider.blockSignals(False)
        self.clock.setText(f"{_time(engine.at)} of {_time(engine.length)}")
        self._show_markers(engine.markers)
        for name, direction, sign in (("play", 1, "▶ Play"), ("backwards", -1, "◀ Back")):
            is_on = engine.speed * direction > 0
            self._actions[f"replay.{name}"].setIconText("❚❚ Pause" if is_on else sign)

    def _show_markers(self, markers: tuple[Marker, ...]) -> None:
        self.markers.setEnabled(bool(markers))
        if markers == self.slider.markers:
            return
        self.slider.markers = markers
        self.slider.update()
        menu = self.markers.menu()
        menu.clear()
        for marker in markers:
            chosen = menu.addAction(f"{_time(marker.time)}  {marker.text[:80]}")
            chosen.setData(marker.time)
            chosen.triggered.connect(self._go_to_marker)

    @Slot()
    def _go_to_marker(self) -> None:
        engine, chosen = played(self._controller.shown), self.sender()
        if engine is not None and isinstance(chosen, QAction):
            engine.play(0.0)
            engine.go(float(chosen.data()))

    @Slot(int)
    def _go(self, milliseconds: int) -> None:
        engine = played(self._controller.shown)
        if engine is not None:
            engine.go(milliseconds / 1000)

    @Slot()
    def _change_speed(self) -> None:
        engine = played(self._controller.shown)
        if engine is not None and engine.speed:
            engine.play(self.chosen_speed if engine.speed > 0 else -self.chosen_speed)


def _time(seconds: float) -> str:
    """Return a time as people read it on a player."""
    minutes, rest = divmod(max(0.0, seconds), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:05.2f}" if hours else f"{minutes}:{rest:05.2f}"
