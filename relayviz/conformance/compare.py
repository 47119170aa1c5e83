"""Comparing what was recorded with what was seen, field by field."""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSENT = "(absent)"
MARSHAL_VERSION = 2  # the last without back references: equal values give equal bytes


@dataclass(frozen=True)
class Difference:
    """A field that is not as recorded.

    Attributes:
        field: Its path, such as state.bufs[1].offset.
        expected: As recorded, or "(absent)".
        got: As seen, or "(absent)".
    """

    field: str
    expected: object
    got: object


def differences(expected: dict[str, object], got: dict[str, object]) -> list[Difference]:
    """Return the differing fields of two JSON-like objects; true is not 1 here, nor 1 1.0."""
    # Nearly always all is equal. Comparing the packed forms, types included, is then quickest;
    # another order of the fields only makes the longer way necessary.
    if marshal.dumps(expected, MARSHAL_VERSION) == marshal.dumps(got, MARSHAL_VERSION):
        return []
    return list(_differing("", expected, got))


def _differing(path: str, expected: object, got: object) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in expected | got:
            inner = f"{path}.{key}" if path else str(key)
            yield from _differing(inner, expected.get(key, ABSENT), got.get(key, ABSENT))
    elif isinstance(expected, list) and isinstance(got, list):
        for index in range(max(len(expected), len(got))):
            one = expected[index] if index < len(expected) else ABSENT
            other = got[index] if index < len(got) else ABSENT
            yield from _differing(f"{path}[{index}]", one, other)
    elif type(expected) is not type(got) or expected != got:
        yield Difference(path, expected, got)
