"""How the records of one kind of capture look, as a small TOML file says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relayviz.model.capture.fields import NUMBERS, Form, Named
from relayviz.model.capture.sizes import Sizes
from relayviz.model.files import read_small
from relayviz.model.meant import meant

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1 << 20
"""Bytes of a record, where a layout does not say less; more it cannot say."""

_SIZES = (1, 2, 4, 8)
_MOST_BYTES, _MOST_SUBBUFS = (1 << 32) - 1, 524_288
_MOST_LENGTHS = 8
_NUMBERS = 1 << 64


class LayoutError(Exception):
    """A layout that cannot be; the message says where and what to write."""


@dataclass(frozen=True, slots=True)
class Field:
    """A number within a record: bytes from its start, and how many bytes it has."""

    at: int
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How records look.

    Attributes:
        name: What people call it.
        client: Whose records they are.
        is_tried: Held against a real file of that client.
        orders: The byte orders it comes in: "little", "big".
        header: Bytes that every record has at least.
        largest: Bytes that no record is longer than.
        mark: What tells a record from other bytes; None: nothing does.
        marks: The smallest and the largest value of the mark.
        length: How long a record is; None: as long as the header.
        bias: Bytes of a record that its length leaves out.
        lengths: The only lengths there are; none: any.
        sequence: Its number; None: records are not numbered.
        is_common: One counter numbers the records of all CPUs.
        time: When it was written, in nanoseconds; None: records do not say.
        cpu: Where it was written; None: records do not say.
        flags: Bits, some of which say that the number means nothing.
        unnumbered: Those.
        is_named_by_cpu: The CPU is the number at the end of the file's name.
        usual: The sizes that the client's channel has if nobody says others; None: none are known.
        is_flushed: The client flushes behind each record: it ends its sub-buffer.
        is_recognised: It can be told from other files by content; else it is asked for by name.
        fields: Those that have a name, for tables and for who looks at bytes.
    """

    name: str
    client: str
    is_tried: bool
    orders: tuple[str, ...]
    header: int
    largest: int
    mark: Field | None
    marks: tuple[int, int]
    length: Field | None
    bias: int
    lengths: tuple[int, ...]
    sequence: Field | None
    is_common: bool
    time: Field | None
    cpu: Field | None
    flags: Field | None
    unnumbered: int
    is_named_by_cpu: bool
    usual: Sizes | None = None
    is_flushed: bool = False
    is_recognised: bool = True
    fields: tuple[Named, ...] = ()

    @property
    def status(self) -> str:
        """What is said of it wherever its records are shown; empty: nothing has to be."""
        return "" if self.is_tried else "not tried on a real file"


def read_layout(path: Path) -> Layout:
    """Read a layout from a file.

    Raises:
        LayoutError: It cannot be read, or says what cannot be.
    """
    try:
        return layout_of(tomllib.loads(read_small(path)))
    except OSError as error:
        raise LayoutError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise LayoutError(f"{path.name} is no TOML: {error}") from error
    except LayoutError as error:
        raise LayoutError(f"{path.name}: {error}") from error


def layout_of(said: dict[str, Any]) -> Layout:
    """Return the layout that TOML says; LayoutError: what cannot be."""
    table = _Table("the layout", said)
    mark, low, high = _mark(table)
    length = table.table("length")
    sequence = table.table("sequence")
    flags = table.table("unnumbered")
    header = table.number("header", least=1, most=LARGEST)
    layout = Layout(
        name=table.text("name"),
        client=table.text("client", ""),
        is_tried=table.truth("tried"),
        orders=_orders(table),
        header=header,
        largest=table.number("largest", LARGEST, least=header, most=LARGEST),
        mark=mark,
        marks=(low, high),
        length=length.field() if length else None,
        bias=length.number("bias", 0) if length else header,
        lengths=_lengths(table),
        sequence=sequence.field() if sequence else None,
        is_common=sequence.choice("scope", ("cpu", "all"), "cpu") == "all" if sequence else False,
        time=_field(table, "time"),
        cpu=_field(table, "cpu"),
        flags=flags.field() if flags else None,
        unnumbered=flags.number("bits", least=1) if flags else 0,
        is_named_by_cpu=table.truth("cpu_from_name"),
        usual=_usual(table),
        is_flushed=table.truth("flushed"),
        is_recognised=table.truth("recognised", default=True),
        fields=_named(table),
    )
    for each in (table, length, sequence, flags):
        if each is not None:
            each.refuse_others()
    _check(layout)
    return layout


