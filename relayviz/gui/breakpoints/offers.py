"""From data to a breakpoint or a watch: context menus on the counters and on the log."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QMenu

from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.log import LogPanel
from relayviz.model.channel.operation import ON_ONE_CPU
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.condition.columns import BUFFER_NAMES
from relayviz.model.condition.condition import Condition
from relayviz.model.history.facts import ACCOUNT_FIGURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QTableView

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.whatif.menu import WhatIf
    from relayviz.gui.widgets.panel import Panel
    from relayviz.model.history.history import Step

_ENTRIES = {**ACCOUNT_FIGURES, "attempted": "attempts"}


class Offers(QObject):
    """Puts the menus on the tables of the docks.

    Args:
        controller: What the menus act on.
        panels: What the docks of the window show, by their ids.
        what_if: Edits the past from the log's menu.
        parent: The window.
    """

    def __init__(
        self,
        controller: Controller,
        panels: Mapping[str, Panel],
        what_if: WhatIf,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller, self._what_if = controller, what_if
        counters, log = panels["counters"], panels["log"]
        if isinstance(counters, CountersPanel):
            self._offer(counters.table, partial(self._on_counter, counters))
        if isinstance(log, LogPanel):
            self._offer(log.table, partial(self._on_step, log))

    def _offer(self, table: QTableView, show: partial[None]) -> None:
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(show)

    def _on_counter(self, panel: CountersPanel, at: QPoint) -> None:
        index = panel.table.indexAt(at)
        snapshot = self._controller.snapshot
        if not index.isValid() or snapshot is None or self._controller.engine is None:
            return
        model = panel.table.model()
        name = figure_of(index.column())
        if not name:
            return
        row = index.row()
        if isinstance(model, QSortFilterProxyModel):
            row = model.mapToSource(index).row()
        menu = self.counter_menu(name, int(snapshot.buffers["cpu"][row]))
        menu.popup(panel.table.viewport().mapToGlobal(at))

    def counter_menu(self, name: str, cpu: int) -> QMenu:
        """Return the menu for a figure of a CPU's buffer."""
        notebook, figure = self._controller.notebook, f"{name}[{cpu}]"
        menu = QMenu(self.parent())  # type: ignore[arg-type]
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def stop(text: str) -> None:
            notebook.add_breakpoint(Breakpoint(On.WHEN, Condition(text).text))

        menu.addAction(f"Stop when {figure} changes", lambda: stop(f"changed({figure})"))
        columns, snapshot = notebook.columns(), self._controller.snapshot
        if columns is not None and snapshot is not None:
            now = columns.of(name, cpu)[snapshot.step]
            menu.addAction(f"Stop when {figure} == {now}", lambda: stop(f"{figure} == {now}"))
        menu.addAction(f"Watch {figure}", lambda: notebook.add_watch(figure))
        return menu

    def _on_step(self, panel: LogPanel, at: QPoint) -> None:
        step = panel.step_at(at)
        if step is not None and step.depth:
            self.step_menu(step).popup(panel.table.viewport().mapToGlobal(at))

    def step_menu(self, step: Step) -> QMenu:
        """Return the menu for a step of the log."""
        notebook, operation = self._controller.notebook, step.operation
        menu = QMenu(self.parent())  # type: ignore[arg-type]
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        kind = operation.kind.value
        everywhere = Breakpoint(On.OPERATION, kind)
        menu.addAction(f"Stop at each {kind}", lambda: notebook.add_breakpoint(everywhere))
        if operation.kind in ON_ONE_CPU:
            here = Breakpoint(On.OPERATION, kind, operation.cpu)
            menu.addAction(f"Stop at {here.title}", lambda: notebook.add_breakpoint(here))
        self._what_if.fill_menu(menu, step)
        return menu


def figure_of(column: int) -> str:
    """Return the name that conditions have for a column of the counters; empty: none."""
    if column >= len(COLUMNS):
        return ""
    shown = COLUMNS[column]
    field = shown.fields[0].removeprefix("account.") if len(shown.fields) == 1 else shown.heading
    is_entry = shown.fields[0].startswith("account.")
    name = _ENTRIES.get(field, field) if is_entry else field
    return name if name in BUFFER_NAMES else ""
