"""How much of a file a layout fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relayviz.model.capture.structs.pasted import ROLES
from relayviz.model.numbers import percent, plural, size

if TYPE_CHECKING:
    from relayviz.model.capture.layout import Layout
    from relayviz.model.capture.structs.cstruct import Struct
    from relayviz.model.capture.structs.pasted import Roles

LEAST = 0.5
"""So much of a file's beginning are records, if a layout is the right one."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What came of trying a layout on the beginning of a file.

    Attributes:
        layout: The one that fits best.
        table: The same as TOML has it.
        share: How much of the bytes are records of it, 0 to 1.
        records: How many there are.
        looked_at: Bytes that were looked at.
        is_numbered: Each record's number is one more than that before, as often as not.
    """

    layout: Layout
    table: dict[str, Any]
    share: float
    records: int
    looked_at: int
    is_numbered: bool


def fit_words(struct: Struct, roles: Roles, fit: Fit) -> str:
    """Say what a struct was taken for, and how much of a file it fits."""
    said = []
    for role in ROLES:
        name = getattr(roles, role)
        if name is not None:
            said.append(f"{role} {name}" + (f" + {fit.layout.bias}" if role == "length" else ""))
    records, meaning = plural(fit.records, "record"), ", ".join(said)
    return (
        f"struct {struct.name}, {size(struct.size)}: {meaning or 'no field has a meaning'}; "
        f"{fit.table['order']} endian. {percent(fit.share)} of {size(fit.looked_at)} are records: "
        f"{records}."
    )
