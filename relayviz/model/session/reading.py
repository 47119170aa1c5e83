"""From the plain values of a TOML file to a session; each mistake is named by its place."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from relayviz.model import plain
from relayviz.model.channel.config import MAX_CPUS, ChannelConfig, Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.condition.breakpoint import ANSWERS, Breakpoint, On
from relayviz.model.condition.condition import GRAMMAR, Condition
from relayviz.model.condition.language import ConditionError
from relayviz.model.meant import meant
from relayviz.model.plain import PlainError
from relayviz.model.session.line import LineError, LineInTextError, read_line
from relayviz.model.session.session import (
    MAIN_LINE,
    Expectation,
    Line,
    Marker,
    Place,
    Scripted,
    Session,
)
from relayviz.model.session.variants import drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.channel.operation import Operation
    from relayviz.model.condition.language import Grammar
    from relayviz.model.plain import Where

VERSION = 1
KEY = "relayviz"
MAX_OPERATIONS = 2_000_000
MAX_PIECES = 10_000  # of a record
MAX_EVENT = 2**28  # bytes: an engine does not even try longer ones
MAX_BYTES = 2**36  # that all operations together write: more would take hours
MAX_BRANCHES = 10_000
MAX_LIST = 10_000
MAX_TEXT = 10_000  # characters of a name or a text

_TOP = (KEY, "title", "topic", "text", "shows", "channel", "sources", "branch")
_NOTES = ("breakpoints", "watches", "view", "lesson")
_LINE = ("name", "parent", "from", "steps")
SCRIPT = ("say", "ask", "hint", "when", "reveal")
"""The first words of lines that only lessons have."""


def read_session(values: Mapping[str, Any], seed: int = 0) -> Session:
    """Return the session that a file's values describe.

    Args:
        values: The values.
        seed: Of a lesson that has numbers to be drawn: which of its variants.

    Raises:
        PlainError: They describe none.
    """
    missing = f"This is no session: it does not say {KEY} = {VERSION}."
    plain.version(values, KEY, VERSION, missing)
    plain.table(values, (), (*_TOP, *_NOTES))
    values = drawn(values, seed)
    sources = _sources(values)
    config = _config(values.get("channel", {}), sources)
    session = Session(
        config=config,
        title=_text(values, "title", ()),
        topic=_text(values, "topic", ()),
        text=_text(values, "text", ()).strip(),
        shows=tuple(_texts(values, "shows")),
        breakpoints=tuple(
            read_breakpoint(text, ("breakpoints", place))
            for place, text in enumerate(_texts(values, "breakpoints"))
        ),
        watches=tuple(
            read_condition(text, ("watches", place))
            for place, text in enumerate(_texts(values, "watches"))
        ),
        lesson=plain.table(values["lesson"], ("lesson",)) if "lesson" in values else None,
    )
    return _with_view(_with_lines(session, values, sources), values)


# ---------------------------------------------------------------- channel


def _config(values: object, sources: Mapping[str, str]) -> ChannelConfig:
    known = (*(field.name for field in fields(ChannelConfig)), "buffer_only")
    found: dict[str, Any] = {}
    for name, value in plain.table(values, ("channel",), known).items():
        found[name] = _channel_value(name, value, sources)
    if found.pop("buffer_only", False):
        if "base_filename" in found:
            message = "A buffer-only channel has no base_filename: leave one of the two out."
            raise PlainError(("channel", "buffer_only"), message)
        found["base_filename"] = None
    config = ChannelConfig(**found)
    for field, message in config.problems().items():
        raise PlainError(("channel", field), message)
    return config


def _channel_value(name: str, value: object, sources: Mapping[str, str]) -> object:
    path: Where = ("channel", name)
    match name:
        case "base_filename":
            return plain.text(value, path)
        case "mode":
            return plain.choice(value, path, Mode)
        case "source":
            text = plain.text(value, path)
            if text not in sources:
                raise PlainError(path, f"There is no source {text!r} under [sources].")
            return sources[text]
        case "is_global" | "buffer_only":
            return plain.flag(value, path)
        case "online":
            listed = enumerate(plain.items(value, path))
            return tuple(plain.whole(each, (*path, at), 0, MAX_CPUS - 1) for at, each in listed)
    return plain.whole(value, path, 0, 2**32)


def _sources(values: Mapping[str, Any]) -> dict[str, str]:
    table = plain.table(values.get("sources", {}), ("sources",))
    return {name: plain.text(text, ("sources", name)) for name, text in table.items()}


# ---------------------------------------------------------------- branches


def _with_lines(session: Session, values: Mapping[str, Any], sources: Mapping[str, str]) -> Session:
    tables = plain.items(values.get("branch", [{}]), ("branch",))
    if not 1 <= len(tables) <= MAX_BRANCHES:
        raise PlainError(("branch",), f"A session has 1 to {MAX_BRANCHES} branches.")
    reader = _Reader(sources, session.config.cpus, is_lesson=session.lesson is not None)
    for place, table in enumerate(tables):
        reader.read(table, place)
    return replace(
        session,
        lines=tuple(reader.lines),
        expectations=tuple(reader.expectations),
        markers=tuple(reader.markers),
        script=tuple(reader.script),
    )


class _Reader:
    """Reads the branches one after the other; a line that was read is not read again."""

    def __init__(self, sources: Mapping[str, str], cpus: int, *, is_lesson: bool) -> None:
        self.lines: list[Line] = []
        self.expectations: list[Expectation] = []
        self.markers: list[Marker] = []
        self.script: list[Scripted] = []
        self._sources, self._cpus, self._is_lesson = sources, cpus, is_lesson
        self._known: dict[str, tuple[Operation, int]] = {}
        self._left, self._bytes_left = MAX_OPERATIONS, MAX_BYTES
        self._pieces: Counter[str] = Counter()

    def read(self, value: object, place: int) -> None:
        path: Where = ("branch", place)
        table = plain.table(value, path, _LINE)
        name = _text(table, "name", path) or (MAIN_LINE if place == 0 else f"branch {place}")
        names = [line.name for line in self.lines]
        if name in names:
            raise PlainError(
                (*path, "name"), f"Another branch is called {name!r}: choose a new name."
            )
        parent, fork = self._origin(table, place, names)
        operations: list[Operation] = []
        text = plain.text(table.get("steps", ""), (*path, "steps"))
        for number, line in enumerate(text.split("\n")):
            try:
                at = Place(place, fork + len(operations))
                if line.split(maxsplit=1)[:1] and line.split(maxsplit=1)[0] in SCRIPT:
                    self._script(line.strip(), at, number)
                else:
                    self._line(line.strip(), at, operations)
            except LineError as error:
                raise LineInTextError((*path, "steps"), number, error) from error
        if place and not operations:
            raise PlainError((*path, "steps"), "A branch has at least one operation.")
        self.lines.append(Line(name, tuple(operations), parent, fork))

    def _origin(
        self, table: Mapping[str, Any], place: int, names: list[str]
    ) -> tuple[int | None, int]:
        path: Where = ("branch", place)
        if place == 0:
            for key in ("parent", "from"):
                if key in table:
                    raise PlainError(
                        (*path, key), "The first branch begins at the opening: leave it out."
                    )
            return None, 0
        parent = _text(table, "parent", path) or names[0]
        if parent not in names:
            message = f"There is no branch {parent!r} above. Known: {', '.join(names)}."
            raise PlainError((*path, "parent"), message)
        if "from" not in table:
            raise PlainError(path, "Say from which step on it differs: from = N.")
        owner = names.index(parent)
        # where the parent ends it would go on and not branch off
        fork = plain.whole(table["from"], (*path, "from"), 0, self.lines[owner].length - 1)
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
            self.markers.append(Marker(at, marked(rest)))
        else:
            if line not in self._known:
                self._known[line] = self._read(line)
            operation, times = self._known[line]
            self._count(operation, times)
            operations += [operation] * times

    def _script(self, line: str, at: Place, number: int) -> None:
        if not self._is_lesson:
            word = line.split(maxsplit=1)[0]
            raise LineError(word, "only lessons have such lines: add [lesson] with its title.")
        if at.branch:
            raise LineError("", "a lesson goes along the first branch: say and ask there.")
        self.script.append(Scripted(at, line, number))

    def _count(self, operation: Operation, times: int) -> None:
        self._left -= times
        if operation.record:
            self._pieces[operation.record] += times
            if self._pieces[operation.record] > MAX_PIECES:
                raise LineError("record", f"a record has at most {MAX_PIECES} pieces in a session.")
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


def marked(text: str) -> str:
    """Return the name in a line "mark NAME"; LineError: there is none."""
    name = text.strip()
    if not 1 <= len(name) <= MAX_TEXT:
        raise LineError("mark", 'give the marker a name: "mark before the loss".')
    return name


# ---------------------------------------------------------------- notes


def read_breakpoint(text: str, path: Where, grammar: Grammar = GRAMMAR) -> Breakpoint:
    """Read "refused cpu=1 hits=3", "operation flush", "when lost > 2", "off switch".

    Args:
        text: The line.
        path: Where it stands.
        grammar: Of its condition.

    Raises:
        PlainError: It is none.
    """
    words = text.split()
    enabled = words[:1] != ["off"]
    words = words if enabled else words[1:]
    head = words[0] if words else ""
    if head not in set(On):
        raise PlainError(path, f"There is no breakpoint {head!r}. {meant(head, list(On))}")
    options: dict[str, int] = {}
    while len(words) > 1 and (parts := words[-1].partition("="))[1] and parts[0] in ("cpu", "hits"):
        lowest, highest = (0, MAX_CPUS - 1) if parts[0] == "cpu" else (1, 2**31)
        value = plain.digits(parts[2])
        if parts[0] in options or value is None:
            raise PlainError(path, f"{words[-1]}: give one whole number.")
        options[parts[0]] = plain.whole(value, path, lowest, highest)
        words.pop()
    what = " ".join(words[1:])
    on = On(head)
    if on is On.WHEN:
        what = read_condition(what, path, grammar)
    elif on is On.OPERATION and what not in set(Kind):
        raise PlainError(path, f"There is no operation {what!r}. {meant(what, list(Kind))}")
    elif on is On.CALLBACK and what not in ANSWERS:
        raise PlainError(path, f"subbuf_start answers one of {', '.join(ANSWERS)}, not {what!r}.")
    elif what and on not in (On.OPERATION, On.CALLBACK):
        raise PlainError(path, f"{head} takes cpu=N and hits=N, not {what!r}.")
    return Breakpoint(on, what, options.get("cpu"), options.get("hits", 1), enabled)


def read_condition(text: str, path: Where, grammar: Grammar = GRAMMAR) -> str:
    """Return a condition's text; PlainError: it is none."""
    try:
        return Condition(text, grammar).text
    except ConditionError as error:
        raise PlainError(path, str(error)) from error


def _with_view(session: Session, values: Mapping[str, Any]) -> Session:
    if "view" not in values:
        return session
    table = plain.table(values["view"], ("view",), ("branch", "step"))
    names = [line.name for line in session.lines]
    name = _text(table, "branch", ("view",)) or names[0]
    if name not in names:
        raise PlainError(("view", "branch"), f"There is no branch {name!r}. {meant(name, names)}")
    branch = names.index(name)
    last = session.lines[branch].length
    step = plain.whole(table.get("step", last), ("view", "step"), 0, last)
    return replace(session, view=Place(branch, step))


def _text(values: Mapping[str, Any], key: str, path: Where) -> str:
    return plain.text(values.get(key, ""), (*path, key), MAX_TEXT)


def _texts(values: Mapping[str, Any], key: str) -> list[str]:
    listed = plain.items(values.get(key, []), (key,), MAX_LIST)
    return [plain.text(text, (key, place)) for place, text in enumerate(listed)]
