"""The table of events as rows with plain figures, for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.fate.table import HEADINGS, seen_words
from relayviz.gui.widgets.exported import Rows, near
from relayviz.model.ledger.words import fate_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from relayviz.gui.fate.table import FateTable
    from relayviz.model.ledger.fate import EventFate


def exported(table: FateTable, at: int = 0, most: int | None = None) -> Rows:
    """Return the rows of the table as they are now, whatever is shown later.

    Args:
        table: The table.
        at: The row in the middle, if not all are wanted.
        most: How many are wanted; None: all.
    """
    kept = table.frozen()
    count = kept.rowCount()
    return Rows(HEADINGS, _rows(kept, near(count, at, most)), count)


def event_rows(table: FateTable) -> Iterator[Sequence[object]]:
    """Give all rows of a table, the heading first."""
    yield HEADINGS
    yield from _rows(table, range(table.rowCount()))


def _rows(table: FateTable, rows: Iterable[int]) -> Iterator[Sequence[object]]:
    for row in rows:
        event = table.event(row)
        if event is not None:
            yield _row(event, table.seen(row))


def _row(event: EventFate, seen: int) -> list[object]:
    """Return the cells of an event, figures as plain figures."""
    lap, index, start = event.place or ("", "", "")
    decided = "" if event.decided is None else event.decided
    head = [event.event, event.cpu, event.length, event.step, fate_words(event), decided]
    return [*head, index, lap, start, seen_words(seen)]
