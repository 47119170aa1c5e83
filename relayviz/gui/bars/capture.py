"""The row below the tabs while a capture is shown: its sizes, and how much of it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from relayviz.gui.bars.fixed import FixedBar
from relayviz.gui.notice import Level
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.model.capture.sizes import sizes_of
from relayviz.model.engine.taped import taped

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.capture.sizes import Sizes
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.engine.taped import TapedEngine

LOOK_MS = 100
BAR_LETTERS = 16
SIZES_TIP = (
    "Sub-buffers of the channel that wrote the capture, such as 4Kx8: a capture does not hold them."
    " Borders and padding are given back as they were if nobody flushed."
)


class CaptureBar(FixedBar):
    """Sizes to choose from or to type, with the evidence; progress and a button to stop."""

    def __init__(self, controller: Controller, window: QMainWindow) -> None:
        super().__init__("Capture", "bar.capture", window)
        self._controller = controller
        self._shown: tuple[TapedEngine, Sizes, tuple[Sizes, ...]] | None = None
        self.sizes = QComboBox(self)
        self.sizes.setEditable(True)
        self.sizes.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.sizes.setAccessibleName("Sub-buffers of the channel")
        self.sizes.view().setAccessibleName("Sizes to choose from")
        self.sizes.setToolTip(SIZES_TIP)
        self.sizes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.why = ElidedLabel(self)
        self.why.setObjectName("dim")
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName("Read of the capture")
        self.progress.setMaximumWidth(self.fontMetrics().averageCharWidth() * BAR_LETTERS)
        self.stop = QPushButton("Stop reading", self)
        self.stop.setToolTip("Read no more of the files. What is shown stays.")
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.addWidget(self._row())
        self.sizes.activated.connect(self._choose)
        line = self.sizes.lineEdit()
        if line is not None:
            line.setAccessibleName(self.sizes.accessibleName())
            line.returnPressed.connect(self._choose)
        self.stop.clicked.connect(self._stop)
        controller.tabs_changed.connect(self._show_again)
        controller.snapshot_changed.connect(self.show_snapshot)
        self.hide()

    def _row(self) -> QWidget:
        row = QWidget(self)
        row.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        label = QLabel("Sub-&buffers:", row)
        label.setBuddy(self.sizes)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.sizes)
        layout.addWidget(self.why, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self.stop)
        return row

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the sizes that the rings are laid out with."""
        engine = taped(self._controller.shown)
        self.setVisible(engine is not None)
        if engine is None or snapshot is None:
            self._shown = None
            self._timer.stop()
            return
        now = (engine, engine.sizes, engine.offers)
        if now != self._shown:
            self._shown = now
            self._offer(engine)
        if engine.progress < 1:
            self._timer.start()
        self._look()

    def _offer(self, engine: TapedEngine) -> None:
        self.sizes.clear()
        for one in engine.offers:
            self.sizes.addItem(one.words)
        self.sizes.setEditText(engine.sizes.words)
        metrics = self.sizes.fontMetrics()  # Qt leaves out what is beside the ink of a text
        wide = metrics.horizontalAdvance(engine.sizes.words) // metrics.horizontalAdvance("X")
        self.sizes.setMinimumContentsLength(wide + 1)
        self.why.setText(engine.sizes.why)
        self.why.setToolTip("\n".join(f"{one.words}: {one.why}" for one in engine.offers))
        self.sizes.setAccessibleDescription(engine.sizes.why)

    @Slot()
    def _show_again(self) -> None:
        self.show_snapshot(self._controller.snapshot)

    @Slot()
    def _look(self) -> None:
        """Show how much is read."""
        engine = taped(self._controller.shown)
        done = 1.0 if engine is None else engine.progress
        self.progress.setValue(int(done * 100))
        for widget in (self.progress, self.stop):
            widget.setVisible(done < 1)
        if done >= 1:
            self._timer.stop()

    @Slot()
    def _choose(self) -> None:
        """Lay the rings out with the sizes that are chosen or typed."""
        engine = taped(self._controller.shown)
        if engine is None:
            return
        text = self.sizes.currentText()
        chosen = next((one for one in engine.offers if one.words == text), None)
        try:
            engine.set_sizes(chosen or sizes_of(text))
        except ValueError as error:
            self._controller.notify(f"Sub-buffers: {error}", Level.ERROR)
            self.sizes.setEditText(engine.sizes.words)

    @Slot()
    def _stop(self) -> None:
        engine = taped(self._controller.shown)
        if engine is not None:
            engine.stop_reading()
