"""The view in the Watches dock: the curves, and a field to add one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.notice import Level
from relayviz.gui.watches.view import WatchView
from relayviz.gui.watches.watch import Watch
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.panel import Panel
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.language import ConditionError
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.condition.columns import Columns
    from relayviz.model.engine.snapshot import Snapshot

EMPTY = "Figures that stand here are plotted over the steps.\nTry ready[0], lost or offset[cpu]."
HINT = "Figure to watch, such as ready[0]"
OFTEN_MS, LONG = 400, 20_000  # from so many steps on it is drawn less often


class WatchesPanel(Panel):
    """Expressions over the state, plotted along the branch shown."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self._notebook = controller.notebook
        self._known: dict[str, Watch] = {}
        self._of: Columns | None = None
        self.view = WatchView(themes.current(), self)
        self.view.sought.connect(controller.seek)
        self.view.dropped.connect(self._notebook.remove_watch)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the curves take the keyboard
        area.setWidget(self.view)
        self._stack = Stack(area, EMPTY, self)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(HINT)
        self.field.setAccessibleName("Figure to watch")
        self.field.setToolTip("Return adds it. docs/conditions.md lists the names.")
        self.field.returnPressed.connect(self._add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.field)
        layout.addWidget(self._stack, 1)
        self._notebook.changed.connect(self._show_again)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the curves as seen from a state; not more often than one can read."""
        if snapshot is None or snapshot.last_step < LONG:
            self._show_again()
        else:
            self.controller.turns.ask(self, self._show_again, OFTEN_MS)

    @Slot()
    def _show_again(self) -> None:
        texts, snapshot = self._notebook.notes.watches, self.controller.snapshot
        columns = self._notebook.columns()
        if columns is not self._of:
            self._of, self._known = columns, {}
        watches = [self._watch(text) for text in texts]
        self._stack.show_content(bool(texts))
        self.set_detail(plural(len(texts), "figure") if texts else "")
        if snapshot is not None:
            self.view.show_watches(watches, snapshot.step, snapshot.last_step)

    def _watch(self, text: str) -> Watch:
        if text not in self._known:
            none = np.zeros(0, np.float64)
            try:
                found = none if self._of is None else Condition(text).over(self._of)
                self._known[text] = Watch(text, found.astype(np.float64))
            except ConditionError as error:
                self._known[text] = Watch(text, none, str(error))
            except ValueError:
                self._known[text] = Watch(text, none, "a text cannot be plotted")
        return self._known[text]

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        self.view.set_theme(shown)

    @Slot()
    def _add(self) -> None:
        try:
            self._notebook.add_watch(self.field.text())
        except ConditionError as error:
            self.controller.notify(str(error), Level.ERROR)
            return
        self.field.clear()
