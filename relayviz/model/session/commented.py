"""A session written into the text it came from: what a person wrote beside the values stays."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, String

from relayviz.model import toml
from relayviz.model.session.line import normal, read_line, write_line
from relayviz.model.session.reading import SCRIPT
from relayviz.model.session.writing import plain_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping, Sequence

    from relayviz.model.session.session import Session

LONGEST = 2**20  # letters: longer ones are no person's, and would take long
MOST_ATOMS = 4000  # that are compared all with all
_BEFORE_COMMENT = re.compile(r"""(?:[^'"#]|'[^']*'|"(?:[^"\\]|\\.)*")*""")


def rewritten(text: str, old: Session, session: Session) -> str | None:
    """Return a text with the values that differ put in; None: that cannot be.

    Whoever asks reads the result and looks whether it is the session: this may fail in a text that
    is written in an unusual way.

    Args:
        text: What was read.
        old: The session that it is.
        session: What it shall be.
    """
    if len(text) > LONGEST:
        return None
    try:
        document = tomlkit.parse(text)
        found = document.get("sources", {})
        names = {str(source): str(name) for name, source in found.items()}
        if any(source not in names for source in session.sources):
            return None
        before, after = (plain_session(each, names) for each in (old, session))
        branches = before.pop("branch"), after.pop("branch")
        put_all(document, before, after)
        if not _put_branches(document["branch"], *branches, names):
            return None
        return tomlkit.dumps(document)
    except (TOMLKitError, KeyError, ValueError, TypeError, IndexError):
        return None


def put_all(
    table: MutableMapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Put what differs into a table; what is as before stays as it was written."""
    for key in before.keys() - after.keys():
        table.pop(key, None)
    for key, value in after.items():
        old = before.get(key)
        if key in before and old == value:
            continue
        here = table.get(key)
        if isinstance(old, dict) and isinstance(value, dict) and here is not None:
            put_all(here, old, value)
        elif not (isinstance(here, Array) and _put_elements(here, old, value)):
            table[key] = _item(value)


def _put_elements(here: Array, before: object, after: Sequence[object]) -> bool:
    """Take elements out of an array and put others at its end; whether it is right then."""
    if not isinstance(before, list) or list(here.unwrap()) != before:
        return False
    for place in reversed(range(len(before))):
        if before[place] not in after:
            del here[place]
    for value in after[len(here) :]:
        here.append(value)
    return bool(here.unwrap() == list(after))


def _item(value: object) -> object:
    """Return a value as it is written best."""
    return tomlkit.parse(toml.dumps({"value": value}))["value"]


def _put_branches(
    here: object,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    sources: Mapping[str, str],
) -> bool:
    """Put the branches in: the same by name, then new ones; whether that can be done."""
    wanted = [line["name"] for line in after]
    if not isinstance(here, AoT):
        return False
    for place in reversed(range(len(before))):
        if before[place]["name"] not in wanted:
            del here[place], before[place]
    if [one["name"] for one in before] != wanted[: len(before)]:
        return False
    for place, (old, new) in enumerate(zip(before, after, strict=False)):
        table = here[place]
        if old["steps"] != new["steps"]:
            written = table.get("steps", "")
            steps = _steps(str(written), new["steps"], sources)
            table["steps"] = _text_like(written, steps)
        put_all(table, {**old, "steps": ""}, {**new, "steps": ""})
    for line in after[len(before) :]:
        table = tomlkit.table()
        for key, value in line.items():
            table[key] = _item(value)
        here.append(table)
    return True


def _text_like(before: object, text: str) -> object:
    """Return a text of several lines in the quotes that were there."""
    as_it_was = before.as_string() if isinstance(before, String) else ""
    if as_it_was.startswith("'") and "'''" not in text and not text.endswith("'"):
        return tomlkit.parse(f"value = '''\n{text}'''")["value"]
    return _item(text)


# ---------------------------------------------------------------- the lines of a branch


def _steps(before: str, after: str, sources: Mapping[str, str]) -> str:
    """Return the lines of a branch: those that mean the same stay, with what stands beside them."""
    lines = before.split("\n")
    end = lines.pop() if not lines[-1].strip() else ""
    by_name = {name: text for text, name in sources.items()}
    meant = [_atoms(line, by_name, sources) for line in lines]
    old = [atom for atoms in meant for atom in atoms]
    new = [atom for line in after.split("\n") for atom in _atoms(line, by_name, sources)]
    partner = _partners(old, new)
    result: list[str] = []
    beside: list[str] = []  # comments that wait for the line below them
    done, at, indent = 0, 0, ""
    for line, atoms in zip(lines, meant, strict=True):
        places = partner[at : at + len(atoms)]
        at += len(atoms)
        if not atoms:
            beside.append(line)
        elif places[0] is not None and places == [*range(places[0], places[0] + len(atoms))]:
            indent = line[: len(line) - len(line.lstrip())]
            result += [*_lines(new[done : places[0]], indent), *beside, line]
            done, beside = places[0] + len(atoms), []
        elif comment := _comment(line):
            beside.append(comment)
    result += [*beside, *_lines(new[done:], indent)]
    return "\n".join([*result, end])


def _atoms(line: str, by_name: Mapping[str, str], sources: Mapping[str, str]) -> list[str]:
    """Return what a line means: an operation as often as it is done, or a note; [] nothing."""
    line = line.strip()
    word, _, rest = line.partition(" ")
    if not line or line.startswith("#"):
        return []
    if word in SCRIPT:
        return [line]
    if word == "mark":
        return [f"mark {rest.strip()}"]
    if word == "expect":
        return [f"expect {rest.partition(' # ')[0].strip()}"]
    operation, times = read_line(line, by_name)
    return [write_line(normal(operation), sources, 1)] * times


def _comment(line: str) -> str:
    """Return the comment behind a line that goes, as a line of its own; empty: there is none."""
    text = line.strip()
    word, _, rest = text.partition(" ")
    if word == "expect":
        found = rest.partition(" # ")[2]
        return f"# {found}" if found else ""
    if word in ("mark", *SCRIPT):
        return ""
    place = _BEFORE_COMMENT.match(text)
    return text[place.end() :] if place else ""


def _lines(atoms: list[str], indent: str) -> list[str]:
    """Return atoms as lines; the same operation several times in a row is one."""
    lines = []
    for atom, run in groupby(atoms):
        times = len(list(run))
        if times == 1 or atom.partition(" ")[0] in ("mark", "expect", *SCRIPT):
            lines += [indent + atom] * times
        else:
            lines.append(f"{indent}{atom} times={times}")
    return lines


def _partners(old: list[str], new: list[str]) -> list[int | None]:
    """Return for each of the old ones which of the new ones it is; None: it is gone."""
    partner: list[int | None] = [None] * len(old)
    for first, second, length in _blocks(old, new):
        partner[first : first + length] = range(second, second + length)
    return partner


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int]]:
    """Give what both have in common: the beginning, the end, and what is found in between."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    yield 0, 0, head
    if len(old) + len(new) - 2 * (head + tail) <= MOST_ATOMS:
        middle = old[head : len(old) - tail], new[head : len(new) - tail]
        for block in SequenceMatcher(None, *middle, autojunk=False).get_matching_blocks():
            yield head + block.a, head + block.b, block.size
    yield len(old) - tail, len(new) - tail, tail
