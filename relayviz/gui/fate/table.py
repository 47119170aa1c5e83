"""The item model behind the table of events. Filter and order are numpy's, not row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.fate.looks import is_loss, swatch, words_of
from relayviz.gui.fate.sentences import all_words, event_words
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.ledger.lane import NEVER
from relayviz.model.ledger.seen import Seen
from relayviz.model.ledger.words import fate_words
from relayviz.model.numbers import grouped
from relayviz.model.plain import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.gui.widgets.table import Index
    from relayviz.model.ledger.fate import EventFate, FateIndex

EVENT, CPU, LENGTH, STEP, FATE, DECIDED, SUBBUF, LAP, START, SEEN = range(10)
HEADINGS = (
    "event",
    "cpu",
    "bytes",
    "tried at",
    "fate",
    "decided at",
    "sub-b.",
    "lap",
    "from",
    "readers got",
)
TIPS = (
    "The number of the event in the session.",
    "The CPU that wrote it.",
    "Bytes of the event.",
    "The step that tried to store it.",
    "What became of it up to the step shown.",
    "The step that decided that; a click goes there.",
    "The sub-buffer it was put into; empty: it was never stored.",
    "How many sub-buffers had been begun before that one since open or reset.",
    "Its first byte, from the start of the sub-buffer.",
    "What read and splice delivered of it, all descriptors together.",
)
NOWHERE = QModelIndex()
SWATCH = 11
SEEN_WORDS = {
    Seen.WHOLE: "delivered",
    Seen.PART: "a part so far",
    Seen.TWICE: "twice",
    Seen.TORN: "torn",
    Seen.UNWRITTEN: "before it was written",
    Seen.SKIPPED: "skipped: reader lapped",
}


def seen_words(seen: int) -> str:
    """Return what readers got of an event."""
    return ", ".join(words for flag, words in SEEN_WORDS.items() if seen & flag)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events the table shows.

    Attributes:
        bits: Those of these fates, 1 << fate; UNFILLED too.
        text: An event's number, "cpu 2", "step 120", or part of a fate's name; empty: all.
        buffer: Those of this buffer; None: of every one.
    """

    bits: int = 0xFFFF
    text: str = ""
    buffer: int | None = None


