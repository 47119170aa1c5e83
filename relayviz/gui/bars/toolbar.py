"""The toolbar: operations as buttons with their keys below, and their operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMainWindow,
    QMenu,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.actions import STEP_BARS, Action, ActionSet, Bar, Menu
from relayviz.gui.bars.fixed import FixedBar
from relayviz.gui.desk.inputs import MAX_LENGTH, room_for_an_event
from relayviz.gui.widgets.fields import NumberField
from relayviz.model.channel.config import MAX_CPUS
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.snapshot import Snapshot


BUTTON_SPACE = 11
GAP = 8
#: left out first where there is no room for all: they have menus and keys, CPU and bytes have none
SPARE = (
    *("op.reset", "op.fill", "op.mmap", "op.consume", "op.flush", "op.reserve"),
    *("run.home", "run.end", "run.run", "run.back", "run.forward"),
)


LENGTH_TIP = "Bytes of the next write, reserve, switch, read or splice."


class OperationBar(FixedBar):
    """History, writer's and reader's buttons, CPU and bytes.

    Signals:
        finished: A number was typed and Return pressed: the keyboard is wanted elsewhere.
    """

    finished = Signal()

    def __init__(self, controller: Controller, actions: ActionSet, window: QMainWindow) -> None:
        super().__init__("Operations", "bar.operations", window)
        self._controller = controller
        self._spare: dict[str, QAction] = {}
        for bar in STEP_BARS:
            for action in actions.table:
                if action.bar is bar:
                    made = self.addWidget(keyed_button(action, actions, self))
                    self._spare[action.id] = made
            if bar is Bar.READER:
                self.addWidget(_more_button(actions, self))
            self.addSeparator()
        self._make_operands()
        controller.inputs_changed.connect(self.show_inputs)
        controller.snapshot_changed.connect(self.show_snapshot)
        self.show_inputs()

    def _make_operands(self) -> None:
        self.cpu = NumberField("CPU", "The CPU that acts.  Keys: [ and ]", 0, MAX_CPUS - 1, self)
        self.length = NumberField("bytes", LENGTH_TIP, 0, MAX_LENGTH, self)
        self.all_cpus = QCheckBox("all CPUs", self)
        self.all_cpus.setToolTip("Do the next operations on every CPU on line.  Key: A")
        self.addWidget(labelled("CPU", self.cpu, self))
        self.addWidget(_captioned(self.all_cpus, "A", self))
        self.addWidget(labelled("bytes", self.length, self))
        self.cpu.valueChanged.connect(self._set_cpu)
        self.length.valueChanged.connect(self._set_length)
        self.all_cpus.clicked.connect(self._set_all)
        for field in (self.cpu, self.length):
            field.finished.connect(self.finished)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Leave out what is spared first, where there is no room for all."""
        super().resizeEvent(event)
        for name in SPARE:
            self._spare[name].setVisible(True)
        for name in SPARE:
            if self.sizeHint().width() <= event.size().width():
                return
            self._spare[name].setVisible(False)

    @Slot()
    def show_inputs(self) -> None:
        """Show the operands."""
        inputs = self._controller.inputs
        self.cpu.show_value(inputs.cpu)
        self.length.show_value(inputs.length)
        self._show_fit()
        self.all_cpus.setChecked(inputs.all_cpus)
        self.cpu.setEnabled(not inputs.all_cpus)

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Take the channel's number of CPUs over, and its sub-buffers' size."""
        if snapshot is not None and self.cpu.maximum() != snapshot.cpus - 1:
            self.cpu.setMaximum(snapshot.cpus - 1)
        self._show_fit()

    def _show_fit(self) -> None:
        """Say so where no event of this size can be stored."""
        snapshot, length = self._controller.snapshot, self._controller.inputs.length
        words = ""
        if snapshot is not None and snapshot.foreign is None:
            room = room_for_an_event(snapshot.config)
            if length > room:
                has = f"a sub-buffer has room for at most {grouped(room)} B"
                words = f"An event of {grouped(length)} B is too big: {has}."
        if words != self.length.accessibleDescription():
            self.length.setAccessibleDescription(words)
            self.length.setToolTip(f"{LENGTH_TIP}\n{words}".strip())
            self.length.mark(wrong=bool(words))

    @Slot(int)
    def _set_cpu(self, cpu: int) -> None:
        self._controller.set_inputs(cpu=cpu)

    @Slot(int)
    def _set_length(self, length: int) -> None:
        self._controller.set_inputs(length=length)

    @Slot(bool)
    def _set_all(self, everywhere: bool) -> None:
        self._controller.set_inputs(all_cpus=everywhere)


def size_of(row: QWidget, *, least: bool = False) -> int:
    """Return the width that the row of a bar would have, or its least, also before it is shown."""
    layout = row.layout()
    if layout is None:
        return 0
    for part in row.findChildren(QWidget):
        part.updateGeometry()  # Qt does not, when something in a hidden row changes
    for inner in (*row.findChildren(QLayout), layout):
        inner.invalidate()
    return (layout.totalMinimumSize() if least else layout.totalSizeHint()).width()


def has_room(bar: QToolBar, width: int) -> bool:
    """Whether a bar has room for so wide a row."""
    layout = bar.layout()
    margins = layout.contentsMargins() if layout is not None else bar.contentsMargins()
    return width + margins.left() + margins.right() <= bar.width()


def keyed_button(action: Action, actions: ActionSet, parent: QWidget) -> QWidget:
    """Return a button with its key written below."""
    button = QToolButton(parent)
    button.setDefaultAction(actions[action.id])
    button.setObjectName(f"button.{action.id}")
    button.setAccessibleName(action.name)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    icon_only = action.id in ("run.home", "run.end")
    style = Qt.ToolButtonStyle
    button.setToolButtonStyle(style.ToolButtonIconOnly if icon_only else style.ToolButtonTextOnly)
    if action.id in ("run.back", "run.forward"):
        button.setToolButtonStyle(style.ToolButtonTextBesideIcon)
    return _captioned(button, action.key_name, parent)


def labelled(text: str, field: QWidget, parent: QWidget) -> QWidget:
    """Return a field with its name at the left."""
    holder = _Captioned("", parent)
    label = QLabel(text, holder)
    label.setObjectName("dim")
    holder.row.setSpacing(5)
    holder.row.setContentsMargins(GAP, 0, 0, 0)
    holder.put(label, field)
    return holder


def _captioned(widget: QWidget, caption: str, parent: QWidget) -> QWidget:
    holder = _Captioned(caption, parent)
    holder.put(widget)
    return holder


class _Captioned(QWidget):
    """Widgets with a line of small text below, so that all of a bar stand at one height."""

    def __init__(self, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._widgets: tuple[QWidget, ...] = ()
        key = QLabel(caption, self)
        key.setObjectName("key")
        key.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.row = QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(1)
        column.addLayout(self.row)
        column.addWidget(key)

    def put(self, *widgets: QWidget) -> None:
        """Take what stands above the line."""
        self._widgets = widgets
        for widget in widgets:
            self.row.addWidget(widget)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Be as high as text asks for."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "row"):
            self._fit()

    def _fit(self) -> None:
        height = self.fontMetrics().height() + BUTTON_SPACE
        for widget in self._widgets:
            widget.setMinimumHeight(height)


def _more_button(actions: ActionSet, parent: QWidget) -> QWidget:
    """Return the button for what a consumer can do and what has no button of its own."""
    button = QToolButton(parent)
    button.setText("▾")
    button.setToolTip("More for consumers: poll, splice, files, mappings")
    button.setAccessibleName("More for consumers")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    menu = QMenu(button)
    for action in actions.table:
        if action.menu is Menu.CONSUMER and action.bar is None:
            menu.addAction(actions[action.id])
    button.setMenu(menu)
    return _captioned(button, "", parent)
