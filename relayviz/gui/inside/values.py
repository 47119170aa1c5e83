"""The item model of the fields that actors share: value, who changed it last, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.inside.colours import colour_of
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.gui.widgets.table import Index
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Scene, Value

HEADINGS = ("field", "value", "changed last by", "at step")
TIPS = (
    "A field of the buffer that is selected.",
    "Its value now.",
    "Who gave it this value. Writing the same value once more is no change.",
    "The step that did.",
)
FIELD, VALUE, WHO, STEP = range(4)
NOBODY = {FIELD: "", VALUE: "", WHO: "nobody", STEP: "at no step"}  # said of empty cells
NOWHERE = QModelIndex()


class ValuesModel(HeadedModel):
    """The fields of one buffer."""

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self._values: tuple[Value, ...] = ()
        self._names: tuple[str, ...] = ()
        self._snapshot: Snapshot | None = None

    def show(self, scene: Scene | None, snapshot: Snapshot | None, row: int) -> None:
        """Show the fields of a buffer; None: nothing."""
        values = () if scene is None else tuple(one for one in scene.values if one.row == row)
        self._names = () if scene is None else tuple(actor.name for actor in scene.actors)
        self._snapshot = snapshot
        if len(values) != len(self._values):
            self.beginResetModel()
            self._values = values
            self.endResetModel()
        elif values:
            self._values = values
            self.dataChanged.emit(self.index(0, 0), self.index(len(values) - 1, STEP))

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of fields."""
        return 0 if parent.isValid() else len(self._values)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text and colour of a cell."""
        if not index.isValid() or index.row() >= len(self._values):
            return None
        one = self._values[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            is_said = role == Qt.ItemDataRole.AccessibleTextRole
            return self._text(one, index.column()) or NOBODY[index.column()] * is_said
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(one, index.column())
        return None

    def _text(self, one: Value, column: int) -> str:
        if column == VALUE:
            return "blocked" if self._is_blocked(one) else grouped(one.value)
        if column == WHO:
            return one.actor
        if column == STEP:
            return str(one.step) if one.actor else ""
        return one.name

    def _is_blocked(self, one: Value) -> bool:
        """Return whether a value is no place in the sub-buffer but says that it is blocked."""
        shown = self._snapshot
        has_row = shown is not None and one.row < shown.rows
        return one.name == "offset" and has_row and shown is not None and shown.is_blocked(one.row)

    def _colour(self, one: Value, column: int) -> object:
        shown = theme.current()
        if column == WHO and one.actor in self._names:
            return colour_of(shown, self._names.index(one.actor))
        snapshot = self._snapshot
        is_new = snapshot is not None and bool(one.actor) and one.step == snapshot.step
        return shown[Role.TEXT_STRONG if is_new else Role.TEXT]
