"""The view in the Breakpoints dock: the list, a field for conditions, a menu of all kinds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.breakpoints.model import HITS, WHAT, BreakpointsModel
from relayviz.gui.prompts.prompts import Prompt, Question, whole
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, rows_of
from relayviz.gui.widgets.noted import ExpressionField, NotedPanel
from relayviz.gui.widgets.table import Table
from relayviz.model.channel.operation import Kind
from relayviz.model.condition.breakpoint import ANSWERS, TITLES, Breakpoint, On
from relayviz.model.condition.language import ConditionError
from relayviz.model.condition.search import find
from relayviz.model.engine.protocol import Can
from relayviz.model.inside.condition import JUDGED
from relayviz.model.inside.grammar import KINDS
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot

EMPTY = (
    "Run (F5) stops at what stands here, Shift+F5 backwards.\n"
    "Type a condition such as lost > 2, or take one from Add."
)
INSIDE = (
    "Run (F5) goes to the next step at which what stands here holds, and to the probes that were "
    "clicked in Source; Shift+F5 backwards.\nTry destroyed > 0, or actor == 'irq'."
)
HINT = "Condition, such as ready[1] == n_subbufs"
MOST_HITS = 2**31
HITS_LETTERS = "1 000 000"


class BreakpointsPanel(NotedPanel):
    """What Run stops at. A double click, or Return, goes to the next hit of that one."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.model = BreakpointsModel(self.notebook)
        self.table = self._make_table()
        self._stack = Stack(self.table, EMPTY, self)
        self.field = ExpressionField("Condition to stop at", HINT, self)
        self.field.returnPressed.connect(self._add_condition)
        self.add = QToolButton(self)
        self.add.setText("Add ▾")
        self.add.setToolTip("Stop at something, on the CPU chosen in the toolbar or on all")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setMenu(QMenu(self))
        self.add.menu().aboutToShow.connect(self._list_kinds)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._stack, 1)

    def show_notes(self, snapshot: Snapshot | None) -> None:
        """Show the hits as seen from a state."""
        self.model.show(snapshot.step if snapshot is not None else -1)
        count = self.model.rowCount()
        self._stack.say(INSIDE if Can.INSIDE in self.controller.can else EMPTY)
        self._stack.show_content(count > 0)
        self.set_detail(plural(count, "breakpoint") if count else "")

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the lines."""
        del most
        return rows_of(self.table)

    @property
    def text_field(self) -> QWidget:
        """Where a condition is typed."""
        return self.field

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.table.apply_theme(shown)
        width = self.table.fontMetrics().horizontalAdvance(HITS_LETTERS)
        self.table.setColumnWidth(HITS, width)

    def _make_table(self) -> Table:
        table = Table("Breakpoints", self)
        table.setModel(self.model)
        table.horizontalHeader().setSectionResizeMode(WHAT, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().hide()
        table.activated.connect(self._go)
        self.offer_menus_on(table)
        remove = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), table)
        remove.setContext(Qt.ShortcutContext.WidgetShortcut)
        remove.activated.connect(self._remove)
        return table

    def menu_at(self, at: QPoint) -> QMenu | None:
        """Offer what can be done with the breakpoint there."""
        index = self.table.indexAt(self.table.viewport().mapFrom(self, at))
        return self.menu_of(index.row()) if index.isValid() else None

    def menu_of(self, row: int) -> QMenu:
        """Return the menu for a breakpoint: hit count, CPU, away with it."""
        menu = self.new_menu()
        one = self.model.at(row)
        if one is None:
            return menu

        def put(changed: Breakpoint | None) -> None:
            self.notebook.put_breakpoint(row, changed)

        menu.addAction("From which hit on…", lambda: self._ask_hits(row, one))
        cpu = self.controller.inputs.cpu
        menu.addAction(f"Only on cpu {cpu}", lambda: put(replace(one, cpu=cpu)))
        menu.addAction("On every CPU", lambda: put(replace(one, cpu=None)))
        menu.addAction("Remove", lambda: put(None))
        return menu

    def _ask_hits(self, row: int, one: Breakpoint) -> None:
        question = Question(
            "Stop from a hit on",
            f"{one.title}: stop from which hit on?",
            lambda _controller, text: whole(text, 1, MOST_HITS),
            lambda _controller, _text: "1: at every hit.",
            lambda _controller, text: self.notebook.put_breakpoint(
                row, replace(one, hits=int(text))
            ),
            lambda _controller: str(one.hits),
        )
        Prompt(question, self.controller, self).open()

    @Slot()
    def _list_kinds(self) -> None:
        """List all kinds that there are; what is taken from the menu is added at once."""
        menu, is_inside = self.add.menu(), Can.INSIDE in self.controller.can
        menu.clear()
        plain = [on for on in On if on not in (On.OPERATION, On.CALLBACK, On.WHEN)]
        for on in KINDS if is_inside else plain:
            if on is not On.WHEN:
                menu.addAction(TITLES[on], lambda on=on: self._add(on, ""))
        if is_inside:
            for name in JUDGED:
                menu.addAction(f"{name} > 0", lambda name=name: self._add(On.WHEN, f"{name} > 0"))
            return
        answers = menu.addMenu(TITLES[On.CALLBACK])
        for answer in ANSWERS:
            answers.addAction(answer, lambda answer=answer: self._add(On.CALLBACK, answer))
        operations = menu.addMenu(TITLES[On.OPERATION])
        for kind in Kind:
            if kind is not Kind.OPEN:
                operations.addAction(kind.value, lambda kind=kind: self._add(On.OPERATION, kind))

    def _add(self, on: On, what: str) -> None:
        inputs = self.controller.inputs
        cpu = None if inputs.all_cpus else inputs.cpu
        snapshot = self.controller.snapshot
        is_one = snapshot is not None and (snapshot.rows == 1 or snapshot.is_global)
        if is_one or on is On.WHEN:
            cpu = None
        self.notebook.add_breakpoint(Breakpoint(on, str(what), cpu))

    @Slot()
    def _add_condition(self) -> None:
        try:
            condition = self.notebook.condition(self.field.text())
        except ConditionError as error:
            self.field.mark_wrong(str(error))
            return
        self.notebook.add_breakpoint(Breakpoint(On.WHEN, condition.text))
        self.field.clear()

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        one, snapshot = self.model.at(index.row()), self.controller.snapshot
        if one is None or snapshot is None:
            return
        steps = self.notebook.hits(replace(one, enabled=True))
        found = find(steps, "next", snapshot.step)
        found = find(steps, "first") if found is None else found
        if found is not None:
            self.controller.seek(found)

    @Slot()
    def _remove(self) -> None:
        rows = {index.row() for index in self.table.selectionModel().selectedIndexes()}
        for row in sorted(rows, reverse=True):
            self.notebook.put_breakpoint(row, None)
