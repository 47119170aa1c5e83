"""The fields of a record that have a name: what a table shows in columns, and bytes are part of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable


class Form(StrEnum):
    """What the bytes of a field mean."""

    NUMBER = "number"
    SIGNED = "signed"
    HEX = "hex"
    TEXT = "text"
    BYTES = "bytes"


NUMBERS = (Form.NUMBER, Form.SIGNED, Form.HEX)
_NUMBER_SIZES = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Named:
    """A field.

    Attributes:
        name: As the source of its client calls it.
        at: Bytes from the start of the record.
        size: Bytes of it.
        form: What they mean.
    """

    name: str
    at: int
    size: int
    form: Form = Form.NUMBER

    @property
    def end(self) -> int:
        """Behind its last byte."""
        return self.at + self.size

    @property
    def is_number(self) -> bool:
        """Whether it has a value that can be compared."""
        return self.form in NUMBERS and self.size in _NUMBER_SIZES

    def dtype(self, order: str) -> np.dtype[np.generic]:
        """Return how numpy reads it in a byte order, "little" or "big"."""
        kind = "i" if self.form is Form.SIGNED else "u"
        return np.dtype(f"{'>' if order == 'big' else '<'}{kind}{self.size}")

    def value(self, record: bytes, order: str) -> int | str:
        """Return what a record says there; a shorter record says nothing."""
        data = record[self.at : self.end]
        if len(data) < self.size:
            return ""
        if self.form is Form.TEXT:
            text = data.split(b"\0")[0].decode("utf-8", "replace")
            return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
        if not self.is_number:
            return data.hex(" ")
        data = data if order == "big" else data[::-1]
        return int.from_bytes(data, "big", signed=self.form is Form.SIGNED)

    def words(self, value: int | str) -> str:
        """Return a value as text."""
        if isinstance(value, str):
            return value
        if self.form is Form.HEX:
            return f"{value:#x}"
        return grouped(value)


def field_at(fields: Iterable[Named], offset: int) -> Named | None:
    """Return the smallest field that a byte of a record is in; None: none is there."""
    there = [one for one in fields if one.at <= offset < one.end]
    return min(there, key=lambda one: one.size, default=None)
