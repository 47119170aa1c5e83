"""The view in the Watches dock: the curves, and a field to add one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.watches.view import WatchView, number_of
from relayviz.gui.watches.watch import Watch
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Picture, Rows, near
from relayviz.gui.widgets.noted import ExpressionField, NotedPanel
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import Can
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.condition.columns import Columns
    from relayviz.model.engine.snapshot import Snapshot

EMPTY = "Figures that stand here are plotted over the steps.\nTry ready[0], lost or offset[cpu]."
INSIDE = "Figures that stand here are plotted over the steps.\nTry offset[0], destroyed or torn."
HINT = "Figure to watch, such as ready[0]"


class WatchesPanel(NotedPanel):
    """Expressions over the state, plotted along the branch shown."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self._known: dict[str, Watch] = {}
        self._columns_of: Columns | None = None
        self.view = WatchView(themes.current(), self)
        self.view.sought.connect(controller.seek)
        self.view.dropped.connect(self.notebook.remove_watch)
        self.view.row_chosen.connect(self._scroll_to)
        area = self._area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the curves take the keyboard
        area.setWidget(self.view)
        self._stack = Stack(area, EMPTY, self)
        self.field = ExpressionField("Figure to watch", HINT, self)
        self.field.returnPressed.connect(self._add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.field)
        layout.addWidget(self._stack, 1)

    def show_notes(self, snapshot: Snapshot | None) -> None:
        """Show the curves as seen from a state."""
        texts = self.notebook.notes.watches
        columns = self.notebook.columns()
        if columns is not self._columns_of:
            self._columns_of, self._known = columns, {}
        watches = [self._watch(text) for text in texts]
        self._stack.say(INSIDE if Can.INSIDE in self.controller.can else EMPTY)
        self._stack.show_content(bool(texts))
        self.set_detail(plural(len(texts), "figure") if texts else "")
        if snapshot is not None:
            self.view.show_watches(watches, snapshot.step, snapshot.last_step)

    @Slot(int)
    def _scroll_to(self, row: int) -> None:
        grid = self.view.grid()
        half = int(grid.lane / 2)
        self._area.ensureVisible(0, int(grid.top_of(row)) + half, 0, half)

    def _watch(self, text: str) -> Watch:
        if text not in self._known:
            none = np.zeros(0, np.float64)
            try:
                columns = self._columns_of
                found = none if columns is None else self.notebook.condition(text).over(columns)
                self._known[text] = Watch(text, found.astype(np.float64))
            except ConditionError as error:
                self._known[text] = Watch(text, none, str(error))
            except ValueError:
                self._known[text] = Watch(text, none, "a text cannot be plotted")
        return self._known[text]

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return the value of each figure at each step."""
        watches = [self._watch(text) for text in self.notebook.notes.watches]
        if not watches:
            return None
        count = max(len(one.values) for one in watches)
        steps = near(count, self.view.place, most)
        lines = (
            (step, *(one.values[step] if step < len(one.values) else None for one in watches))
            for step in steps
        )
        return Rows(["step", *(one.text for one in watches)], lines, count)

    def picture(self) -> Picture:
        """Return the curves, and below them their expressions, where they have room."""
        texts = self.notebook.notes.watches
        said = [f"{number_of(row)}: {text}" for row, text in enumerate(texts)]
        return Picture([self.view.drawing()] if texts else [], said)

    @property
    def text_field(self) -> QWidget:
        """Where a figure is typed."""
        return self.field

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        self.view.set_theme(shown)

    @Slot()
    def _add(self) -> None:
        try:
            self.notebook.add_watch(self.field.text())
        except ConditionError as error:
            self.field.mark_wrong(str(error))
            return
        self.field.clear()
