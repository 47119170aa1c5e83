"""A layout made of a C struct: which field is the length, the number, the time, the CPU."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import tomli_w

from relayviz.model.capture.fields import Form
from relayviz.model.capture.layout import Layout, LayoutError, layout_of
from relayviz.model.meant import meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.capture.fields import Named
    from relayviz.model.capture.structs.cstruct import Struct

_NUMBERED = {"length": "bias", "mark": "value"}
ROLES = ("mark", "length", "sequence", "time", "cpu")
_LIKE = {
    "mark": r"magic|marker?|signature|sync",
    "length": r"(\w*_)?(len(gth)?|nbytes|data_?size|pdu_len)|size",
    "sequence": r"(\w*_)?(seq(uence)?(_?(no|num|nr|id))?|serial(_?id)?)",
    "time": r"time(stamp)?(_ns)?|ts(_ns)?|ktime|t|nsec",
    "cpu": r"cpu(_?(id|no|nr))?|processor",
}
_GIVEN = re.compile(r"\s*(\w+)\s*=\s*([\w.]+?)\s*(?:([+@])\s*(0x[0-9a-fA-F]+|\d+))?\s*")


@dataclass(frozen=True, slots=True)
class Roles:
    """What fields of a struct mean, by their names; None: none does.

    Attributes:
        mark: Always has the same value.
        value: That; None: what the first record of a file has.
        length: Says how long a record is.
        bias: Bytes that it leaves out; None: what fits a file best.
        sequence: The record's number.
        is_common: One counter numbers the records of all CPUs.
        time: Nanoseconds.
        cpu: The CPU.
    """

    mark: str | None = None
    value: int | None = None
    length: str | None = None
    bias: int | None = None
    sequence: str | None = None
    is_common: bool = False
    time: str | None = None
    cpu: str | None = None


def guessed(struct: Struct) -> Roles:
    """Return what the names of a struct's fields are likely to mean."""
    found: dict[str, str] = {}
    for role, like in _LIKE.items():
        for field in struct.fields:
            plain = field.name.rpartition(".")[2].lower()
            is_free = field.name not in found.values()
            if field.is_number and is_free and re.fullmatch(like, plain):
                found[role] = field.name
                break
    return Roles(**found)  # type: ignore[arg-type]


def roles_of(text: str, struct: Struct) -> Roles:
    """Return what somebody wrote: "length=len+16, sequence=seq, mark=magic@0x1234".

    Args:
        text: A role, the name of its field; behind the length's "+" and the bytes that it leaves
            out, behind the mark's "@" and its value.
        struct: Whose fields they are.

    Raises:
        LayoutError: It says something else, or names no field.
    """
    found: dict[str, Any] = {}
    for part in text.split(","):
        said = _GIVEN.fullmatch(part)
        if said is None or said[1] not in ROLES:
            raise LayoutError(
                f"“{part.strip()}” is no ROLE=FIELD: {', '.join(ROLES)}; length=len+16 for a "
                "length that leaves out 16 bytes, mark=magic@0x1234 for a mark's value."
            )
        role, name, number = said[1], said[2], int(said[4], 0) if said[4] else None
        _field(struct, name)
        found[role] = name
        if number is not None and role in _NUMBERED:
            found[_NUMBERED[role]] = number
        elif number is not None:
            raise LayoutError(f"“{part.strip()}”: only length and mark have a number.")
    return Roles(**found)


def candidates(struct: Struct, roles: Roles, name: str, begin: bytes) -> Iterator[dict[str, Any]]:
    """Yield the layouts that a struct can mean, as TOML has them; the first are the likeliest.

    Args:
        struct: How a record begins.
        roles: What its fields mean.
        name: What the layout is called.
        begin: The beginning of a file, to take the mark of; empty: there is none yet.

    Raises:
        LayoutError: It cannot be one.
    """
    orders = sorted(struct.orders) if len(struct.orders) == 1 else ["little", "big"]
    for order in orders:
        for bias in _biases(struct, roles):
            table = {"name": name, "order": order, "header": struct.size}
            yield table | _meant(struct, roles, bias, (order, begin))


def _biases(struct: Struct, roles: Roles) -> list[int]:
    if roles.length is None:
        return [struct.size]
    if roles.bias is not None:
        return [roles.bias]
    return list(dict.fromkeys((struct.size, 0, _field(struct, roles.length).end)))


def _meant(struct: Struct, roles: Roles, bias: int, begin: tuple[str, bytes]) -> dict[str, Any]:
    """Return what the fields mean, as TOML has it; `begin`: byte order, beginning of a file."""
    found: dict[str, Any] = {}
    if roles.mark is not None:
        field = _number(struct, roles.mark, "mark")
        value = roles.value
        if value is None and len(begin[1]) >= field.end:
            first = replace(field, form=Form.NUMBER).value(begin[1], begin[0])
            value = first if isinstance(first, int) else None
        if value is None:
            raise LayoutError(f"Give the value of {field.name}, or a file to take it from.")
        found["mark"] = {"at": field.at, "size": field.size, "value": value}
    if roles.length is not None:
        found["length"] = _place(struct, roles.length, "length") | {"bias": bias}
    else:
        found["largest"] = struct.size
    if roles.sequence is not None:
        found["sequence"] = _place(struct, roles.sequence, "sequence")
        if roles.is_common:
            found["sequence"]["scope"] = "all"
    for role, field_name in (("time", roles.time), ("cpu", roles.cpu)):
        if field_name is not None:
            found[role] = _place(struct, field_name, role)
    if roles.cpu is None:
        found["cpu_from_name"] = True
    found["fields"] = [
        {"name": one.name, "at": one.at, "size": one.size, "form": str(one.form)}
        for one in struct.fields
    ]
    return found


def layout(table: dict[str, Any]) -> Layout:
    """Return the layout that a table of TOML means; LayoutError: it cannot be one."""
    return layout_of(table)


def as_toml(table: dict[str, Any]) -> str:
    """Return a layout as the text of its file."""
    return tomli_w.dumps(table)


def _place(struct: Struct, name: str, role: str) -> dict[str, int]:
    field = _number(struct, name, role)
    return {"at": field.at, "size": field.size}


def _number(struct: Struct, name: str, role: str) -> Named:
    field = _field(struct, name)
    if not field.is_number:
        raise LayoutError(f"{name} is no number, so it cannot be the {role}.")
    return field


def _field(struct: Struct, name: str) -> Named:
    for one in struct.fields:
        if one.name == name:
            return one
    names = [one.name for one in struct.fields]
    raise LayoutError(f"{struct.name} has no field {name}. {meant(name, names)}".rstrip())
