"""From the plain values of a TOML file to a session; each mistake is named by its place."""

from __future__ import annotations

from dataclasses import fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from relayviz.model.channel.config import MAX_CPUS, ChannelConfig, Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.condition.breakpoint import ANSWERS, Breakpoint, On
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.language import ConditionError
from relayviz.model.session.line import LineError, read_line
from relayviz.model.session.session import MAIN_LINE, Expectation, Line, Marker, Place, Session

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from relayviz.model.channel.operation import Operation
    from relayviz.model.session.toml_lines import Path

VERSION = 1
KEY = "relayviz"
MAX_OPERATIONS = 2_000_000
MAX_EVENT = 2**28  # bytes: an engine does not even try longer ones
MAX_BYTES = 2**36  # that all operations together write: more would take hours
MAX_BRANCHES = 10_000
MAX_LIST = 10_000
MAX_TEXT = 10_000  # characters of a name or a text

_TOP = (KEY, "title", "topic", "text", "shows", "channel", "sources", "branch")
_NOTES = ("breakpoints", "watches", "view")
_LINE = ("name", "parent", "from", "steps")


class Failure(Exception):  # noqa: N818  becomes a SessionError with its file and line
    """Something that is wrong in the values.

    Attributes:
        path: Where.
        message: What is wrong and what would be right.
        line: Of a text: which line of it, from 0.
        field: Where, as people write it.
    """

    def __init__(self, path: Path, message: str, line: int | None = None, part: str = "") -> None:
        super().__init__(message)
        self.path, self.message, self.line = path, message, line
        names = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in path]
        self.field = "".join(names).removeprefix(".") + (f" ({part})" if part else "")


def read_session(values: Mapping[str, Any]) -> Session:
    """Return the session that a file's values describe.

    Raises:
        Failure: They describe none.
    """
    version = values.get(KEY)
    if type(version) is not int:
        raise Failure((), f"This is no session: it does not say {KEY} = {VERSION}.")
    if version != VERSION:
        message = f"This program reads version {VERSION}; the file is of {version}."
        raise Failure((KEY,), f"{message} A later relayviz may read it.")
    _only(values, (*_TOP, *_NOTES), ())
    sources = _sources(values)
    config = _config(_table(values, "channel"), sources)
    session = Session(
        config=config,
        title=_text(values, "title", ()),
        topic=_text(values, "topic", ()),
        text=_text(values, "text", ()).strip(),
        shows=tuple(_texts(values, "shows")),
        breakpoints=tuple(
            _breakpoint(text, ("breakpoints", place))
            for place, text in enumerate(_texts(values, "breakpoints"))
        ),
        watches=tuple(
            _condition(text, ("watches", place))
            for place, text in enumerate(_texts(values, "watches"))
        ),
    )
    return _with_view(_with_lines(session, values, sources), values)


# ---------------------------------------------------------------- channel


def _config(values: Mapping[str, Any], sources: Mapping[str, str]) -> ChannelConfig:
    known = {field.name: field for field in fields(ChannelConfig)}
    _only(values, (*known, "buffer_only"), ("channel",))
    found: dict[str, Any] = {}
    for name, value in values.items():
        found[name] = _channel_value(name, value, sources)
    if found.pop("buffer_only", False):
        if "base_filename" in found:
            message = "a buffer-only channel has no base_filename: leave one of the two out."
            raise Failure(("channel", "buffer_only"), message)
        found["base_filename"] = None
    config = ChannelConfig(**found)
    for field, message in config.problems().items():
        raise Failure(("channel", field), message)
    return config


def _channel_value(name: str, value: object, sources: Mapping[str, str]) -> object:
    path: Path = ("channel", name)
    match name:
        case "base_filename":
            return _checked(value, str, path)
        case "mode":
            text = _checked(value, str, path)
            if text not in set(Mode):
                raise Failure(path, f'there is no mode "{text}": say {", ".join(Mode)}.')
            return Mode(text)
        case "source":
            text = _checked(value, str, path)
            if text not in sources:
                raise Failure(path, f"there is no source {text!r} under [sources].")
            return sources[text]
        case "is_global" | "buffer_only":
            return _checked(value, bool, path)
        case "online":
            listed = _checked(value, list, path)
            return tuple(
                _number(each, 0, MAX_CPUS - 1, (*path, at)) for at, each in enumerate(listed)
            )
    return _number(value, 0, 2**32, path)


