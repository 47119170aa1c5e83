"""The view in the Log dock: follow, filter, click to go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QTimer, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from relayviz.gui.breakpoints.offers import offer_for_micro_step, offer_for_step
from relayviz.gui.log.filter import LogFilter
from relayviz.gui.log.model import BRANCH, LogModel
from relayviz.gui.log.seen import HEADINGS, SeenTable, clock
from relayviz.gui.log.shown import Shown
from relayviz.gui.log.table import LogTable
from relayviz.gui.widgets.empty import Filtered, Stack
from relayviz.gui.widgets.exported import Rows, near
from relayviz.gui.widgets.panel import Panel
from relayviz.model.inside.acting import acting
from relayviz.model.numbers import grouped, plural
from relayviz.model.why.why import Done

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.foreign import Seen
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History, Step
    from relayviz.model.why.why import Subject

EMPTY = (
    "Each operation leaves a line here.\n"
    "Open a channel first: Ctrl+N. A live one is stepped from where it stands: F11."
)
NOT_STEPPED = "This channel is only looked at: it has no steps."
LOW_LINES = 6  # of text: below that there is no line to filter by


class LogPanel(Panel):
    """All steps of all branches. A click, or Return, shows the channel as it was there."""

    live_interval_ms = 500

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.model = LogModel()
        self._shown = LogFilter(self.model, self)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText("Filter: part of an operation or its result")
        self.filter.setAccessibleName("Filter of the log")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.chosen = self._make_choice()
        self.table = self._make_table()
        self.found = Filtered(self.table, self._show_all, self)
        self._stack = Stack(self.found, EMPTY, self)
        self.seen = SeenTable(self)
        self._stack.addWidget(self.seen)
        self._seen: tuple[Seen, ...] = ()  # of a channel that is only looked at
        self._shown.looked.connect(self._tell_found)
        self._follow = QTimer(self)  # a table with new rows or columns is laid out a little later
        self._follow.setSingleShot(True)
        self._follow.setInterval(0)
        self._follow.timeout.connect(self._show_current)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.filter, 1)
        row.addWidget(self.chosen)
        layout.addLayout(row)
        layout.addWidget(self._stack, 1)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the history of the channel with its place in it."""
        source, history = self.controller.recorded, self._history
        fates = source.ledger.fates if source else None
        self.model.follow(history, snapshot, fates)
        self._stack.show_content(history is not None)
        is_foreign = snapshot is not None and snapshot.foreign is not None
        self._stack.say(NOT_STEPPED if is_foreign else EMPTY)
        self._show_seen(snapshot if history is None else None)
        if history is None or snapshot is None:
            self.set_detail(f"{plural(len(self._seen), 'thing')} seen" if self._seen else "")
            return
        branches = len(history.lines)
        self.set_detail(
            f"{plural(self.model.rowCount() - 1, 'step')}"
            + (f", {grouped(branches)} branches" if branches > 1 else "")
        )
        self.table.setColumnHidden(BRANCH, branches == 1)
        self._tell_found()
        self._follow.start()

    def _show_seen(self, snapshot: Snapshot | None) -> None:
        """Show what looks at a channel of others found, if they found something."""
        foreign = snapshot.foreign if snapshot is not None else None
        self._seen = foreign.seen if foreign is not None else ()
        self.seen.rows.show(self._seen)
        if self._seen:
            self._stack.setCurrentWidget(self.seen)
        self._offer_filter()

    @property
    def _history(self) -> History | None:
        """The steps that are listed; None: nothing is written down."""
        source, engine = self.controller.recorded, acting(self.controller.shown)
        if engine is not None:
            return engine.steps
        return source.history if source is not None else None

    @property
    def text_field(self) -> QWidget:
        """The filter."""
        return self.filter

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours; lines may be of another height."""
        self.table.apply_theme(shown)
        self.seen.apply_theme(shown)
        self._follow.start()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Keep the step shown in sight; where there is room for a row only, that goes first."""
        super().resizeEvent(event)
        self._offer_filter()
        self._follow.start()

    def _offer_filter(self) -> None:
        has_room = self.height() >= LOW_LINES * self.fontMetrics().height()
        is_filtered = bool(self.filter.text()) or self.model.shown is not Shown.ALL
        is_offered = (has_room or is_filtered) and not self._seen
        self.filter.setVisible(is_offered)
        self.chosen.setVisible(is_offered)

    def _make_choice(self) -> QComboBox:
        chosen = QComboBox(self)
        chosen.view().setAccessibleName("Lines to choose from")
        chosen.addItems(list(Shown))
        chosen.setAccessibleName("Lines of the log")
        chosen.setToolTip(
            "Callbacks are what the core calls of its client: create_buf_file, remove_buf_file and "
            "subbuf_start, with arguments and answer."
        )
        chosen.currentTextChanged.connect(self._choose)
        return chosen

    def _make_table(self) -> LogTable:
        table = LogTable("Log of operations", self)
        table.setModel(self._shown)
        table.setColumnHidden(BRANCH, True)
        table.clicked.connect(self._go)
        table.activated.connect(self._go)
        self.offer_menus_on(table)
        return table

    @Slot()
    def _show_current(self) -> None:
        self.table.fit()
        row = self._shown.mapFromSource(self.model.index(self.model.current_row, 0))
        if row.isValid():
            self.table.show_row(row)

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return the steps that the filter lets through."""
        shown, history = self._shown, self._history
        if history is None:
            seen = [(clock(one), one.text) for one in self._seen]
            return Rows(HEADINGS, seen, len(seen)) if seen else None
        count = shown.rowCount()
        at = shown.mapFromSource(self.model.index(self.model.current_row, 0)).row()
        steps = [
            shown.mapToSource(shown.index(row, 0)).row() if count < self.model.rowCount() else row
            for row in near(count, at, most)
        ]
        lines = (
            (
                step.depth,
                history.branches[step.branch].title,
                step.title(),
                step.result.words,
                "; ".join(call.told() for call in step.calls),
            )
            for step in map(self.model.step, steps)
            if step is not None
        )
        return Rows(("step", "branch", "operation", "result", "callbacks"), lines, count)

    def menu_at(self, at: QPoint) -> QMenu | None:
        """Offer what can be done with the step there."""
        index = self.table.indexAt(self.table.viewport().mapFrom(self, at))
        step = self._step_at(index)
        has_menu = step is not None and step.depth and self._history is not None
        menu = self.step_menu(step) if step is not None and has_menu else None
        if menu is not None and (subject := self._subject_of(index)) is not None:
            menu.addSeparator()
            self.offer_why(menu, subject)
        return menu

    def step_menu(self, step: Step) -> QMenu:
        """Return the menu for a step."""
        menu = self.new_menu()
        engine = acting(self.controller.shown)
        if engine is None:
            offer_for_step(menu, self.controller.notebook, step)
        else:
            offer_for_micro_step(menu, self.controller.notebook, engine, step)
        self.menu_made.emit(menu, step)
        return menu

    def subject(self) -> Subject | None:
        """Return what the step at the cursor did to an event; without a cursor the one shown."""
        index = self.table.currentIndex()
        if not self.table.selectionModel().hasSelection():  # Qt's own cursor stands at the first
            index = self._shown.mapFromSource(self.model.index(self.model.current_row, 0))
        return self._subject_of(index)

    def subject_at(self, at: QPoint) -> Subject | None:
        """Return what the step of the line at a point did to an event."""
        if not self.table.rect().contains(self.table.mapFrom(self, at)):
            return None  # on the filter above it
        return self._subject_of(self.table.indexAt(self.table.viewport().mapFrom(self, at)))

    def _subject_of(self, index: QModelIndex) -> Subject | None:
        """Return what can be asked about a line; None: no event had to do with its step."""
        step = self._step_at(index)
        if step is None or self.controller.recorded is None:
            return None
        return Done(step.id) if step.is_loss or step.event is not None else None

    def _step_at(self, index: QModelIndex) -> Step | None:
        return self.model.step(self._shown.mapToSource(index).row()) if index.isValid() else None

    @Slot(str)
    def _filter(self, text: str) -> None:
        self._shown.look_for(text)
        self._follow.start()

    def _show_all(self) -> None:
        self.filter.clear()
        self.chosen.setCurrentText(Shown.ALL)

    @Slot(str)
    def _choose(self, shown: str) -> None:
        self.model.show(Shown(shown))
        self._follow.start()

    @Slot()
    def _tell_found(self) -> None:
        """Say so when no step has the text; while they are looked through nothing is said."""
        text = self.filter.text()
        is_nothing = not self._shown.rowCount() and not self._shown.is_looking
        self.found.show_found(self._nothing(text) if is_nothing else "")

    def _nothing(self, text: str) -> str:
        if text:
            return f"No step has “{text}” in its line."
        return "No callback ran." if self.model.shown is Shown.CALLBACKS else ""

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        step = self._step_at(index)
        if step is not None and not self.model.is_current(step):
            self.controller.goto(step.id)
