"""A C struct, as somebody pastes it from a kernel module, read into fields with their places.

dissect.cstruct parses it; what kernel sources have beyond C, and how a 64-bit kernel lays types
out, is said to it here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relayviz.model.capture.fields import Form, Named

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIRECTIVE = re.compile(r"^\s*#\s*(?!define\b)[^\n]*$", re.MULTILINE)
_PACKED = re.compile(r"\b(__)?packed(__)?\b")
_ATTRIBUTE = re.compile(
    r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)|__packed\b|__aligned\s*\([^()]*\)"
)
_ENUM = re.compile(r"\benum\s+\w+(?=\s+\w+\s*(\[|;|:))")
_NOT_UNDERSTOOD = "something in it is not understood"
_TOKEN = re.compile(r"<Token\.\w+ value='(.*?)'>")
_QUALIFIER = re.compile(r"\b(const|volatile|__user|__iomem|__rcu|__kernel)\b")
_SEVERAL = re.compile(
    r"(?P<before>[;{]\s*)(?P<type>(?:\w+\s+)*\w+)\s+(?P<names>[*\w\[\]:\s]+(?:,[*\w\[\]:\s]+)+);"
)
_MOST_TEXT = 1 << 16  # letters
_MOST_FIELDS = 500

#: Names of kernel sources, and what they are on a 64-bit kernel.
_TYPES = {
    **{f"{sign}{bits}": (sign, bits) for sign in "us" for bits in (8, 16, 32, 64)},
    **{f"__{sign}{bits}": (sign, bits) for sign in "us" for bits in (8, 16, 32, 64)},
    **{f"__{order}{bits}": ("u", bits) for order in ("le", "be") for bits in (16, 32, 64)},
    **dict.fromkeys(("ssize_t", "loff_t", "ktime_t", "time64_t"), ("s", 64)),
    **dict.fromkeys(("ulong", "size_t"), ("u", 64)),
    **dict.fromkeys(("sector_t", "dma_addr_t", "phys_addr_t", "uintptr_t", "cycles_t"), ("u", 64)),
    **dict.fromkeys(("pid_t", "atomic_t"), ("s", 32)),
    **dict.fromkeys(("dev_t", "gfp_t", "uid_t", "gid_t"), ("u", 32)),
    **dict.fromkeys(("umode_t",), ("u", 16)),
    **dict.fromkeys(("bool", "_Bool"), ("u", 8)),
}

#: C's own whole numbers, in every order that sources write their words in.
_SPELLED = {
    f"{sign}{length}{word}".strip(): (kind, bits)
    for sign, kind in (("", "s"), ("signed ", "s"), ("unsigned ", "u"))
    for length, bits in (("", 32), ("short ", 16), ("long ", 64), ("long long ", 64))
    for word in ("", "int")
    if sign or length
} | {
    f"{length} {sign}{word}": (kind, bits)
    for sign, kind in (("signed", "s"), ("unsigned", "u"))
    for length, bits in (("short", 16), ("long", 64), ("long long", 64))
    for word in ("", " int")
}


class StructError(Exception):
    """A text that is no struct that can be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct.

    Attributes:
        name: What it is called.
        size: Bytes of it, with what the compiler leaves free.
        fields: Those that have a place and a size, from the first to the last.
        orders: Byte orders that its types name: "little", "big", or none.
    """

    name: str
    size: int
    fields: tuple[Named, ...]
    orders: frozenset[str]


def read_struct(text: str, name: str = "") -> Struct:
    """Read a struct, with the #defines, enums and structs that it needs before it.

    Args:
        text: C source.
        name: Which struct; empty: the last one.

    Raises:
        StructError: There is none, it cannot be read, or its fields have no places.
    """
    if len(text) > _MOST_TEXT:
        raise StructError("That is too much text: give the struct and what it needs.")
    plain = _COMMENT.sub(" ", text)
    if plain.count("{") != plain.count("}"):
        raise StructError("Not as many { as } are in it: paste all of the struct.")
    is_packed = bool(_PACKED.search(plain))
    plain = _QUALIFIER.sub(" ", _ENUM.sub("int", _ATTRIBUTE.sub(" ", _DIRECTIVE.sub("", plain))))
    plain = _one_by_one(plain)
    parser = _parser()
    before = set(parser.typedefs)
    try:
        parser.load(plain, align=not is_packed)
        found = _chosen(parser, before, name)
        fields = tuple(_flat(found, 0, ""))
        size = int(found.size) if found.size is not None else _end(fields)
    except StructError:
        raise
    except Exception as error:  # the parser raises errors of its own and of Python
        raise StructError(f"It cannot be read: {_words(error)}.") from error
    if not fields:
        raise StructError("It has no field with a fixed place and size.")
    if len(fields) > _MOST_FIELDS:
        raise StructError(f"It has more than {_MOST_FIELDS} fields.")
    orders = {
        order
        for order, sign in (("little", "__le"), ("big", "__be"))
        if re.search(rf"\b{sign}(16|32|64)\b", plain)
    }
    return Struct(str(found.__name__), size, fields, frozenset(orders))


def _one_by_one(text: str) -> str:
    """Write "u32 a, b;" as "u32 a; u32 b;": the parser knows one field in a declaration."""
    while (found := _SEVERAL.search(text)) is not None:
        fields = "; ".join(f"{found['type']} {one.strip()}" for one in found["names"].split(","))
        text = f"{text[: found.start()]}{found['before']}{fields};{text[found.end() :]}"
    return text


def _parser() -> Any:  # noqa: ANN401 - of a library without types for it
    from dissect.cstruct import cstruct  # noqa: PLC0415 - only who reads a struct waits for it

    parser = cstruct(pointer="uint64")
    for name, (sign, bits) in (_TYPES | _SPELLED).items():
        base = parser.resolve(f"{'u' if sign == 'u' else ''}int{bits}")
        parser.add_type(name, base, replace=True)
    return parser


def _chosen(parser: Any, before: set[str], name: str) -> Any:  # noqa: ANN401
    """Return the struct that is meant."""
    new = {key: parser.typedefs[key] for key in parser.typedefs if key not in before}
    structs = {key: one for key, one in new.items() if hasattr(one, "fields")}
    if not structs:
        raise StructError("No struct is in it: paste “struct name { … };”.")
    if name and name not in structs:
        raise StructError(f"It has no struct {name}: {', '.join(structs)}.")
    return structs[name] if name else list(structs.values())[-1]


def _flat(struct: Any, begin: int, prefix: str) -> Iterator[Named]:  # noqa: ANN401
    """Yield the fields of a struct and of those in it, with their places."""
    seen: set[int] = set()
    is_union = any(base.__name__ == "Union" for base in struct.__mro__)
    for field in struct.__fields__:
        if field.offset is None and not is_union:
            return  # behind an array without a size
        at, kind = begin + int(field.offset or 0), field.type
        label = f"{prefix}{field.name or field._name}"  # noqa: SLF001 - one without a name
        if hasattr(kind, "__fields__"):
            is_nameless = field.name is None
            yield from _flat(kind, at, prefix if is_nameless else f"{label}.")
            continue
        if field.bits is not None:
            if at in seen:
                continue  # one number holds several
            label += " …"
        seen.add(at)
        if (found := _named(label, at, kind)) is not None:
            yield found


def _named(label: str, at: int, kind: Any) -> Named | None:  # noqa: ANN401
    """Return a field; None: it has no size of its own."""
    size = kind.size
    if not size:
        return None
    word = str(kind.__name__)
    if "[" in word:
        is_text = word.startswith("char[")
        return Named(label, at, int(size), Form.TEXT if is_text else Form.BYTES)
    if "*" in word or size not in (1, 2, 4, 8) or "float" in word or "double" in word:
        return Named(label, at, int(size), Form.HEX if "*" in word else Form.BYTES)
    is_signed = word.startswith(("int", "signed", "short", "long"))
    return Named(label, at, int(size), Form.SIGNED if is_signed else Form.NUMBER)


def _end(fields: tuple[Named, ...]) -> int:
    return max((one.end for one in fields), default=0)


def _words(error: Exception) -> str:
    """Say what the parser found; its own errors have words, those of Python are about itself."""
    if not type(error).__module__.startswith("dissect."):
        return _NOT_UNDERSTOOD
    return _TOKEN.sub(r"“\1”", " ".join(str(error).split()).rstrip(".")) or _NOT_UNDERSTOOD