class _Table:
    """A table of TOML whose values are taken one by one; what is left over is a mistake."""

    def __init__(self, name: str, said: dict[str, Any]) -> None:
        self.name, self._left = name, dict(said)
        self._known: list[str] = []

    def _take(self, key: str, default: object) -> object:
        self._known.append(key)
        value = self._left.pop(key, default)
        if value is _NEEDED:
            raise LayoutError(f"{self.name} needs {key}.")
        return value

    def number(
        self, key: str, default: object = None, least: int = 0, most: int = _NUMBERS - 1
    ) -> int:
        value = self._take(key, _NEEDED if default is None else default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            limits = f"from {least} on" if most == _NUMBERS - 1 else f"from {least} to {most}"
            raise LayoutError(f"{key} in {self.name} is a number {limits}.")
        return value

    def text(self, key: str, default: object = None) -> str:
        value = self._take(key, _NEEDED if default is None else default)
        if not isinstance(value, str):
            raise LayoutError(f"{key} in {self.name} is a text.")
        return value

    def truth(self, key: str, *, default: bool = False) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise LayoutError(f"{key} in {self.name} is true or false.")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self._take(key, default)
        if value not in choices:
            raise LayoutError(f"{key} in {self.name} is one of {', '.join(choices)}.")
        return str(value)

    def numbers(self, key: str) -> tuple[int, ...]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(type(one) is int and one > 0 for one in value):
            raise LayoutError(f"{key} in {self.name} is a list of numbers from 1 on.")
        return tuple(value)

    def tables(self, key: str) -> list[_Table]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise LayoutError(f"{key} in {self.name} is a list of tables.")
        return [_Table(f"{key} {number}", one) for number, one in enumerate(value, 1)]

    def table(self, key: str) -> _Table | None:
        value = self._take(key, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise LayoutError(f"{key} in {self.name} is a table like {{ at = 0, size = 4 }}.")
        return _Table(key, value)

    def field(self) -> Field:
        """The field that this table names."""
        found = Field(self.number("at"), self.number("size"))
        if found.size not in _SIZES:
            raise LayoutError(f"size in {self.name} is 1, 2, 4 or 8 bytes.")
        return found

    def refuse_others(self) -> None:
        """Refuse what nobody asked for."""
        for key in self._left:
            raise LayoutError(f"{self.name} has no {key}. {meant(key, self._known)}".rstrip())


_NEEDED = object()


def _field(table: _Table, key: str) -> Field | None:
    found = table.table(key)
    if found is None:
        return None
    field = found.field()
    found.refuse_others()
    return field


def _usual(table: _Table) -> Sizes | None:
    subbufs = table.table("subbufs")
    if subbufs is None:
        return None
    found = Sizes(
        subbufs.number("size", least=1, most=_MOST_BYTES),
        subbufs.number("number", least=1, most=_MOST_SUBBUFS),
        subbufs.text("why", "said by the layout"),
    )
    subbufs.refuse_others()
    return found


def _named(table: _Table) -> tuple[Named, ...]:
    found = []
    for each in table.tables("fields"):
        form = Form(each.choice("form", tuple(Form), Form.NUMBER))
        one = Named(each.text("name"), each.number("at"), each.number("size", least=1), form)
        each.refuse_others()
        if form in NUMBERS and not one.is_number:
            raise LayoutError(f"{one.name} is a number of 1, 2, 4 or 8 bytes.")
        found.append(one)
    return tuple(found)


def _mark(table: _Table) -> tuple[Field | None, int, int]:
    mark = table.table("mark")
    if mark is None:
        return None, 0, 0
    field, low = mark.field(), mark.number("value")
    high = mark.number("to", low, least=low)
    mark.refuse_others()
    return field, low, high


def _orders(table: _Table) -> tuple[str, ...]:
    order = table.choice("order", ("little", "big", "either"), "little")
    return ("little", "big") if order == "either" else (order,)


def _lengths(table: _Table) -> tuple[int, ...]:
    lengths = table.numbers("lengths")
    if len(lengths) > _MOST_LENGTHS:
        raise LayoutError(f"lengths are {_MOST_LENGTHS} at most.")
    if any(length > LARGEST for length in lengths):
        raise LayoutError(f"lengths are {LARGEST} bytes at most.")
    return lengths


def _check(layout: Layout) -> None:
    fields = {
        "mark": layout.mark,
        "length": layout.length,
        "sequence": layout.sequence,
        "time": layout.time,
        "cpu": layout.cpu,
        "unnumbered": layout.flags,
    }
    for name, field in fields.items():
        if field is not None and field.at + field.size > layout.header:
            raise LayoutError(
                f"{name} ends at byte {field.at + field.size}, the header has {layout.header}."
            )
    for one in layout.fields:
        if one.end > layout.header:
            raise LayoutError(f"{one.name} ends at byte {one.end}, the header has {layout.header}.")
    if layout.mark is None and not layout.lengths and layout.length is not None:
        raise LayoutError(
            "Nothing tells a record from other bytes: give a mark, or the lengths there are."
        )
