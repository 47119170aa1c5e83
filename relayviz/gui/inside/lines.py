"""The item model behind the Source dock: a row for each line of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.inside.colours import faint
from relayviz.gui.inside.reaches import sign_of
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.inside.sources import source_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.gui.widgets.table import Index
    from relayviz.model.inside.scene import Scene
    from relayviz.model.inside.sources import Place

MARK, NUMBER, TEXT = range(3)
NOWHERE = QModelIndex()
BREAK = "●"


class SourceModel(HeadedModel):
    """Lines of a file, who stands there, and breakpoints.

    Attributes:
        file: Whose lines they are.
    """

    def __init__(self) -> None:
        super().__init__(("who", "line", "source"))
        self.file = ""
        self._lines: tuple[str, ...] = ()
        self._places: dict[tuple[str, int], Place] = {}
        self._who: dict[int, list[int]] = {}  # actors by line
        self._names: tuple[str, ...] = ()
        self._breakpoints: frozenset[tuple[str, int]] = frozenset()
        self._scene: Scene | None = None

    @property
    def longest(self) -> int:
        """The letters of the longest line."""
        return max(map(len, self._lines), default=0)

    def take(self, places: Iterable[Place]) -> None:
        """Take over where actors can stop."""
        self._places = {(place.file, place.line): place for place in places}

    def let_go(self) -> None:
        """Show nothing of a channel."""
        self.beginResetModel()
        self.file, self._lines, self._who, self._scene = "", (), {}, None
        self._breakpoints = frozenset()
        self.endResetModel()

    def open(self, file: str) -> None:
        """Show another file."""
        self.beginResetModel()
        self.file, self._lines = file, source_lines(file)
        self._stand()
        self.endResetModel()

    def show_scene(self, scene: Scene) -> None:
        """Show where everybody stands."""
        self._scene, self._breakpoints = scene, scene.breakpoints
        self._stand()
        if self._lines:
            last = self.index(len(self._lines) - 1, TEXT)
            self.dataChanged.emit(self.index(0, 0), last)

    def _stand(self) -> None:
        self._who = {}
        actors = self._scene.actors if self._scene is not None else ()
        self._names = tuple(actor.name for actor in actors)
        for number, actor in enumerate(actors):
            if actor.file == self.file and actor.line:
                self._who.setdefault(actor.line, []).append(number)

    def is_place(self, line: int) -> bool:
        """Return whether actors can stop in a line."""
        return (self.file, line) in self._places

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, tooltip and colours of a cell."""
        line = index.row() + 1
        if not index.isValid() or not 1 <= line <= len(self._lines):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                is_said = role == Qt.ItemDataRole.AccessibleTextRole
                return (self._spoken if is_said else self._text)(line, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(line)
            case Qt.ItemDataRole.BackgroundRole | Qt.ItemDataRole.ForegroundRole:
                return self._colour(line, index.column(), role)
        return None

    def _colour(self, line: int, column: int, role: int) -> object:
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.current()[self._role(line, column)]
        return faint(theme.current(), self._who[line][0]) if line in self._who else None

    def _text(self, line: int, column: int) -> str:
        if column == NUMBER:
            return str(line)
        if column == TEXT:
            return self._lines[line - 1]
        who = self._standing(line)
        has_room = len(who) <= 1
        return self._marked(line, who if has_room else map(sign_of, self._who[line]))

    def _marked(self, line: int, who: Iterable[str]) -> str:
        mark = BREAK if (self.file, line) in self._breakpoints else ""
        return " ".join([mark, *who]).strip()

    def _standing(self, line: int) -> list[str]:
        return [self._names[one] for one in self._who.get(line, ())]

    def _spoken(self, line: int, column: int) -> str:
        """Return what a screen reader says: it knows no mark, and nothing is said of no text."""
        is_mark = column == MARK
        text = self._marked(line, self._standing(line)) if is_mark else self._text(line, column)
        text = text.replace(BREAK, "breakpoint")
        return text.strip() or ("nobody" if column == MARK else "empty line")

    def _tip(self, line: int) -> str | None:
        place = self._places.get((self.file, line))
        if place is None:
            return None
        who = ", ".join(self._standing(line))
        here = f"Here: {who}.\n" if who else ""
        said = f"{here}{place.stop}: {place.sentence}\n"
        return f"{said}A click sets a breakpoint here, or takes it away."

    def _role(self, line: int, column: int) -> Role:
        if column == MARK:
            return Role.ERROR if (self.file, line) in self._breakpoints else Role.TEXT_STRONG
        is_dim = column == NUMBER or (self.is_place(line) and line not in self._who)
        return Role.TEXT_DIM if is_dim else Role.TEXT
