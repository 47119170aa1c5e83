"""What is said of a byte of a kernel's channel whose records look as a layout says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.capture.columns import named
from relayviz.model.capture.fields import field_at
from relayviz.model.capture.split import number, split
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.place import NOT_STEPPED, EventPlace
from relayviz.model.live.events import MOST_BYTES
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from relayviz.model.capture.split import Split
    from relayviz.model.engine.protocol import Source
    from relayviz.model.engine.snapshot import Snapshot


class SplitWords:
    """Says which record and which field a byte is of.

    Args:
        found: The records.
        data: What is written of the sub-buffer.
        newest: The first byte of what may not be written yet; -1: nothing may.
    """

    def __init__(self, found: Split, data: bytes, newest: int) -> None:
        self._found, self._data, self._newest = found, data, newest
        self._fields = named(found.layout)

    def describe(self, record: EventPlace, offset: int) -> list[str]:
        """Return lines on the byte at an offset of the sub-buffer, which is of a record."""
        lines = [self._which(record)]
        field = field_at(self._fields, offset - record.start)
        if field is not None:
            value = field.value(self._data[record.start : record.end], self._found.order)
            place = f"at {field.at}…{field.end - 1} of the record"
            lines.append(f"field {field.name} = {field.words(value)}, {place}")
        if record.start == self._newest:
            lines.append("it may not be written yet if the client reserves first and writes then")
        return lines

    def _which(self, record: EventPlace) -> str:
        layout, order = self._found.layout, self._found.order
        count = len(self._found.records)
        parts = [f"record {grouped(record.event + 1)} of {grouped(count)} in this sub-buffer"]
        if layout.sequence is not None:
            parts.append(f"number {number(self._data, record.start, layout.sequence, order)}")
        if layout.time is not None:
            parts.append(f"{number(self._data, record.start, layout.time, order) / 1e9:.9f} s")
        end = record.start + record.length - 1
        parts.append(f"{plural(record.length, 'byte')} at {record.start}…{end}")
        parts.append(f"as {layout.name} looks")
        return " · ".join(parts)


def split_words(
    source: Source, snapshot: Snapshot, row: int, index: int
) -> tuple[list[EventPlace], SplitWords | None]:
    """Return the records of a sub-buffer of a kernel's channel, and what says of them.

    None where no layout fits, or its bytes are still being read.
    """
    info, size = snapshot.subbufs[row, index], snapshot.subbuf_size
    layouts = snapshot.foreign.layouts if snapshot.foreign is not None else ()
    used = min(int(info["used"]), MOST_BYTES)
    if not layouts or not used:
        return [], None
    read = source.bytes_of(snapshot, row, index * size, index * size + used)
    data = b"" if read is None else read.tobytes()
    found = split(data, layouts)
    if found is None:
        return [], None
    buffer = snapshot.buffers[row]
    is_current = int(buffer["current"]) == index and found.end == int(buffer["offset"])
    cpu, lap = int(buffer["cpu"]), int(info["lap"])
    places = [
        EventPlace(at, cpu, cpu, index, lap, begin, length, NOT_STEPPED, 0.0, Kind.WRITE)
        for at, (begin, length) in enumerate(found.records)
    ]
    return places, SplitWords(found, data, places[-1].start if is_current else -1)
