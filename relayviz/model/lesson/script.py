"""The lines that a lesson has beside those of a session: say, ask, hint, when, reveal."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from enum import StrEnum

from relayviz.model.condition.language import ConditionError, tree_of
from relayviz.model.lesson.figure import Figure, goal
from relayviz.model.meant import meant
from relayviz.model.plain import digits
from relayviz.model.session.line import LineError
from relayviz.model.session.reading import SCRIPT

MAX_TEXT = 10_000  # characters
MAX_OPTIONS = 20
MAX_MOST = 1000  # steps of a puzzle


class Asked(StrEnum):
    """What is asked for: a number, one of some, a click, or steps that lead somewhere."""

    NUMBER = "number"
    CHOICE = "choice"
    PLACE = "place"
    STEPS = "steps"


class Target(StrEnum):
    """What is clicked at."""

    BYTE = "byte"
    SUBBUF = "subbuf"


@dataclass(frozen=True, slots=True)
class Say:
    """Narration, Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A question.

    Attributes:
        kind: What is asked for.
        text: The question.
        answer: Where it comes from: a figure; of STEPS the condition that shall become true.
        options: Of CHOICE: what there is to choose from, each a figure.
        target, cpu: Of PLACE: what is clicked at, in whose buffer.
        most: Of STEPS: in at most so many.
        inside: The session inside operations that it is about; empty: the lesson itself.
    """

    kind: Asked
    text: str
    answer: str
    options: tuple[str, ...] = ()
    target: Target = Target.BYTE
    cpu: int = 0
    most: int = 0
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """What helps with the question above it."""

    text: str


@dataclass(frozen=True, slots=True)
class When:
    """What to say to who gave a certain wrong answer to the question above it."""

    that: str
    text: str


@dataclass(frozen=True, slots=True)
class Reveal:
    """To which mark the session is run when the question above it was answered."""

    to: str


Script = Say | Ask | Hint | When | Reveal

_QUOTED = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*\"""")
_OPTION = re.compile(r"(most|inside)=(\S+)\s*")
_PLACE = re.compile(r"(byte|subbuf)\(\s*(\d+)\s*,(.*)\)", re.DOTALL)
_NAME = re.compile(r"[\w.-]+")
_BEFORE_SAY = re.compile(r"""(?:[^'"]|'[^']*'|"[^"]*")*?\ssay\s+(?=['"])""")


def read_script(line: str) -> Script:
    """Return what a line of a lesson means.

    Raises:
        LineError: It means nothing; names the part.
    """
    word, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    match word:
        case "say":
            return Say(_alone(word, rest))
        case "hint":
            return Hint(_alone(word, rest))
        case "ask":
            return _ask(rest)
        case "when":
            return _when(rest)
        case "reveal":
            return _reveal(rest)
    raise LineError(word, f"a lesson has no such line. {meant(word, SCRIPT)}")


def _alone(word: str, rest: str) -> str:
    text, rest = _quoted(word, rest)
    _end(word, rest)
    return text


def _quoted(word: str, rest: str) -> tuple[str, str]:
    """Return the text in quotes that a rest begins with, and what follows."""
    found = _QUOTED.match(rest)
    if found is None:
        raise LineError(word, f'its text stands in quotes that are closed: {word} "…".')
    inner = found[0]
    try:
        text = inner[1:-1] if inner[0] == "'" else json.loads(inner)
    except ValueError as error:
        raise LineError(word, f"{inner[:20]} is no quoted text: {error}.") from error
    if len(text) > MAX_TEXT:
        raise LineError(word, f"it is too long: at most {MAX_TEXT} characters.")
    return text, rest[found.end() :].strip()


def _end(word: str, rest: str) -> None:
    if rest and not rest.startswith("#"):
        raise LineError(word, f"nothing stands behind its text, but there is {rest[:20]!r}.")


def _when(rest: str) -> When:
    found = _BEFORE_SAY.match(rest)
    if found is None:
        raise LineError("when", 'write when answer == 4 say "…".')
    that = found[0].rstrip()[: -len("say")].strip()
    return When(_checked("when", Figure.of_mistake, that), _alone("say", rest[found.end() :]))


