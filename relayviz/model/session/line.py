"""One operation in one line of text, as sessions keep it: "write 40 cpu=1".

First the kind, then its main figure if it has one, then `name=value` for what differs from the
usual. A value with blanks or quotes stands in quotes; what follows a `#` is a comment.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from relayviz.model.channel.config import MAX_CPUS
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.meant import meant
from relayviz.model.plain import PlainError, digits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.plain import Where

MAX_NUMBER = 2**64 - 1
MAX_TIMES = 1_000_000
MAX_NAME = 100  # characters of a record's name

OFFLINE = "cpu-offline"
"""How CPU_ONLINE with a count of 0 is written."""


class LineError(ValueError):
    """A line that means no operation.

    Attributes:
        field: The part that is wrong; empty: the whole.
        message: What is wrong and what would be right.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field, self.message = field, message


class LineInTextError(PlainError):
    """Something that is wrong in a line of a text that a file holds.

    Attributes:
        line: Which line of it, from 0.
    """

    def __init__(self, path: Where, line: int, error: LineError) -> None:
        self.line, self._part = line, error.field
        super().__init__(path, error.message)

    @property
    def field(self) -> str:
        """Where, as people write it: "branch[0].steps (cpu)"."""
        return super().field + (f" ({self._part})" if self._part else "")


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a kind is written.

    Attributes:
        main: The field of the Operation that stands without a name; empty: none.
        named: Those that may follow.
        must: The main field has to be there.
    """

    main: str = ""
    named: tuple[str, ...] = ()
    must: bool = False


_ATTEMPT = Syntax("length", ("cpu", "record", "data", "text"))
_DESCRIPTOR = Syntax("", ("cpu", "fd"))
FORMS = {
    Kind.WRITE: _ATTEMPT,
    Kind.WRITE_NOLOCK: _ATTEMPT,
    Kind.RESERVE: Syntax("length", ("cpu", "record"), must=True),
    Kind.FILL: Syntax("", ("cpu", "event", "data", "text")),
    Kind.SWITCH: Syntax("length", ("cpu",)),
    Kind.FLUSH: Syntax(),
    Kind.RESET: Syntax(),
    Kind.CONSUME: Syntax("count", ("cpu",), must=True),
    Kind.OPEN_FILE: Syntax("flags", ("cpu", "fd")),
    Kind.CLOSE_FILE: _DESCRIPTOR,
    Kind.READ: Syntax("length", ("cpu", "fd"), must=True),
    Kind.POLL: _DESCRIPTOR,
    Kind.SPLICE: Syntax("length", ("cpu", "fd"), must=True),
    Kind.MMAP: Syntax("flags", ("cpu", "fd", "length")),
    Kind.UNMAP: _DESCRIPTOR,
    Kind.LATE_SETUP: Syntax("name", (), must=True),
    Kind.CPU_ONLINE: Syntax("", ("cpu",)),
    Kind.SET_MODE: Syntax("mode", ("source",), must=True),
    Kind.CLOSE: Syntax(),
}
"""Every kind that can be asked for. `flags`, `name` and `mode` are the Operation's `text`."""

_TEXTS = frozenset({"flags", "name", "mode"})
_WORDS = {kind.value: kind for kind in FORMS} | {OFFLINE: Kind.CPU_ONLINE}

# a quoted value may follow a name and an equals sign directly
_TOKEN = re.compile(r"""(?:[^\s'"#]|'[^']*'|"(?:[^"\\]|\\.)*")+""")
_VALUE = re.compile(r"""([a-z]+)=(.*)""", re.DOTALL)
_PLAIN = re.compile(r"[\w.+/:-]+")


def read_line(text: str, sources: Mapping[str, str]) -> tuple[Operation, int]:
    """Return what a line means, and how often it is done.

    Args:
        text: The line.
        sources: The Python texts of subbuf_start by the names that lines know them by.

    Raises:
        LineError: It means nothing; names the part.
    """
    word, *parts = _tokens(text) or [""]
    kind = _WORDS.get(word)
    if kind is None:
        raise LineError(word, f"there is no such operation. {meant(word, _WORDS)}")
    fields, times = _fields(word, FORMS[kind], parts)
    operation = Operation(kind, count=int(word == Kind.CPU_ONLINE))
    for name, value in fields.items():
        operation = _with(operation, name, value, sources)
    _check(operation, fields)
    return operation, times


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if text[at] == "#":
            break
        found = _TOKEN.match(text, at)
        if found is None:
            raise LineError(text[at:].strip()[:20], "this quote is not closed.")
        tokens.append(found.group())
        at = found.end()
    return tokens


def _fields(word: str, form: Syntax, parts: list[str]) -> tuple[dict[str, str], int]:
    """Return the values by field, still as text, and how often."""
    fields: dict[str, str] = {}
    for part in parts:
        found = _VALUE.fullmatch(part)
        name, value = found.groups() if found else (form.main, part)
        if not name:
            raise LineError(part, f"{word} takes no figure; write name=value.")
        known = {*form.named, form.main, "times"} - {""}
        if name not in known:
            raise LineError(name, f"{word} has no such part. It has {', '.join(sorted(known))}.")
        if name in fields:
            raise LineError(name, "it is given twice: leave one out.")
        fields[name] = _unquoted(name, value)
    if form.must and form.main not in fields:
        raise LineError(form.main, f'{word} needs it: "{word} {_example(form.main)}".')
    return fields, _number("times", fields.pop("times", "1"), 1, MAX_TIMES)


