"""BTF, the kernel's own description of its types (/sys/kernel/btf/vmlinux): sizes and offsets.

A header, a table of types of varying length that refer to each other by number, and a table of
names. Only what a path through structures needs is understood.
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import TypesError
from relayviz.engines.kernel.types.layout import Field, Layout, Struct, is_sound, wanted_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = struct.Struct("<HBBIIIII")
MAGIC = 0xEB9F
_TYPE = struct.Struct("<III")  # name, kind with number of members, size or type
_POINTER, _ARRAY, _STRUCT, _UNION = 2, 3, 4, 5
_SAME = {8, 9, 10, 11, 18}  # typedef, volatile, const, restrict, tag: the type behind it
_MEMBER = 12
# bytes behind a type of this kind: so many, and so many for each member
_BEHIND = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8), 13: (0, 8)}
_BEHIND |= {14: (4, 0), 15: (0, 12), 17: (4, 0), 19: (0, 12)}
_LAST_KIND = 19
_DEEPEST = 32
_MOST_NESTED = 200  # structures without a name within one
_LARGEST = 16 << 20  # of each part; those of distributions have 6 in all
_POINTER_SIZE = 8


def layout_of(blob: bytes) -> Layout:
    """Return the structures that reading channels needs.

    Args:
        blob: BTF of a whole kernel, or cut to these structures.

    Raises:
        TypesError: It is none, is damaged, or something is missing.
    """
    btf = Btf(blob)
    structs = {}
    for name, paths in wanted_fields().items():
        number = btf.find(name)
        if number is None:
            continue
        found = {path: place for path in paths if (place := btf.place(number, path)) is not None}
        structs[name] = Struct(btf.size(number), found)
        if not is_sound(structs[name]):
            raise TypesError(f"The BTF is damaged: a field of struct {name} lies outside of it.")
    return Layout(structs)


def size_of(header: bytes) -> int:
    """Return how many bytes BTF has, from its first 24 (HEADER); TypesError: it is none."""
    _, at, *sections = _header(header)
    return at + max(sections[0] + sections[1], sections[2] + sections[3])


def _header(blob: bytes) -> tuple[int, int, int, int, int, int]:
    if len(blob) < HEADER.size or HEADER.unpack_from(blob)[0] != MAGIC:
        raise TypesError(
            "These types are no BTF. Give a copy of the kernel's /sys/kernel/btf/vmlinux."
        )
    _, _, flags, *rest = HEADER.unpack_from(blob)
    if max(rest) > _LARGEST:
        raise TypesError("The BTF is damaged: its header names sizes that cannot be.")
    return flags, rest[0], rest[1], rest[2], rest[3], rest[4]


class Btf:
    """Types by number.

    Args:
        blob: The BTF.

    Raises:
        TypesError: It is none, or is damaged; also from the methods.
    """

    def __init__(self, blob: bytes) -> None:
        _, at, types_at, types_size, names_at, names_size = _header(blob)
        self._types = blob[at + types_at : at + types_at + types_size]
        self._names = blob[at + names_at : at + names_at + names_size]
        if len(self._types) != types_size or len(self._names) != names_size:
            raise TypesError("The BTF is cut off.")
        self._at = array("I", [0])
        self._structs: dict[int, int] = {}
        self._index()

    def _index(self) -> None:
        """Find where each type is, and the structures by the place of their name."""
        types, unpack, at = self._types, _TYPE.unpack_from, 0
        last = len(types) - _TYPE.size
        places, structs, behind = self._at, self._structs, _BEHIND
        while at <= last:
            name, info, _ = unpack(types, at)
            kind = info >> 24 & 31
            if not 0 < kind <= _LAST_KIND:
                raise TypesError(f"The BTF has a kind of type that is not known: {kind}.")
            if kind == _STRUCT:
                structs.setdefault(name, len(places))
            places.append(at)
            at += 12
            if kind in behind:
                fixed, each = behind[kind]
                at += fixed + each * (info & 0xFFFF)
        if at != len(types):
            raise TypesError("The BTF is damaged: its types do not come to an end.")

    def find(self, name: str) -> int | None:
        """Return the number of a structure."""
        wanted = b"\0" + name.encode() + b"\0"
        at = self._names.find(wanted)
        while at >= 0:
            if (number := self._structs.get(at + 1)) is not None:
                return number
            at = self._names.find(wanted, at + 1)
        return None

    def place(self, number: int, path: str) -> Field | None:
        """Return where a field is, by its path through structures; None: there is none."""
        offset = 0
        for name in path.split("."):
            found = self._member(number, name, set())
            if found is None:
                return None
            offset += found[0]
            number = found[1]
        return Field(offset, self.size(number))

    def size(self, number: int) -> int:
        """Return the size of a type in bytes."""
        count = 1
        for _ in range(_DEEPEST):
            number = self._behind(number)
            _, kind, _, size = self._type(number)
            if kind == _POINTER:
                return count * _POINTER_SIZE
            if kind != _ARRAY:
                return count * size
            number, _, elements = self._unpacked(self._at[number] + _TYPE.size)
            count *= elements
        raise TypesError("The BTF is damaged: an array has too many dimensions.")

    def _member(self, number: int, wanted: str, met: set[int]) -> tuple[int, int] | None:
        """Return offset and type of a member, also of one in a structure without a name."""
        number = self._behind(number)
        # what was looked into does not have it; and structures of no sense have no end
        if number in met or len(met) > _MOST_NESTED:
            return None
        met.add(number)
        for name, kind, offset in self._members(number):
            if name == wanted:
                return offset, kind
            if not name and self._type(self._behind(kind))[1] in (_STRUCT, _UNION):
                found = self._member(kind, wanted, met)
                if found is not None:
                    return offset + found[0], found[1]
        return None

    def _members(self, number: int) -> Iterator[tuple[str, int, int]]:
        _, kind, count, _ = self._type(number)
        if kind not in (_STRUCT, _UNION):
            return
        packed = self._unpacked(self._at[number])[1] >> 31  # offsets hold sizes of bit fields
        at = self._at[number] + _TYPE.size
        for member in range(at, at + _MEMBER * count, _MEMBER):
            name, kind, offset = self._unpacked(member)
            yield self._name(name), kind, (offset & 0xFFFFFF if packed else offset) // 8

    def _behind(self, number: int) -> int:
        """Return what a type is without names and qualifiers."""
        for _ in range(_DEEPEST):
            _, kind, _, target = self._type(number)
            if kind not in _SAME:
                return number
            number = target
        raise TypesError("The BTF is damaged: a type is defined by itself.")

    def _type(self, number: int) -> tuple[int, int, int, int]:
        """Return name, kind, number of members, and size or type behind."""
        if not 0 < number < len(self._at):
            return 0, 0, 0, 0  # void
        name, info, size = self._unpacked(self._at[number])
        return name, info >> 24 & 31, info & 0xFFFF, size

    def _unpacked(self, at: int) -> tuple[int, int, int]:
        if at + _TYPE.size > len(self._types):
            raise TypesError("The BTF is cut off.")
        first, second, third = _TYPE.unpack_from(self._types, at)
        return first, second, third

    def _name(self, at: int) -> str:
        end = self._names.find(b"\0", at)
        return self._names[at : end if end >= 0 else at].decode("utf-8", "replace")
