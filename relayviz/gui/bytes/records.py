"""What is said of a byte of a capture's record: which record, and which of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.capture.columns import named
from relayviz.model.capture.fields import Named, field_at
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.capture.tape import Tape
    from relayviz.model.channel.place import EventPlace

    Fetch = Callable[[int, int], bytes | None]


class RecordWords:
    """Says what the records of a tape are.

    Args:
        tape: The records.
        fetch: Gives bytes of the sub-buffer shown, from one to behind another; None: not now.
    """

    def __init__(self, tape: Tape, fetch: Fetch) -> None:
        self._tape, self._fetch = tape, fetch
        self._fields = named(tape.layout)

    def describe(self, record: EventPlace, offset: int) -> list[str]:
        """Return lines on the byte at an offset of the sub-buffer, which is of a record."""
        lines = [self._which(record)]
        field = field_at(self._fields, offset - record.start)
        if field is not None:
            lines.append(self._field(record, field))
        return lines

    def _which(self, record: EventPlace) -> str:
        row, tape = self._tape.row(record.event), self._tape
        parts = [f"record {grouped(record.event + 1)} of {grouped(tape.count)}"]
        if tape.layout.sequence is not None:
            is_numbered = not int(row["kind"])
            parts.append(f"number {int(row['sequence'])}" if is_numbered else "without a number")
        if tape.has_time:
            parts.append(f"{int(row['time']) / 1e9:.9f} s")
        end = record.start + record.length - 1
        parts.append(f"{plural(record.length, 'byte')} at {record.start}…{end}")
        source = tape.source_of(int(tape.order[record.event]))
        parts.append(f"{source.path.name} at byte {grouped(int(row['at']))}")
        return " · ".join(parts)

    def _field(self, record: EventPlace, field: Named) -> str:
        place = f"at {field.at}…{field.end - 1} of the record"
        data = self._fetch(record.start, record.end)
        if data is None:
            return f"field {field.name}, {place}"
        order = self._tape.source_of(int(self._tape.order[record.event])).order
        return f"field {field.name} = {field.words(field.value(data, order))}, {place}"
