"""The bar of the Compare window: through the history, which CPU, export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QComboBox, QLabel, QMenu, QSlider, QToolButton, QWidget

from relayviz.gui.bars.fixed import FixedBar
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.engine.protocol import SteppedEngine
    from relayviz.model.engine.snapshot import Snapshot

SLIDER_WIDTH = 120


class CompareBar(FixedBar):
    """Home, back, step, end, run; a slider; the CPU; export.

    Args:
        leader: What its buttons move through.
        parent: The window.

    Signals:
        cpu_chosen: arg: the CPU that shall be told about.
        export_wanted: arg: "png", "svg" or "html".
    """

    cpu_chosen = Signal(int)
    export_wanted = Signal(str)

    def __init__(self, leader: SteppedEngine, parent: QWidget) -> None:
        super().__init__("Compare", "bar.compare", parent)
        self.play = QAction("Run ▶▶", self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName("History of both channels")
        self.slider.setMinimumWidth(SLIDER_WIDTH)
        self.cpu = QComboBox(self)
        self.cpu.setAccessibleName("CPU that is told about")
        self.cpu.view().setAccessibleName("CPUs to choose from")
        self._words = QLabel(self)
        self._words.setObjectName("dim")
        self._build(leader)
        self.slider.valueChanged.connect(leader.seek)
        self.cpu.activated.connect(self._choose_cpu)

    def _build(self, leader: SteppedEngine) -> None:
        self._button("|◀", "Home: just after opening", ("Home",), leader.home)
        self._button("◀ Back", "One step back", ("Shift+F11", "Alt+Left"), leader.back)
        self._button("Step ▶", "One step on", ("F11", "Alt+Right"), leader.forward)
        self._button("▶|", "The newest step", ("End",), leader.end)
        self.play.setShortcut("F5")
        self.play.setToolTip("Go on step by step, or stop.  F5")
        self.addAction(self.play)
        self.addSeparator()
        self.addWidget(self.slider)
        self.addWidget(self._words)
        self.addWidget(_spacer(self))
        self.addWidget(self.cpu)
        self.addWidget(self._export_button())

    def _button(self, text: str, tip: str, keys: tuple[str, ...], run: Callable[[], None]) -> None:
        action = QAction(text, self)
        action.setToolTip(f"{tip}.  {keys[0]}")
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _=False: run())
        self.addAction(action)

    def _export_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText("Export ▾")
        button.setAccessibleName("Export")
        button.setToolTip("The picture as PNG or SVG, the session as a page with every step")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for text, kind in (
            ("Picture as PNG…", "png"),
            ("Picture as SVG…", "svg"),
            ("Page with every step (HTML)…", "html"),
        ):
            menu.addAction(text).triggered.connect(
                lambda _=False, kind=kind: self.export_wanted.emit(kind)
            )
        button.setMenu(menu)
        return button

    def show_snapshot(self, seen: Snapshot, cpu: int) -> None:
        """Show the place in the history, and which CPUs there are."""
        with QSignalBlocker(self.slider):
            self.slider.setMaximum(seen.last_step)
            if not self.slider.isSliderDown():
                self.slider.setValue(seen.step)
        self.show_words(f"step {grouped(seen.step)} of {grouped(seen.last_step)}")
        cpus = [int(one) for one in seen.buffers["cpu"]]
        if [self.cpu.itemData(place) for place in range(self.cpu.count())] != cpus:
            self.cpu.clear()
            for one in cpus:
                self.cpu.addItem(f"cpu {one}", one)
        self.cpu.setCurrentIndex(self.cpu.findData(cpu))

    def show_words(self, words: str) -> None:
        """Show a line beside the slider."""
        self._words.setText(f"  {words}")

    def show_playing(self, *, playing: bool) -> None:
        """Show whether it goes on by itself."""
        self.play.setText("Stop ◼" if playing else "Run ▶▶")

    @Slot(int)
    def _choose_cpu(self, place: int) -> None:
        self.cpu_chosen.emit(int(self.cpu.itemData(place)))


def _spacer(parent: QWidget) -> QWidget:
    widget = QWidget(parent)
    policy = widget.sizePolicy()
    policy.setHorizontalPolicy(policy.Policy.Expanding)
    widget.setSizePolicy(policy)
    return widget
