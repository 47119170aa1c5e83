"""Sizes of structures and places of fields, as far as reading channels needs them: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from relayviz.engines.kernel.fault import TypesError
from relayviz.model import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIST = ("list.next", "list.prev")
_KREF = "kref.refcount.refs.counter"

NEEDED: dict[str, tuple[str, ...]] = {
    "rchan": (
        *("version", "subbuf_size", "n_subbufs", "alloc_size", "cb", _KREF, "private_data", "buf"),
        *("is_global", *_LIST, "parent", "has_base_filename", "base_filename"),
    ),
    "rchan_buf": (
        *("start", "data", "offset", "subbufs_produced", "subbufs_consumed", "chan"),
        *("read_wait.head.next", "dentry", _KREF, "page_array", "page_count", "finalized"),
        *("padding", "bytes_consumed", "early_bytes", "cpu"),
    ),
    "rchan_callbacks": ("subbuf_start", "create_buf_file", "remove_buf_file"),
}
"""Without these no channel can be read."""

USEFUL: dict[str, tuple[str, ...]] = {
    "rchan": ("last_toobig",),
    "rchan_buf": ("prev_padding", "stats.full_count", "stats.big_count"),
    "dentry": ("d_parent", "d_name.name", "d_inode"),
    "inode": ("i_size",),
    "cpumask": (),
    "module": ("list.next", "kallsyms"),
    "mod_kallsyms": ("symtab", "num_symtab", "strtab"),
    "blk_trace": ("rchan", "dropped.counter", "dev"),
}
"""What is missing here is not known."""

_LARGEST_STRUCT = 1 << 16


class Field(NamedTuple):
    """Where a field is in its structure, and its size, both in bytes."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Struct:
    """A structure.

    Attributes:
        size: In bytes.
        fields: By path, such as stats.full_count.
    """

    size: int
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Layout:
    """The structures of one kernel.

    Raises:
        TypesError: One is missing without which no channel can be read.
    """

    structs: Mapping[str, Struct]

    def __post_init__(self) -> None:
        for name, paths in NEEDED.items():
            struct = self.structs.get(name)
            missing = [path for path in paths if struct is None or path not in struct.fields]
            if missing:
                what = f"struct {name}" if struct is None else f"{missing[0]} in struct {name}"
                raise TypesError(
                    f"There is no {what} in these types. Give the BTF of the kernel itself: a copy "
                    "of its /sys/kernel/btf/vmlinux."
                )

    def get(self, name: str) -> Struct | None:
        """Return a structure with all the fields that are used of it; None: some are not known."""
        struct = self.structs.get(name)
        wanted = NEEDED.get(name, ()) or USEFUL.get(name, ())
        return struct if struct is not None and struct.fields.keys() >= set(wanted) else None


def difference(given: Layout, own: Layout) -> str | None:
    """Return what the types given say otherwise than the kernel's own; None: nothing."""
    for name, struct in given.structs.items():
        other = own.structs.get(name)
        if other is None:
            return f"the kernel has no struct {name}"
        for path, place in struct.fields.items():
            there = other.fields.get(path)
            if there is None:
                return f"the kernel's struct {name} has no {path}"
            if there != place:
                return f"{path} of struct {name} is at byte {there.offset}, not {place.offset}"
    return None


def wanted_fields() -> dict[str, tuple[str, ...]]:
    """Return all fields that reading can use, by structure."""
    names = [*NEEDED, *(name for name in USEFUL if name not in NEEDED)]
    return {name: (*NEEDED.get(name, ()), *USEFUL.get(name, ())) for name in names}


def is_sound(struct: Struct) -> bool:
    """Whether each field lies inside."""
    return 0 < struct.size <= _LARGEST_STRUCT and all(
        place.offset >= 0 and 0 < place.size <= struct.size - place.offset
        for place in struct.fields.values()
    )


def as_plain(layout: Layout) -> dict[str, Any]:
    """Return a layout as values for JSON; from_plain reads them."""
    return {
        name: {
            "size": struct.size,
            "fields": {path: list(place) for path, place in struct.fields.items()},
        }
        for name, struct in layout.structs.items()
    }


def from_plain(values: object) -> Layout:
    """Return a layout from values of JSON.

    Raises:
        TypesError: They are none, or fields are missing.
    """
    structs = {}
    try:
        for name, value in plain.table(values, ()).items():
            given = plain.table(value, (name,), ("size", "fields"))
            size = plain.whole(given.get("size"), (name, "size"), 1, _LARGEST_STRUCT)
            fields = {
                path: Field(*_pair(place, (name, path)))
                for path, place in plain.table(given.get("fields"), (name, "fields")).items()
            }
            structs[name] = Struct(size, fields)
            if not is_sound(structs[name]):
                raise TypesError(f"A field of struct {name} lies outside of it.")
    except plain.PlainError as error:
        raise TypesError(f"The types are damaged: {error}") from error
    return Layout(structs)


def _pair(value: object, path: plain.Where) -> tuple[int, int]:
    first, second, *more = [*plain.items(value, path), None, None]
    if len(more) != 2:  # noqa: PLR2004 - the two that were added
        raise plain.PlainError(path, "Give offset and size.")
    return plain.whole(first, path, 0), plain.whole(second, path, 1)
