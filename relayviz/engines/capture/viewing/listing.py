"""Records of a tape filtered and sorted: whole columns at a time, out of the index or the files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.engines.capture.index import STRETCH, open_file
from relayviz.model.capture.columns import columns_of
from relayviz.model.capture.tape import NO_CPU
from relayviz.model.condition.expression import Expression

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.capture.fields import Named
    from relayviz.model.capture.tape import Source, Tape


def listed(tape: Tape, where: str, by: str, *, descending: bool) -> NDArray[np.uint32] | None:
    """Return the places of records in some order; None: of all of them as they are.

    Args:
        tape: The records.
        where: A condition over the names of columns; empty: all.
        by: A column's name; empty: the order in which they were written.
        descending: The largest first.

    Raises:
        ConditionError: It is no condition over these columns.
        CaptureError, OSError: A file cannot be read any more.
    """
    columns = _Columns(tape)
    chosen: NDArray[np.uint32] | None = None
    if where.strip():
        test = Expression(where, columns.names).over(columns)
        chosen = np.flatnonzero(np.broadcast_to(test, tape.count)).astype(np.uint32)
    if not by:
        return chosen if not descending else _all(chosen, tape)[::-1]
    figures = columns.of(by)
    places = _all(chosen, tape)
    order = np.argsort(figures[places], kind="stable")
    return places[order[::-1] if descending else order]


def _all(chosen: NDArray[np.uint32] | None, tape: Tape) -> NDArray[np.uint32]:
    return np.arange(tape.count, dtype=np.uint32) if chosen is None else chosen


class _Columns:
    """Columns of a tape by name, each read when it is asked for."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._columns = {one.key: one for one in columns_of(tape.layout)}
        self.names = tuple(key for key, one in self._columns.items() if one.is_number)

    def __len__(self) -> int:
        return self._tape.count

    def of(self, name: str, cpu: int | None = None) -> NDArray[Any]:
        """Return a figure of every record, in the order in which they were written."""
        del cpu
        tape, column = self._tape, self._columns[name]
        if column.field is not None:
            read: NDArray[np.int64] = _read(tape, column.field)[tape.order]
            return read
        if column.figure == "place":
            return np.arange(1, tape.count + 1)
        if column.figure == "cpu":
            found = np.full(tape.count, NO_CPU, np.int32)
            for cpu_number, places in zip(tape.cpus, tape.places, strict=True):
                found[places] = cpu_number
            return found
        figures: NDArray[Any] = tape.rows[column.figure][tape.order]
        whole: NDArray[np.int64] = np.minimum(figures, np.uint64(2**63 - 1)).astype(np.int64)
        return whole


def _read(tape: Tape, field: Named) -> NDArray[np.int64]:
    """Return a field of all rows; 0 where a record does not reach so far."""
    found = np.zeros(len(tape.rows), np.int64)
    ends = [source.begin for source in tape.sources[1:]] + [len(tape.rows)]
    for source, end in zip(tape.sources, ends, strict=True):
        _read_file(tape, field, source, (end, found))
    return found


def _read_file(
    tape: Tape, field: Named, source: Source, into: tuple[int, NDArray[np.int64]]
) -> None:
    """Put a field of a file's rows where they belong."""
    end, found = into
    rows = tape.rows[source.begin : end]
    has = np.flatnonzero((rows["kind"] < 2) & (rows["length"] >= field.end))  # noqa: PLR2004
    at = rows["at"][has].astype(np.int64) + field.at
    descriptor = open_file(source.path)
    try:
        first = 0
        while first < len(has):
            begin = int(at[first])
            last = int(np.searchsorted(at, begin + STRETCH - field.size, "right"))
            data = np.frombuffer(os.pread(descriptor, STRETCH, begin), np.uint8)
            offsets = at[first:last] - begin
            offsets = offsets[offsets + field.size <= len(data)]
            raw = data[offsets[:, None] + np.arange(field.size)]
            values = np.ascontiguousarray(raw).view(field.dtype(source.order)).reshape(-1)
            places = source.begin + has[first : first + len(offsets)]
            if values.dtype.itemsize == 8 and values.dtype.kind == "u":  # noqa: PLR2004
                values = np.minimum(values, np.array(2**63 - 1, values.dtype))
            found[places] = values
            first = last
    finally:
        os.close(descriptor)
