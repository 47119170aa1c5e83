"""What an engine tells, in lines that can be kept beside a test and compared.

What is empty, 0 or false is left out: nothing told of it is how it is told. What is kept is what
was told when somebody last read it, and nothing else proves it right: so read what `git diff` shows
before it is kept anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from difflib import unified_diff
from enum import Enum, Flag
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "kept"
WIDTH = 150
SHOWN = 60  # lines of what differs
MOST, FEW = 40, 12  # values of an array that are told one by one, and at its ends if not
HOW = "RELAYVIZ_TOLD=1 python -m pytest tests/told"
HERE = re.compile(r" at 0x[0-9a-f]+|" + re.escape(f"{Path.cwd()}/"))
LINE = re.compile(r"(\b\w+\.[ch]):\d+")
CLOCK = re.compile(r"\b\d\d:\d\d:\d\d\b")
NUMBER = re.compile(r"-?[\d.e+-]+")
LEFT_OUT = ("time", "generation", "line")  # of when it was run, of where code stands
Plain = str | dict[str, "Plain"] | list["Plain"]


def hold(
    name: str, parts: Iterable[tuple[str, object]], folder: Path | None = None, pid: str = ""
) -> None:
    """Hold what is told against what was kept, or keep it.

    Args:
        name: Of the file beside these tests.
        parts: What is told, with the title of each.
        folder: One of this run, which is named in what is told ...
        pid: ... as is this process; empty: none.
    """
    lines = [line for title, value in parts for line in (f"# {title}", *told(value), "")]
    found = "\n".join(lines)
    if folder is not None:
        found = found.replace(str(folder), "FOLDER")
    if pid:
        found = re.sub(rf"\b{pid}\b", "PID", found)
    path = FOLDER / f"{name}.txt"
    if os.environ.get("RELAYVIZ_TOLD"):
        path.write_text(found, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    differ = list(unified_diff(kept.splitlines(), found.splitlines(), "kept", "told", lineterm=""))
    assert not differ, "\n".join([f"If it is meant so: {HOW}", *differ[:SHOWN]])


def told(value: object) -> list[str]:
    """Return any value in lines."""
    return list(_lines("", plain(value), ""))


def plain(value: object) -> Plain:
    """Return any value as texts, lists and tables of them."""
    for kinds, told_so in WAYS:
        if isinstance(value, kinds):
            return told_so(value)
    if is_dataclass(value):
        names = (one.name for one in fields(value) if one.name not in LEFT_OUT)
        return _table((name, getattr(value, name)) for name in names)
    return _text(value)


def _text(value: object) -> str:
    return CLOCK.sub("NOW", LINE.sub(r"\1:…", HERE.sub("", str(value))))


def _key(key: object) -> object:
    return getattr(key, "name", key)


def _table(pairs: Iterable[tuple[str, object]]) -> dict[str, Plain]:
    found = ((name, plain(value)) for name, value in pairs)
    return {name: one for name, one in found if one not in ("", "0", "False", "None", [], {})}


def _array(value: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Plain:
    """Those of the same value behind one another are told once; of very many, some."""
    if not value.dtype.names:
        whole = value.tolist() if value.ndim == 1 else [_array(one) for one in value]
        return " ".join(_counted([str(plain(one)) for one in whole]))
    if value.ndim > 1:
        return list(_counted([_short(_array(one)) for one in value]))
    known: dict[bytes, str] = {}  # most rows are like others
    for one in value:
        if (raw := one.tobytes()) not in known:
            known[raw] = _short(plain(one))
    return list(_counted([known[one.tobytes()] for one in value]))


def _list(parts: list[Plain]) -> Plain:
    """Numbers are told as those of an array are."""
    if parts and all(isinstance(one, str) and NUMBER.fullmatch(one) for one in parts):
        return " ".join(_counted([str(one) for one in parts]))
    return parts


def _counted(told_of: list[str]) -> Iterator[str]:
    same = [f"{one}" + f" x{many}" * (many > 1) for one, many in _groups(told_of)]
    if len(same) > MOST:
        digest = sha256("\n".join(same[FEW:-FEW]).encode()).hexdigest()[:16]
        same[FEW:-FEW] = [f"{len(same) - 2 * FEW} more {digest}"]
    yield from same


def _groups(told_of: list[str]) -> Iterator[tuple[str, int]]:
    return ((one, len(list(group))) for one, group in groupby(told_of))


def since(before: Plain, now: Plain) -> Plain:
    """Return what is not the same as it was, of tables and tables in them."""
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return now
    gone: dict[str, Plain] = dict.fromkeys(sorted(before.keys() - now.keys()), "gone")
    return gone | {
        name: since(before.get(name, ""), one)
        for name, one in now.items()
        if one != before.get(name)
    }


def _lines(name: str, value: Plain, indent: str) -> Iterator[str]:
    short = _short(value)
    if len(short) + len(name) <= WIDTH or isinstance(value, str):
        yield f"{indent}{name}{short}"
        return
    if name:
        yield f"{indent}{name.rstrip()}"
        indent += "  "
    pairs = value.items() if isinstance(value, dict) else (("-", one) for one in value)
    for key, one in pairs:
        yield from _lines(f"{key} " if key == "-" else f"{key}: ", one, indent)


def _short(value: Plain) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_short(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return value.replace("\n", "\\n")


WAYS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Plain]], ...] = (
    (np.ndarray, _array),
    ((Flag, Enum), lambda value: str(value.name)),
    ((int, np.integer, np.bool_), str),
    ((str, Path), _text),
    (bytes, bytes.hex),
    (Mapping, lambda value: _table((str(_key(key)), one) for key, one in value.items())),
    (AbstractSet, lambda value: [*sorted(str(plain(one)) for one in value)]),
    ((float, np.floating), lambda value: f"{value:.7g}"),
    (np.void, lambda value: _table((name, value[name]) for name in value.dtype.names or ())),
    (Iterable, lambda value: _list([plain(one) for one in value])),
)
