"""What a recording may contain: the operations, their fields, and the values these may have.

Only what steers a replay is checked here. Everything else in a step is compared as it stands.
"""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

U32 = 2**32 - 1
MAX_BYTES = 2**28  # of one event or one read: both pass through memory
MAX_EVENTS = 2**24  # of one step
SLOTS = 8
CALLBACKS = ("subbuf_start", "create_buf_file", "remove_buf_file")


class SchemaError(Exception):
    """A sequence is not one of this schema; the text says where and what was expected."""


class Kind(NamedTuple):
    """What values a field may have, and how to say so."""

    meaning: str
    accepts: Callable[[object], bool]


def _integer(low: int, high: int) -> Kind:
    # true and false are ints to Python; they are none in a recording
    return Kind(
        f"a whole number from {low} to {high}",
        lambda value: type(value) is int and low <= value <= high,
    )


def _one_of(*choices: str) -> Kind:
    return Kind(
        f"one of {', '.join(choices)}", lambda value: type(value) is str and value in choices
    )


def _or_null(kind: Kind) -> Kind:
    return Kind(f"{kind.meaning}, or null", lambda value: value is None or kind.accepts(value))


def _is_create_fail(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"call", "kind"}
        and type(value["call"]) is int
        and value["kind"] in ("null", "err")
    )


def _is_callbacks(value: object) -> bool:
    return isinstance(value, list) and all(name in CALLBACKS for name in value)


_TEXT = Kind("a text", lambda value: type(value) is str)
_BOOL = Kind("true or false", lambda value: type(value) is bool)
_CPU = _integer(-U32, U32)
_FD = _integer(0, SLOTS - 1)
_SIZE = _integer(0, U32)
_BYTES = _integer(0, MAX_BYTES)
_POSITION = _integer(-(2**63), 2**63 - 1)

_EVENT = {"cpu": _CPU, "len": _BYTES, "event": _integer(0, 2**63)}
_OPEN = {
    "subbuf_size": _SIZE,
    "n_subbufs": _SIZE,
    "mode": _one_of("no-overwrite", "overwrite", "default"),
    "reserve": _SIZE,
    "header": _one_of("fill", "padding"),
    "global": _BOOL,
    "base_filename": _or_null(_TEXT),
    "parent": _BOOL,
    "create_fail": _or_null(Kind("a call number and a kind, null or err", _is_create_fail)),
    "early_create_returns": _one_of("dentry", "null"),
    "file_api": _one_of("direct", "debugfs-proxy"),
    "callbacks": _or_null(Kind(f"a list of {', '.join(CALLBACKS)}", _is_callbacks)),
}

OPERATIONS: Mapping[str, Mapping[str, Kind]] = {
    "open": _OPEN,
    "write": _EVENT,
    "__write": _EVENT,
    "reserve": _EVENT,
    "write_many": {**_EVENT, "count": _integer(0, MAX_EVENTS)},
    "switch_subbuf": {"cpu": _CPU, "len": _SIZE},
    "flush": {},
    "reset": {},
    "subbufs_consumed": {"cpu": _CPU, "k": _SIZE},
    "buf_full": {"cpu": _CPU},
    "late_setup_files": {"parent": _BOOL, "base_filename": _or_null(_TEXT)},
    "close": {},
    "state": {},
    "file_open": {
        "fd": _FD,
        "file": _TEXT,
        "dir": _one_of("channel", "root"),
        "flags": _one_of("r", "w", "rw", "rnb", "wnb", "rwnb"),
    },
    "file_close": {"fd": _FD},
    "file_read": {"fd": _FD, "n": _BYTES},
    "file_pread": {"fd": _FD, "n": _BYTES, "off": _POSITION},
    "file_lseek": {"fd": _FD, "off": _POSITION},
    "file_write": {"fd": _FD, "n": _BYTES},
    "file_poll": {"fd": _FD},
    "file_fstat": {"fd": _FD},
    "file_splice": {"fd": _FD, "n": _SIZE, "nonblock": _BOOL},
    "pipe_read": {"n": _SIZE},
    "pipe_close": {},
    "file_mmap": {
        "fd": _FD,
        "len": _SIZE,
        "offset": _SIZE,
        "kind": _one_of("shared-read", "shared-rw", "private"),
    },
    "map_peek": {"fd": _FD, "off": _SIZE, "n": _SIZE},
    "map_unmap": {"fd": _FD},
    "waiter_start": {"fd": _FD, "timeout_ms": _SIZE},
    "waiter_join": {"fd": _FD},
    "cpu_online": {"cpu": _integer(0, 3), "online": _BOOL},
}

STEP_FIELDS = frozenset({"op", "result", "callbacks", "state"})
STEP_EXTRAS = frozenset({"fds", "callbacks_total"})


def check_step(step: object) -> None:
    """Check one step of a sequence; SchemaError if it cannot be replayed as it is meant."""
    if not isinstance(step, dict) or not step.keys() >= STEP_FIELDS:
        raise SchemaError(f"a step is an object with {', '.join(sorted(STEP_FIELDS))}")
    if unknown := step.keys() - STEP_FIELDS - STEP_EXTRAS:
        raise SchemaError(f"unknown field {_listing(unknown)} of the step would go uncompared")
    op = step["op"]
    name = op.get("op") if isinstance(op, dict) else None
    fields = OPERATIONS.get(name) if isinstance(name, str) else None
    if fields is None:
        known = _listing(OPERATIONS)
        raise SchemaError(f"unknown operation {reprlib.repr(name)}; known are {known}")
    _check_fields(op, fields)


def _check_fields(op: dict[str, object], fields: Mapping[str, Kind]) -> None:
    name = op["op"]
    if unknown := op.keys() - fields.keys() - {"op"}:
        raise SchemaError(f"unknown field {_listing(unknown)} of {name}")
    for field, kind in fields.items():
        if field not in op:
            raise SchemaError(f"field {field} of {name} is missing")
        if not kind.accepts(op[field]):
            value = reprlib.repr(op[field])  # short, however long or deep the value is
            raise SchemaError(f"field {field} of {name} is {value}, not {kind.meaning}")


def _listing(names: Iterable[object]) -> str:
    return ", ".join(sorted(f"{name!s:.60}" for name in names))
