"""The view in the Reader's copy dock: what a reader has got, byte by byte, beside the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QComboBox, QHeaderView, QLabel, QVBoxLayout, QWidget

from relayviz.gui.inside import going
from relayviz.gui.inside.row import tell
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, rows_of
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.table import HeadedModel, Table
from relayviz.model.inside.acting import acting
from relayviz.model.inside.scene import NOBODY
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.widgets.table import Index
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Copy, Scene

EMPTY = "What a reader has got so far in its operation stands here, byte by byte."
HEADINGS = ("byte", "got", "of event", "age", "place", "in memory now", "of event")
TIPS = (
    "The number of the byte in what the reader has got.",
    "What the reader has got.",
    "The event whose byte that is.",
    "new: written after the reader had begun to copy. gone over: another event has it in memory.",
    "Where it came from: sub-buffer and byte in it.",
    "What stands at that place now.",
    "The event whose byte that is.",
)
NUMBER, GOT, OF, AGE, PLACE, NOW, NOW_OF = range(7)
NOWHERE = QModelIndex()
FEW = 4  # stretches that are told


class CopyModel(HeadedModel):
    """A row for each byte of a copy."""

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self._copy: Copy | None = None
        self._size = 1

    def show(self, copy: Copy | None, subbuf_size: int) -> None:
        """Show what a reader has got; None: nothing."""
        if copy is None and self._copy is None:
            return
        self.beginResetModel()
        self._copy, self._size = copy, subbuf_size
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of bytes."""
        return 0 if parent.isValid() or self._copy is None else len(self._copy.data)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text and colour of a cell."""
        copy, row = self._copy, index.row()
        if copy is None or not index.isValid() or row >= len(copy.data):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            is_said = role == Qt.ItemDataRole.AccessibleTextRole
            return self._text(copy, row, index.column()) or "as it was" * is_said
        if role == Qt.ItemDataRole.ForegroundRole:
            shown = theme.current()
            if copy.is_new[row] and index.column() in (GOT, OF, AGE):
                return shown[Role.ERROR]
            if copy.is_gone_over[row] and index.column() in (AGE, NOW, NOW_OF):
                return shown[Role.WARNING]
            return shown[Role.TEXT]
        return None

    def _text(self, copy: Copy, row: int, column: int) -> str:
        if column in (NOW, NOW_OF) and copy.place[row] < 0:
            return "?"
        return (
            lambda: str(row),
            lambda: f"{copy.data[row]:02x}",
            lambda: event_words(int(copy.ages[row])),
            lambda: age_words(copy, row),
            lambda: place_words(int(copy.place[row]), self._size),
            lambda: f"{copy.memory[row]:02x}",
            lambda: event_words(int(copy.now[row])),
        )[column]()


class CopyPanel(Panel):
    """What readers have got so far; a torn read is seen byte by byte."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.model = CopyModel()
        self.reader = QComboBox(self)
        self.reader.setAccessibleName("Reader")
        self.reader.view().setAccessibleName("Readers")
        self.reader.activated.connect(self._choose)
        self.says = QLabel(self)
        self.says.setWordWrap(True)
        self.says.setAccessibleName("What the reader has got")
        self.table = Table("Bytes that the reader has got", self)
        self.table.setModel(self.model)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        inner = QWidget(self)
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.reader)
        lines.addWidget(self.says)
        lines.addWidget(self.table, 1)
        self._stack = Stack(inner, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.show_content(False)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show what has been got up to a step."""
        engine = acting(self.controller.shown)
        scene = engine.scene if engine is not None and snapshot is not None else None
        copy = None if scene is None else self._copy(scene)
        self._stack.show_content(copy is not None)
        self.model.show(copy, 1 if snapshot is None else snapshot.subbuf_size)
        self.set_detail("" if copy is None else f"{copy.actor} · {plural(len(copy.data), 'byte')}")
        if copy is not None:
            tell(self.says, told(copy))
            self.table.horizontalHeader().resizeSections(QHeaderView.ResizeMode.ResizeToContents)

    def show_selection(self, row: int, index: int) -> None:
        """Follow another reader."""
        del row, index
        self.show_snapshot(self.controller.snapshot)

    def _copy(self, scene: Scene) -> Copy | None:
        """Return the copy of the actor that is followed, or the only one there is."""
        names = [one.actor for one in scene.copies]
        if [self.reader.itemText(at) for at in range(self.reader.count())] != names:
            self.reader.clear()
            self.reader.addItems(names)
        self.reader.setVisible(len(names) > 1)
        if not names:
            return None
        followed = going.chosen(self.controller, scene)
        if followed in names:
            self.reader.setCurrentText(followed)
        return scene.copies[max(self.reader.currentIndex(), 0)]

    @Slot()
    def _choose(self) -> None:
        going.choose(self.controller, self.reader.currentText())

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.table.apply_theme(shown)

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the bytes."""
        del most
        return rows_of(self.table)


def event_words(event: int) -> str:
    """Name the event of a byte."""
    return "none" if event == NOBODY else str(event)


def age_words(copy: Copy, row: int) -> str:
    """Say whether a byte is new, or gone over in memory."""
    if copy.place[row] < 0:
        return "not known"
    words = ["new"] if copy.is_new[row] else []
    words += ["gone over"] if copy.is_gone_over[row] else []
    return ", ".join(words)


def place_words(place: int, size: int) -> str:
    """Say where a byte came from."""
    return "?" if place < 0 else f"{place // size}:{place % size}"


def told(copy: Copy) -> str:
    """Say of which events the bytes are, which of them are new, and which are gone over."""
    parts = [
        f"{_range(first, end)} of {'no event' if event == NOBODY else f'event {event}'}"
        for first, end, event in _stretches(copy.ages)
    ]
    lines = [f"{copy.actor} has got {'; '.join(parts[:FEW])}{_more(len(parts))}."]
    if (new := copy.is_new).any():
        lines.append(f"New, written after it had begun to copy: {_ranges(new)}.")
    if (gone := copy.is_gone_over).any():
        lines.append(f"Gone over in memory since: {_ranges(gone)}.")
    return "\n".join(lines)


def _stretches(values: NDArray[np.uint32]) -> list[tuple[int, int, int]]:
    """Return runs of equal values: first, behind the last, value."""
    ends = [*(np.flatnonzero(np.diff(values)) + 1), len(values)]
    firsts = [0, *ends[:-1]]
    return [(int(a), int(b), int(values[a])) for a, b in zip(firsts, ends, strict=True) if b > a]


def _ranges(marked: NDArray[np.bool_]) -> str:
    found = [
        _range(first, end)
        for first, end, is_marked in _stretches(marked.astype(np.uint32))
        if is_marked
    ]
    return f"{', '.join(found[:FEW])}{_more(len(found))}"


def _more(stretches: int) -> str:
    left = stretches - FEW
    return f" and {plural(left, 'more stretch', 'more stretches')}" if left > 0 else ""


def _range(first: int, end: int) -> str:
    return f"byte {first}" if end == first + 1 else f"bytes {first} to {end - 1}"
