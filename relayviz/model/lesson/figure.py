"""Figures of lessons: where answers come from, and what a wrong answer is compared with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.condition.columns import BUFFER_NAMES, CONSTANTS, NAMES
from relayviz.model.condition.evaluator import FUNCTIONS, PLAIN_FUNCTIONS, Evaluator
from relayviz.model.condition.language import ConditionError, Grammar, parse
from relayviz.model.inside.condition import DERIVED, FIELDS, JUDGED, InsideCondition

if TYPE_CHECKING:
    import ast

    from numpy.typing import NDArray

    from relayviz.model.condition.evaluator import Values

Value = int | float | str

ANSWER, RIGHT = "answer", "right"
"""Names of what was given and what is right, in a `when`."""

_OF_BUFFERS = (*FIELDS, *DERIVED)
_STEP = Grammar(NAMES, FUNCTIONS, BUFFER_NAMES, has_texts=True)
_INSIDE = Grammar(
    (*JUDGED, *_OF_BUFFERS, *CONSTANTS), tuple(PLAIN_FUNCTIONS), _OF_BUFFERS, has_texts=True
)
_MISTAKE = Grammar({*NAMES, ANSWER, RIGHT}, FUNCTIONS, BUFFER_NAMES, has_texts=True)
_FOUND = re.compile(r"""\bfound\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")


def goal(text: str) -> str:
    """Return the condition that steps inside operations shall lead to.

    Args:
        text: A condition, or found("destroyed") for destroyed > 0.

    Raises:
        ConditionError: It is none.
    """
    found = _FOUND.fullmatch(text.strip())
    if found:
        text = found[1] or found[2] or ""
    condition = InsideCondition(text).text
    return f"{condition} > 0" if condition in JUDGED else condition


class Figure:
    """A figure; checked when it is made.

    Attributes:
        text: As given, without blanks around it.
        goals: What the explorer has to look for before it can be computed: conditions in the
            order of their found("…"), inside operations only.

    Raises:
        ConditionError: It is none.
    """

    def __init__(self, text: str, grammar: Grammar, *, has_goals: bool = False) -> None:
        self.text = text.strip()
        self.goals: tuple[str, ...] = ()
        self._grammar = grammar
        self._tree: ast.expr | None = None
        if has_goals:
            self.goals = tuple(goal(found[0]) for found in _FOUND.finditer(self.text))
        if self.goals:
            self._parsed([False] * len(self.goals))
        else:
            self._tree = parse(self.text, grammar).tree

    @classmethod
    def of_step(cls, text: str) -> Figure:
        """Return a figure over a step of a session (docs/conditions.md)."""
        return cls(text, _STEP)

    @classmethod
    def of_inside(cls, text: str) -> Figure:
        """Return a figure over a moment inside operations, or what can be found there."""
        return cls(text, _INSIDE, has_goals=True)

    @classmethod
    def of_mistake(cls, text: str) -> Figure:
        """Return a condition over a given answer, the right one, and the step it is about."""
        return cls(text, _MISTAKE)

    def value(self, values: Values, found: tuple[bool, ...] = ()) -> Value:
        """Return its value at the last of some steps; true is 1.

        Args:
            values: What its names stand for.
            found: For each of `goals` whether it can be reached.

        Raises:
            ConditionError: It has none.
        """
        tree = self._tree if self._tree is not None else self._parsed(list(found))
        try:
            with np.errstate(all="ignore"):
                computed = Evaluator(values).value(tree)
        except TypeError as error:
            message = f"{self.text}: a text can only be compared with a text."
            raise ConditionError(message) from error
        last: Any = np.broadcast_to(computed, (len(values),))[-1]
        return plain_value(last)

    def _parsed(self, found: list[bool]) -> ast.expr:
        answers = iter(found)
        return parse(_FOUND.sub(lambda _: str(int(next(answers))), self.text), self._grammar).tree


def plain_value(value: Any) -> Value:  # noqa: ANN401  numpy's scalars have no common type
    """Return a value of numpy as a number or a text of Python; whole numbers as such."""
    if isinstance(value, str):
        return str(value)
    number = float(value)
    return int(value) if number.is_integer() else number


class WithAnswer:
    """The figures of some steps, and beside them what was answered and what is right."""

    def __init__(self, values: Values, answer: Value, right: Value) -> None:
        self._values = values
        self._own = {ANSWER: answer, RIGHT: right}

    def __len__(self) -> int:
        return len(self._values)

    def of(self, name: str, cpu: int | None = None) -> NDArray[Any]:
        """Return a figure at each step."""
        if name in self._own:
            return np.asarray(self._own[name])
        return self._values.of(name, cpu)