def _sources(values: Mapping[str, Any]) -> dict[str, str]:
    table = _table(values, "sources")
    return {name: _checked(text, str, ("sources", name)) for name, text in table.items()}


# ---------------------------------------------------------------- branches


def _with_lines(session: Session, values: Mapping[str, Any], sources: Mapping[str, str]) -> Session:
    tables = _checked(values.get("branch", [{}]), list, ("branch",))
    if not 1 <= len(tables) <= MAX_BRANCHES:
        raise Failure(("branch",), f"a session has 1 to {MAX_BRANCHES} branches.")
    reader = _Reader(sources, session.config.cpus)
    for place, table in enumerate(tables):
        reader.read(_checked(table, dict, ("branch", place)), place)
    return replace(
        session,
        lines=tuple(reader.lines),
        expectations=tuple(reader.expectations),
        markers=tuple(reader.markers),
    )


class _Reader:
    """Reads the branches one after the other; a line that was read is not read again."""

    def __init__(self, sources: Mapping[str, str], cpus: int) -> None:
        self.lines: list[Line] = []
        self.expectations: list[Expectation] = []
        self.markers: list[Marker] = []
        self._sources, self._cpus = sources, cpus
        self._known: dict[str, tuple[Operation, int]] = {}
        self._left, self._bytes_left = MAX_OPERATIONS, MAX_BYTES

    def read(self, table: Mapping[str, Any], place: int) -> None:
        path: Path = ("branch", place)
        _only(table, _LINE, path)
        name = _text(table, "name", path) or (MAIN_LINE if place == 0 else f"branch {place}")
        names = [line.name for line in self.lines]
        if name in names:
            raise Failure((*path, "name"), f"another branch is called {name!r}: choose a new name.")
        parent, fork = self._origin(table, place, names)
        operations: list[Operation] = []
        text = _checked(table.get("steps", ""), str, (*path, "steps"))
        for number, line in enumerate(text.split("\n")):
            try:
                self._line(line.strip(), Place(place, fork + len(operations)), operations)
            except LineError as error:
                raise Failure((*path, "steps"), error.message, number, error.field) from error
        if place and not operations:
            raise Failure((*path, "steps"), "a branch has at least one operation.")
        self.lines.append(Line(name, tuple(operations), parent, fork))

    def _origin(
        self, table: Mapping[str, Any], place: int, names: list[str]
    ) -> tuple[int | None, int]:
        path: Path = ("branch", place)
        if place == 0:
            for key in ("parent", "from"):
                if key in table:
                    raise Failure(
                        (*path, key), "the first branch begins at the opening: leave it out."
                    )
            return None, 0
        parent = _text(table, "parent", path) or names[0]
        if parent not in names:
            message = f"there is no branch {parent!r} above. Known: {', '.join(names)}."
            raise Failure((*path, "parent"), message)
        if "from" not in table:
            raise Failure(path, "say from which step on it differs: from = N.")
        owner = names.index(parent)
        # where the parent ends it would go on and not branch off
        fork = _number(table["from"], 0, self.lines[owner].length - 1, (*path, "from"))
        while (above := self.lines[owner].parent) is not None and fork <= self.lines[owner].fork:
            owner = above
        return owner, fork

    def _line(self, line: str, at: Place, operations: list[Operation]) -> None:
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            return
        if word == "expect":
            self.expectations.append(Expectation(at, _expected(rest)))
        elif word == "mark":
            self.markers.append(Marker(at, _marked(rest)))
        else:
            if line not in self._known:
                self._known[line] = self._read(line)
            operation, times = self._known[line]
            self._count(operation, times)
            operations += [operation] * times

    def _count(self, operation: Operation, times: int) -> None:
        self._left -= times
        if self._left < 0:
            raise LineError("", f"a session has at most {MAX_OPERATIONS} operations.")
        if operation.kind in ATTEMPTS and operation.length <= MAX_EVENT:  # longer is refused
            self._bytes_left -= operation.length * times
        if self._bytes_left < 0:
            raise LineError("", f"a session writes at most {MAX_BYTES >> 30} GiB in all.")

    def _read(self, line: str) -> tuple[Operation, int]:
        operation, times = read_line(line, self._sources)
        if operation.cpu >= self._cpus and operation.kind is not Kind.CONSUME:
            raise LineError("cpu", f"there is no CPU {operation.cpu}: give 0 to {self._cpus - 1}.")
        return operation, times


