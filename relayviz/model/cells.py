"""Tables as CSV that every table program reads as what it is: texts stay texts, figures figures."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what one begins with, in a table program


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as lines of CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a cell that no table program takes for a formula, nor for the end of the file."""
    if not isinstance(value, str):
        return value
    value = value.replace("\0", "?")
    # table programs look past spaces, those that are not of ASCII too
    return f"'{value}" if value.startswith(FORMULA) or value.lstrip().startswith(FORMULA) else value
