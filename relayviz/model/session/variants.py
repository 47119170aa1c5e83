"""Variants of a lesson: numbers are drawn from a seed and put where the file has their names.

    [lesson.vary]
    size = { from = 16, to = 40, by = 8 }
    turns = [3, 5]

Then "write {size} times={turns}", "{size + 4}" in a text, subbuf_size = "{4 * size}".
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

from relayviz.model import plain
from relayviz.model.condition.expression import Expression
from relayviz.model.condition.language import ConditionError
from relayviz.model.plain import PlainError
from relayviz.model.session.line import LineError, LineInTextError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relayviz.model.plain import Where

MOST_NAMES, MOST_VALUES = 50, 10_000
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PUT_IN = re.compile(r"\{([^{}\n]*)\}")


def drawn(values: Mapping[str, Any], seed: int) -> Mapping[str, Any]:
    """Return the values of a file with the numbers of one variant put in.

    Args:
        values: The values; those without [lesson.vary] come back as they are.
        seed: Which variant; the same seed draws the same numbers everywhere.

    Raises:
        PlainError: What is to be drawn, or put in, makes no sense.
    """
    lesson = values.get("lesson")
    if not isinstance(lesson, dict) or "vary" not in lesson:
        return values
    numbers = _numbers(lesson["vary"], seed)
    kept = {name: value for name, value in lesson.items() if name != "vary"}
    return {
        **values,
        **{key: _text(values[key], (key,), numbers) for key in ("title", "text") if key in values},
        "lesson": {name: _text(value, ("lesson", name), numbers) for name, value in kept.items()},
        "channel": _channel(values.get("channel", {}), numbers),
        "branch": _branches(values.get("branch", [{}]), numbers),
    }


def _numbers(value: object, seed: int) -> dict[str, int]:
    table = plain.table(value, ("lesson", "vary"))
    if len(table) > MOST_NAMES:
        raise PlainError(("lesson", "vary"), f"At most {MOST_NAMES} numbers are drawn.")
    found: dict[str, int] = {}
    for name, choices in table.items():
        path: Where = ("lesson", "vary", name)
        if not _NAME.fullmatch(name):
            raise PlainError(path, "Give it a name of small letters, such as size.")
        # a text as seed means the same on every machine
        chance = random.Random(f"{seed} {name}")  # noqa: S311  nothing is to be kept secret
        found[name] = chance.choice(_choices(choices, path))
    return found


def _choices(value: object, path: Where) -> list[int]:
    if isinstance(value, list):
        listed = [plain.whole(one, (*path, at)) for at, one in enumerate(value)]
    else:
        table = plain.table(value, path, ("from", "to", "by")) if isinstance(value, dict) else {}
        if not {"from", "to"} <= table.keys():
            raise PlainError(path, "Write { from = 16, to = 40 }, or a list of numbers.")
        lowest = plain.whole(table["from"], (*path, "from"))
        by = plain.whole(table.get("by", 1), (*path, "by"), 1)
        listed_range = range(lowest, plain.whole(table["to"], (*path, "to"), lowest) + 1, by)
        if len(listed_range) > MOST_VALUES:
            raise PlainError(path, f"It is one of at most {MOST_VALUES} numbers.")
        listed = list(listed_range)
    if not listed:
        raise PlainError(path, "Give at least one number that it can be.")
    return listed


def _channel(value: object, numbers: Mapping[str, int]) -> dict[str, Any]:
    table = plain.table(value, ("channel",))
    found = dict(table)
    for name, one in table.items():
        whole = _PUT_IN.fullmatch(one) if isinstance(one, str) else None
        if whole:
            found[name] = _computed(whole[1], numbers, _at(("channel", name)))
    return found


def _branches(value: object, numbers: Mapping[str, int]) -> list[Any]:
    found = []
    for place, branch in enumerate(plain.items(value, ("branch",))):
        path: Where = ("branch", place)
        table = dict(plain.table(branch, path))
        if isinstance(table.get("steps"), str):
            table["steps"] = _lines(table["steps"], (*path, "steps"), numbers)
        found.append(table)
    return found


def _lines(text: str, path: Where, numbers: Mapping[str, int]) -> str:
    lines = []
    for number, line in enumerate(text.split("\n")):

        def wrong(part: str, message: str, number: int = number) -> PlainError:
            return LineInTextError(path, number, LineError(part, message))

        is_comment = line.lstrip().startswith("#")
        lines.append(line if is_comment else _put(line, numbers, wrong))
    return "\n".join(lines)


def _text(value: object, path: Where, numbers: Mapping[str, int]) -> object:
    return _put(value, numbers, _at(path)) if isinstance(value, str) else value


def _at(path: Where) -> Callable[[str, str], PlainError]:
    return lambda part, message: PlainError(path, f"{part}: {message}")


def _put(text: str, numbers: Mapping[str, int], wrong: Callable[[str, str], PlainError]) -> str:
    return _PUT_IN.sub(lambda found: str(_computed(found[1], numbers, wrong)), text)


def _computed(
    text: str, numbers: Mapping[str, int], wrong: Callable[[str, str], PlainError]
) -> int:
    part = f"{{{text}}}"
    try:
        value = Expression(text, numbers).value(numbers)
    except ConditionError as error:
        raise wrong(part, f"numbers of [lesson.vary] are put in here. {error}") from error
    if value != int(value):
        raise wrong(part, f"this is {value}, and no whole number.")
    return int(value)