def _example(name: str) -> str:
    return {"flags": "r", "name": "cpu", "mode": "overwrite", "count": "1"}.get(name, "40")


def _unquoted(name: str, value: str) -> str:
    if value[:1] == "'":
        inner = value[1:-1]
        if len(value) > 1 and value[-1] == "'" and "'" not in inner:
            return inner
    elif value[:1] == '"':
        try:
            text = json.loads(value)
        except ValueError as error:
            raise LineError(name, f"{value} is no quoted text: {error}.") from error
        if isinstance(text, str):
            return text
    elif "'" not in value and '"' not in value:
        return value
    raise LineError(name, f"{value} mixes quotes: put one pair around the whole.")


def _with(operation: Operation, name: str, value: str, sources: Mapping[str, str]) -> Operation:
    """Return the operation with a part set from its text."""
    if name in _TEXTS:
        return replace(operation, text=value)
    if name == "text":
        return replace(operation, data=_encoded(value))
    if name == "record":
        return replace(operation, record=_record_name(value))
    if name == "data":
        return replace(operation, data=_bytes(value))
    if name == "source":
        if value not in sources:
            known = f"There are {', '.join(sources)}." if sources else "Add it under [sources]."
            raise LineError(name, f"there is no source {value!r}. {known}")
        return replace(operation, source=sources[value])
    highest = MAX_CPUS - 1 if name == "cpu" else MAX_NUMBER
    number = _number(name, value, 0, highest)
    return replace(operation, **{name: number})  # type: ignore[arg-type]


def _record_name(value: str) -> str:
    if 0 < len(value) <= MAX_NAME and value.isprintable():
        return value
    raise LineError("record", f"give it a name of 1 to {MAX_NAME} characters.")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise LineError("text", "it contains a character that is no text.") from error


def _bytes(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise LineError("data", f"{value[:20]} are no bytes: two hex digits for each.") from error


def _number(name: str, value: str, lowest: int, highest: int) -> int:
    number = digits(value)
    if number is not None and lowest <= number <= highest:
        return number
    if name == "cpu" and value == "all":
        raise LineError(name, "write a line for each CPU: steps are counted.")
    raise LineError(name, f"{value[:20]!r} will not do: give {lowest} to {highest}.")


def _check(operation: Operation, fields: Mapping[str, str]) -> None:
    if len(fields.keys() & {"length", "data", "text"}) > 1 and operation.kind is not Kind.MMAP:
        raise LineError("length", "data and text say how long it is: give one of the three.")
    if operation.kind is Kind.SET_MODE and (operation.text == "python") != bool(operation.source):
        raise LineError("source", 'the mode python, and no other, has a source: "source=NAME".')


# ---------------------------------------------------------------- writing


def write_line(operation: Operation, sources: Mapping[str, str], times: int = 1) -> str:
    """Return the line of an operation.

    Args:
        operation: One that a session can hold (normal).
        sources: The names of the Python texts of subbuf_start, by text.
        times: How often it is done.
    """
    kind, form = operation.kind, FORMS[operation.kind]
    is_offline = kind is Kind.CPU_ONLINE and not operation.count
    parts = [OFFLINE if is_offline else kind.value]
    if form.main in _TEXTS:
        parts += [_quoted(operation.text)] if operation.text or form.must else []
    elif form.main and operation.data is None:
        parts.append(str(getattr(operation, form.main)))
    for name in form.named:
        parts += _named(operation, name, sources)
    if times > 1:
        parts.append(f"times={times}")
    return " ".join(parts)


def _named(operation: Operation, name: str, sources: Mapping[str, str]) -> list[str]:
    if name == "data":
        return [] if operation.data is None else [_written_data(operation.data)]
    if name == "source":
        return [f"source={_quoted(sources[operation.source])}"] if operation.source else []
    if name == "record":
        return [f"record={_quoted(operation.record)}"] if operation.record else []
    value = None if name == "text" else getattr(operation, name)
    return [f"{name}={value}"] if value not in (None, 0) or (name == "fd" and value == 0) else []


def _written_data(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable():
        return f"text={_quoted(text)}"
    return f"data={data.hex()}" if data else "data=''"


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=not text.isprintable())


def normal(operation: Operation) -> Operation:
    """Return an operation without what has no meaning for its kind; a line can hold the rest."""
    form = FORMS[operation.kind]
    kept = {form.main, *form.named}
    is_text = bool(kept & _TEXTS)
    kept -= {"source"} if operation.text != "python" else set()
    names = kept & {"cpu", "fd", "event", "data", "length", "count", "source", "record"}
    fields: dict[str, Any] = {name: getattr(operation, name) for name in names}
    if operation.kind is Kind.CPU_ONLINE:
        fields["count"] = int(operation.count > 0)
    return Operation(operation.kind, text=operation.text if is_text else "", **fields)
