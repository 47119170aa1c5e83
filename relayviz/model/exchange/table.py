"""Tables as Parquet and as plain values: columns of numbers and words, some rows at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from io import RawIOBase
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relayviz.model.exchange.perfetto import Sink

    Columns = Mapping[str, np.ndarray]

SUFFIX = ".parquet"
NO_PYARROW = (
    "Parquet needs pyarrow, which is not installed here: pip install 'relayviz[parquet]'. "
    "CSV, JSON and Perfetto need nothing more."
)


class ExchangeError(Exception):
    """Something cannot be handed on so; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        parts: Its columns by name, some rows at a time; each part has the same columns. A masked
            array has cells without a value.
        about: What else the file tells, by names.
    """

    parts: Iterable[Columns]
    about: Mapping[str, str] = field(default_factory=dict)


def check_parquet() -> None:
    """Find out whether Parquet can be written here; ExchangeError: it cannot."""
    try:
        import_module("pyarrow.parquet")
    except ImportError as error:
        raise ExchangeError(NO_PYARROW) from error


def write_parquet(file: Sink, table: Table) -> None:
    """Write a table, a part at a time.

    Raises:
        ExchangeError: pyarrow is not installed.
    """
    check_parquet()
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    writer = None
    try:
        for part in table.parts:
            rows = arrow.table({name: _arrow(arrow, column) for name, column in part.items()})
            if writer is None:
                schema = rows.schema.with_metadata(dict(table.about))
                writer = parquet.ParquetWriter(arrow.PythonFile(_Stream(file), mode="w"), schema)
            writer.write_table(rows.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()


class _Stream(RawIOBase):
    """A sink as what pyarrow writes to."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink, self._at = sink, 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, content: Any) -> int:  # noqa: ANN401  whatever has bytes
        data = bytes(content)
        self._sink.write(data)
        self._at += len(data)
        return len(data)


def _arrow(arrow: Any, column: np.ndarray) -> Any:  # noqa: ANN401  pyarrow has no types
    if isinstance(column, np.ma.MaskedArray):
        return arrow.array(column.filled(), mask=np.ma.getmaskarray(column))
    return arrow.array(column)


def rows_of(part: Columns) -> list[dict[str, object]]:
    """Return the rows of a part as plain values; cells without a value are None."""
    columns = {name: column.tolist() for name, column in part.items()}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