def _reveal(rest: str) -> Reveal:
    key, _, value = rest.partition("=")
    if key.strip() != "to" or not value:
        raise LineError("reveal", "write reveal to=NAME, the name of a mark below.")
    if value[0] in "'\"":
        return Reveal(_alone("reveal", value))
    return Reveal(value.partition(" #")[0].strip())


def _ask(rest: str) -> Ask:
    word, _, rest = rest.partition(" ")
    if word not in set(Asked):
        raise LineError("ask", f'write ask KIND "…" = FIGURE. {meant(word, list(Asked))}')
    kind = Asked(word)
    text, rest = _quoted("ask", rest.strip())
    options: tuple[str, ...] = ()
    if kind is Asked.CHOICE:
        listed, rest = _list(rest)
        options = tuple(listed)
    given: dict[str, str] = {}
    while found := _OPTION.match(rest):
        given[found[1]] = found[2]
        rest = rest[found.end() :]
    if not rest.startswith("=") or rest.startswith("=="):
        raise LineError("ask", "behind the question stands = and where the answer comes from.")
    answer = rest[1:].partition(" # ")[0].strip()
    return _complete(Ask(kind, text, answer, options), given)


def _complete(asked: Ask, given: dict[str, str]) -> Ask:
    """Check what stands behind the question, and put it in."""
    inside = given.get("inside", "")
    if inside and not _NAME.fullmatch(inside):
        raise LineError("inside", f"{inside!r} is no name of a file: leave .inside.toml out.")
    if asked.kind is Asked.STEPS:
        return _steps(asked, inside, given.get("most", ""))
    if "most" in given:
        raise LineError("most", "only ask steps has it.")
    figure = Figure.of_inside if inside else Figure.of_step
    for option in asked.options:
        _checked("ask", figure, option)
    if asked.kind is not Asked.PLACE:
        answer = _checked("ask", figure, asked.answer)
        return Ask(asked.kind, asked.text, answer, asked.options, inside=inside)
    if inside:
        raise LineError("inside", "ask place is about the lesson's own buffers: leave it out.")
    found = _PLACE.fullmatch(asked.answer)
    cpu = digits(found[2]) if found else None
    if found is None or cpu is None:
        raise LineError("ask", "a place is byte(CPU, FIGURE) or subbuf(CPU, FIGURE).")
    answer = _checked("ask", figure, found[3])
    return Ask(asked.kind, asked.text, answer, target=Target(found[1]), cpu=cpu)


def _steps(asked: Ask, inside: str, most: str) -> Ask:
    count = digits(most)
    if count is None or not 1 <= count <= MAX_MOST:
        raise LineError("most", f"say in at most how many steps: most=N, N from 1 to {MAX_MOST}.")
    if inside:
        answer = _checked("ask", goal, asked.answer)
    else:
        answer = _checked("ask", Figure.of_step, asked.answer)
    return Ask(asked.kind, asked.text, answer, most=count, inside=inside)


def _checked(word: str, make: object, text: str) -> str:
    assert callable(make)  # noqa: S101  one of Figure's
    try:
        made = make(text)
    except ConditionError as error:
        raise LineError(word, str(error)) from error
    return made if isinstance(made, str) else made.text


def _list(rest: str) -> tuple[list[str], str]:
    """Return the figures of the list that a rest begins with, and what follows."""
    wrong = 'ask choice has its options in brackets behind the question: [1, 30, "none"].'
    depth, at = 0, 0
    while at < len(rest):
        quoted = _QUOTED.match(rest, at)
        if quoted:
            at = quoted.end()
            continue
        depth += (rest[at] == "[") - (rest[at] == "]")
        at += 1
        if not depth:
            break
    if depth or not rest.startswith("["):
        raise LineError("ask", wrong)
    text = rest[:at]
    try:
        tree = tree_of(text)
    except ConditionError as error:
        raise LineError("ask", str(error)) from error
    if not isinstance(tree, ast.List) or not 2 <= len(tree.elts) <= MAX_OPTIONS:  # noqa: PLR2004
        raise LineError("ask", f"{wrong} There are 2 to {MAX_OPTIONS}.")
    parts = [ast.get_source_segment(text, each) or "" for each in tree.elts]
    return parts, rest[at:].strip()
