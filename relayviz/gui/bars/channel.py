"""The row below the toolbar: a tab for each channel, its mode, and its history as a slider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)

from relayviz.gui.bars.fixed import FixedBar
from relayviz.gui.bars.tabs import LISTED_FROM, TabList, Tabs
from relayviz.gui.bars.toolbar import has_room, size_of
from relayviz.gui.breakon import HitNotice
from relayviz.gui.desk import commands
from relayviz.gui.look.glossary import explain
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.gui.widgets.fields import Segments
from relayviz.model.channel.config import Mode
from relayviz.model.engine.protocol import Can
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.actions import ActionSet
    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.catalogue import EngineKind
    from relayviz.model.engine.snapshot import Snapshot

SLIDER_WIDTH = 60  # at least
LEAST_LETTERS, LABEL_LETTERS = 14, 24
GAP = 14
ROW_SPACE = 18
NEWS, TAB_TIP = "▲ ", "A channel.  Ctrl+W closes it."  # something has happened to it
MODES = {Mode.NO_OVERWRITE: "1", Mode.OVERWRITE: "2"}


class ChannelBar(FixedBar):
    """Tabs at the left; mode, history and the switch between engines at the right."""

    def __init__(self, controller: Controller, actions: ActionSet, window: QMainWindow) -> None:
        super().__init__("Channels and history", "bar.channels", window)
        self._controller = controller
        self._has_history = True
        self._room: tuple[int, ...] = ()
        self.tabs = Tabs(self)
        self.list = TabList(controller, self)
        self.mode = Segments("mode", [(str(mode), _tip(mode)) for mode in MODES], self)
        self.mode.chosen.connect(self._set_mode)
        self.compare = QToolButton(self)
        self.compare.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName("History")
        self.slider.setToolTip("Go to any step of this branch")
        self.slider.setMinimumWidth(SLIDER_WIDTH)
        self.slider.setTracking(True)
        self._label = ElidedLabel(self)
        self._label.setObjectName("dim")
        letter = self.fontMetrics().averageCharWidth()
        self._label.setMinimumWidth(letter * LEAST_LETTERS)
        self._label.setMaximumWidth(letter * LABEL_LETTERS)
        self._kinds = {kind.name: kind for kind in controller.catalogue.kinds}
        tips = [(name, _kind_tip(kind, actions)) for name, kind in self._kinds.items()]
        self.engines = Segments("side", tips, self)
        self.engines.chosen.connect(self._show_engine)
        self.hit = HitNotice(controller, self)
        self._all = self._row()
        self.addWidget(self._all)
        self.tabs.currentChanged.connect(self._show_tab)
        self.slider.valueChanged.connect(self._seek)
        controller.tabs_changed.connect(self.show_tabs)
        controller.theme_changed.connect(self._fit_closers)
        self.fit_after(controller.theme_changed, self._fit_anew)
        controller.snapshot_changed.connect(self.show_snapshot)
        controller.running.changing_changed.connect(self._show_again)
        self.show_tabs()

    def _row(self) -> QWidget:
        row = QWidget(self)
        # as high without tabs: closing the last one moves nothing
        row.setMinimumHeight(self.fontMetrics().height() + ROW_SPACE)
        row.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)  # they have the room that their names need, if it is there
        layout.addWidget(self.list)
        layout.addWidget(self.hit, 40)
        layout.addStretch(1)
        layout.addWidget(self.compare)
        layout.addSpacing(GAP)
        layout.addWidget(self.mode)
        layout.addSpacing(GAP)
        layout.addWidget(self._label, 4)  # the slider gives way: its handle is seen at any width
        layout.addWidget(self.slider, 2)
        layout.addSpacing(GAP)
        layout.addWidget(self.engines)
        return row

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Leave out what has keys and is shown elsewhere, too, where there is no room for all."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit_anew(self) -> None:
        self._room = ()
        self._fit()

    def _fit(self) -> None:
        parts = (self.tabs, self.mode, self.engines)
        widths = (one.minimumSizeHint().width() for one in parts)
        room = (self.width(), self._has_history, self.list.isHidden(), *widths)
        if room == self._room:
            return
        self._room = room
        self._label.setVisible(self._has_history)
        self.slider.setVisible(self._has_history)
        for always in (self.compare, self.mode):
            always.show()
        for spared in (self._label, self.compare, self.mode, self.slider):
            if not has_room(self, size_of(self._all, least=True)):
                spared.hide()

    @Slot()
    def show_tabs(self) -> None:
        """Show a tab for each channel."""
        with QSignalBlocker(self.tabs):
            while self.tabs.count() > len(self._controller.tabs):
                self.tabs.removeTab(self.tabs.count() - 1)
            for place, tab in enumerate(self._controller.tabs):
                if place == self.tabs.count():
                    self.tabs.addTab(tab.title)
                    self.tabs.setTabButton(place, QTabBar.ButtonPosition.RightSide, self._closer())
                self.tabs.setTabText(place, f"{NEWS if tab.news else ''}{tab.title}")
                words = "\n".join(filter(None, (tab.title, tab.news, TAB_TIP)))
                self.tabs.setTabToolTip(place, words)
            self.tabs.setCurrentIndex(self._controller.current)
        self.list.setVisible(self.tabs.count() >= LISTED_FROM)
        self._fit()

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the mode, the place in the history if there is one, and the engine."""
        self.hit.show_snapshot(snapshot)
        can = self._controller.can
        has_history = not can.isdisjoint({Can.SEEK, Can.TAPE, Can.INSIDE})
        self.mode.show_choice(_mode(snapshot))
        is_open = snapshot is not None and not snapshot.closed
        self.mode.setEnabled(is_open and not can.isdisjoint({Can.STEP, Can.RUN}))
        self._has_history = has_history
        self._show_kinds(snapshot)
        self._fit()
        self.slider.setEnabled(snapshot is not None)
        if snapshot is None or not has_history:
            self._label.setText("")
            return
        with QSignalBlocker(self.slider):
            # who drags the handle is ahead of what is shown
            self.slider.setMaximum(snapshot.last_step)
            if not self.slider.isSliderDown():
                self.slider.setValue(snapshot.step)
        what = "record" if Can.TAPE in can else "step"
        words = f"{what} {grouped(snapshot.step)} of {grouped(snapshot.last_step)}"
        if snapshot.branch:
            words += f" · branch {snapshot.branch}"
        self._label.setText(words)
        self._label.setToolTip(words)
        self.slider.setAccessibleDescription(words)

    def _show_kinds(self, snapshot: Snapshot | None) -> None:
        """Show which engines the channel has or can have, and which of them is shown."""
        running = self._controller.running
        offered = {kind.name for kind in running.kinds}
        self.engines.offer(offered)
        shown = self._controller.catalogue[running.kind].name if snapshot is not None else ""
        self.engines.show_choice(shown)
        self.engines.setEnabled(snapshot is not None and not running.is_changing)
        self.engines.setVisible(snapshot is not None)  # without a channel none can be shown

    @Slot()
    def _show_again(self) -> None:
        self.show_snapshot(self._controller.snapshot)

    @Slot(str)
    def _show_engine(self, name: str) -> None:
        self._controller.running.show(self._kinds[name].id)

    @Slot(int)
    def _show_tab(self, place: int) -> None:
        self._controller.show_tab(place)

    def _closer(self) -> QToolButton:
        button = QToolButton(self.tabs)
        button.setObjectName("flat")
        button.setText("✕")
        button.setToolTip("Close this channel")
        button.setAccessibleName("Close this channel")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Ctrl+W does the same
        button.clicked.connect(self._close_tab)
        return button

    @Slot()
    def _fit_closers(self) -> None:
        """Give the buttons on tabs the size of their text: a tab bar does that once only."""
        right = QTabBar.ButtonPosition.RightSide
        for place in range(self.tabs.count()):
            if (button := self.tabs.tabButton(place, right)) is not None:
                button.adjustSize()
        self.tabs.updateGeometry()

    @Slot()
    def _close_tab(self) -> None:
        right = QTabBar.ButtonPosition.RightSide
        for place in range(self.tabs.count()):
            if self.tabs.tabButton(place, right) is self.sender():
                self._controller.close_tab(place)
                return

    @Slot(int)
    def _seek(self, step: int) -> None:
        commands.show_moment(self._controller, step)

    @Slot(str)
    def _set_mode(self, mode: str) -> None:
        commands.set_mode(Mode(mode))(self._controller)


def _mode(snapshot: Snapshot | None) -> str:
    """Return the mode that is shown as chosen; empty: there is none, or it is not known."""
    return "" if snapshot is None or not snapshot.knows("mode") else snapshot.mode.value


def _tip(mode: Mode) -> str:
    return f"{explain(mode)}  Key: {MODES[mode]}"


def _kind_tip(kind: EngineKind, actions: ActionSet) -> str:
    key = actions[f"engine.{kind.id}"].shortcut().toString()
    return f"{kind.tip}  Key: {key}" if key else kind.tip