class FateTable(HeadedModel):
    """A row for each event that passes the filter."""

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self._index: FateIndex | None = None
        self._step = 0
        self._filter = Filter()
        self._order = (EVENT, Qt.SortOrder.AscendingOrder)
        self._buffers: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self._seen: NDArray[np.int64] = np.zeros(0, np.int64)

    # ---------------------------------------------------------------- what is shown

    def show(self, index: FateIndex | None, step: int, chosen: Filter) -> None:
        """Show the events of a branch as they were at a step."""
        self.beginResetModel()
        self._index, self._step, self._filter = index, step, chosen
        self._collect()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column."""
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        self._collect()
        self.layoutChanged.emit()

    def event(self, row: int) -> EventFate | None:  # type: ignore[override]
        """Return the event of a row."""
        if self._index is None or not 0 <= row < len(self._rows):
            return None
        return self._index.at(int(self._buffers[row]), int(self._rows[row]), self._step)

    def frozen(self) -> FateTable:
        """Return a copy that stays as it is now."""
        result = FateTable()
        result._index = self._index.frozen() if self._index is not None else None
        result._step, result._rows = self._step, self._rows
        result._buffers, result._seen = self._buffers, self._seen
        return result

    def row_of(self, buffer: int, row: int) -> int | None:
        """Return where an event is in the table; None: it does not pass the filter."""
        found = np.flatnonzero((self._buffers == buffer) & (self._rows == row))
        return int(found[0]) if len(found) else None

    def seen(self, row: int) -> int:
        """Return what readers got of the event of a row, as flags of Seen."""
        return int(self._seen[row])

    def _collect(self) -> None:
        parts = list(self._parts())
        nothing: NDArray[np.int64] = np.zeros(0, np.int64)
        columns = [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else None
        self._buffers, self._rows, self._seen, keys = columns or [nothing] * 4
        order = np.argsort(keys, kind="stable")
        if self._order[1] == Qt.SortOrder.DescendingOrder:
            order = order[::-1]
        self._buffers, self._rows, self._seen = (
            one[order] for one in (self._buffers, self._rows, self._seen)
        )

    def _parts(self) -> Iterator[tuple[NDArray[np.int64], ...]]:
        """Give of each buffer: its number, the rows that pass, what readers got, the sort keys."""
        index, wanted = self._index, self._filter
        if index is None:
            return
        for buffer in index.buffers:
            if wanted.buffer is not None and buffer != wanted.buffer:
                continue
            lane = index.lane(buffer)
            count = lane.rows_at(self._step)
            data, fates = lane.rows[:count], lane.fates(self._step)
            mask = lane.bits(self._step, 0, count) & np.uint16(wanted.bits) != 0
            rows = np.flatnonzero(mask & _matching(data, fates, wanted.text, self._step))
            readers = [one for one in index.readers.at(self._step) if one.buffer == buffer]
            seen = index.readers.seen(readers, lane, self._step)[rows].astype(np.int64)
            keys = self._keys(data[rows], fates[rows], seen)
            yield np.full(len(rows), buffer, np.int64), rows, seen, keys

    def _keys(
        self, data: NDArray[np.void], fates: NDArray[np.uint8], seen: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return what rows are ordered by."""
        column = self._order[0]
        if column == SEEN:
            return seen
        if column == FATE:
            return fates.astype(np.int64)
        if column == SUBBUF:
            lanes = data["serial"].astype(np.int64)
            return np.where(lanes < 0, -1, lanes % max(self._n_subbufs, 1))
        names = {EVENT: "event", CPU: "cpu", LENGTH: "length", STEP: "step", DECIDED: "decided"}
        names |= {LAP: "serial", START: "start"}
        keys = data[names[column]].astype(np.int64)
        return np.where(keys > self._step, NEVER, keys) if column == DECIDED else keys

    @property
    def _n_subbufs(self) -> int:
        return self._index.config.n_subbufs if self._index is not None else 1

    # ---------------------------------------------------------------- for the view

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of events that pass the filter."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, tooltip, sign and colour of a cell."""
        event = self.event(index.row()) if index.isValid() else None
        if event is None:
            return None
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.texts(event, self.seen(index.row()))[column]
            case Qt.ItemDataRole.ToolTipRole:
                return self._told(event)
            case Qt.ItemDataRole.DecorationRole if column == FATE:
                return swatch(1 << event.fate, theme.current().name, SWATCH)
        return self._look(event, column, role)

    def _told(self, event: EventFate) -> str:
        """Return all that there is to say of an event, in lines."""
        if self._index is None:
            return event_words(event, ()).replace(" · ", "\n")
        return all_words(self._index, event, self._step).replace(" · ", "\n")

    def _look(self, event: EventFate, column: int, role: int) -> object:
        if role == Qt.ItemDataRole.ForegroundRole:
            is_bad = is_loss(event.fate) and column in (FATE, DECIDED)
            return theme.current()[Role.ERROR if is_bad else Role.TEXT]
        if role == Qt.ItemDataRole.FontRole and column not in (FATE, SEEN):
            return theme.current().mono()
        return None

    def texts(self, event: EventFate, seen: int) -> tuple[str, ...]:
        """Return the cells of an event."""
        lap, index, start = event.place or ("", "", "")
        return (
            grouped(event.event),
            str(event.cpu),
            grouped(event.length),
            grouped(event.step),
            fate_words(event),
            "" if event.decided is None else grouped(event.decided),
            *(str(one) for one in (index, lap, start)),
            seen_words(seen),
        )


def _matching(
    data: NDArray[np.void], fates: NDArray[np.uint8], text: str, step: int
) -> NDArray[np.bool_]:
    """Return which events a typed text means."""
    words = text.casefold().split()
    number = digits(words[-1]) if words else None
    mask = np.ones(len(data), np.bool_)
    match words:
        case []:
            return mask
        case [_] | ["event", _] if number is not None:
            mask = data["event"] == number
        case ["cpu", _] if number is not None:
            mask = data["cpu"] == number
        case ["step", _] if number is not None:
            decided = (data["decided"] == number) & (data["decided"] <= step)
            mask = (data["step"] == number) | decided
        case _:
            named = [fate for fate in Fate if text.casefold() in words_of(fate).casefold()]
            if text.casefold() == "lost":
                named = list(LOST_FATES)
            mask = np.isin(fates, [int(fate) for fate in named])
    return mask