def _expected(text: str) -> str:
    try:
        return Condition(text.partition(" # ")[0]).text
    except ConditionError as error:
        raise LineError("expect", str(error)) from error


def _marked(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= MAX_TEXT:
        raise LineError("mark", 'give the marker a name: "mark before the loss".')
    return name


# ---------------------------------------------------------------- notes


def _breakpoint(text: str, path: Path) -> Breakpoint:
    """Read "refused cpu=1 hits=3", "operation flush", "when lost > 2", "off switch"."""
    words = text.split()
    enabled = words[:1] != ["off"]
    words = words if enabled else words[1:]
    head = words[0] if words else ""
    if head not in set(On):
        raise Failure(path, f"there is no breakpoint {head!r}. {_meant(head, list(On))}")
    options: dict[str, int] = {}
    while len(words) > 1 and (parts := words[-1].partition("="))[1] and parts[0] in ("cpu", "hits"):
        lowest, highest = (0, MAX_CPUS - 1) if parts[0] == "cpu" else (1, 2**31)
        if parts[0] in options or not parts[2].isdecimal():
            raise Failure(path, f"{words[-1]}: give one whole number.")
        options[parts[0]] = _number(int(parts[2]), lowest, highest, path)
        words.pop()
    what = " ".join(words[1:])
    on = On(head)
    if on is On.WHEN:
        what = _condition(what, path)
    elif on is On.OPERATION and what not in set(Kind):
        raise Failure(path, f"there is no operation {what!r}. {_meant(what, list(Kind))}")
    elif on is On.CALLBACK and what not in ANSWERS:
        raise Failure(path, f"subbuf_start answers one of {', '.join(ANSWERS)}, not {what!r}.")
    elif what and on not in (On.OPERATION, On.CALLBACK):
        raise Failure(path, f"{head} takes cpu=N and hits=N, not {what!r}.")
    return Breakpoint(on, what, options.get("cpu"), options.get("hits", 1), enabled)


def _condition(text: str, path: Path) -> str:
    try:
        return Condition(text).text
    except ConditionError as error:
        raise Failure(path, str(error)) from error


def _with_view(session: Session, values: Mapping[str, Any]) -> Session:
    if "view" not in values:
        return session
    table = _table(values, "view")
    _only(table, ("branch", "step"), ("view",))
    names = [line.name for line in session.lines]
    name = _text(table, "branch", ("view",)) or names[0]
    if name not in names:
        raise Failure(("view", "branch"), f"there is no branch {name!r}. {_meant(name, names)}")
    branch = names.index(name)
    last = session.lines[branch].length
    step = _number(table.get("step", last), 0, last, ("view", "step"))
    return replace(session, view=Place(branch, step))


# ---------------------------------------------------------------- plain values


def _only(values: Mapping[str, Any], known: Collection[str], path: Path) -> None:
    for key in values:
        if key not in known:
            raise Failure((*path, key), f"there is no such field. {_meant(key, known)}")


def _meant(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."


def _table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table: Mapping[str, Any] = _checked(values.get(key, {}), dict, (key,))
    return table


def _text(values: Mapping[str, Any], key: str, path: Path) -> str:
    text = _checked(values.get(key, ""), str, (*path, key))
    if len(text) > MAX_TEXT:
        raise Failure((*path, key), f"it is too long: at most {MAX_TEXT} characters.")
    return str(text)


def _texts(values: Mapping[str, Any], key: str) -> list[str]:
    listed = _checked(values.get(key, []), list, (key,))
    if len(listed) > MAX_LIST:
        raise Failure((key,), f"it is too long: at most {MAX_LIST}.")
    return [_checked(text, str, (key, place)) for place, text in enumerate(listed)]


_KINDS = {str: "a text", bool: "true or false", list: "a list", dict: "a table", int: "a number"}


def _checked(value: Any, kind: type, path: Path) -> Any:  # noqa: ANN401  as tomllib gives it
    if type(value) is not kind:
        raise Failure(path, f"this must be {_KINDS[kind]}, not {str(value)[:40]!r}.")
    return value


def _number(value: object, lowest: int, highest: int, path: Path) -> int:
    number: int = _checked(value, int, path)
    if not lowest <= number <= highest:
        raise Failure(path, f"{number} will not do: give {lowest} to {highest}.")
    return number
