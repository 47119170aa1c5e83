"""Conditions over named numbers, such as "lost == 0 and fill < 0.9": what a run is held to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.condition.evaluator import PLAIN_FUNCTIONS, WORD, Evaluator, truth
from relayviz.model.condition.language import ConditionError, Grammar, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from relayviz.model.condition.evaluator import Values

    Number = int | float


class Expression:
    """A condition or a figure over named numbers; checked when it is made.

    Args:
        text: In Python's notation, such as "lost == 0".
        names: The names that may stand in it.

    Attributes:
        text: As given, without blanks around it.
        names: Those of the names that stand in it.

    Raises:
        ConditionError: It is no such expression.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        parsed = parse(text, Grammar(names, PLAIN_FUNCTIONS))
        self.text, self._tree = parsed.text, parsed.tree
        self.names = frozenset(name for name, _ in parsed.names)

    def value(self, values: Mapping[str, Number]) -> Number | bool:
        """Return what it is for these numbers.

        Args:
            values: A number for each of its names.

        Raises:
            ConditionError: It has no value, such as for a division by 0.
        """
        try:
            with np.errstate(all="ignore"):
                found = Evaluator(_Numbers(values), is_strict=True).value(self._tree)
        except ZeroDivisionError as error:
            raise ConditionError(f"{self.text}: this divides by 0.") from error
        number: Number | bool = found.item()
        return number

    def over(self, columns: Values) -> NDArray[np.bool_]:
        """Return where it holds in whole columns."""
        with np.errstate(all="ignore"):
            return truth(Evaluator(columns).value(self._tree))

    def holds(self, values: Mapping[str, Number]) -> bool:
        """Return whether it is true, or a number other than 0; see value."""
        return bool(self.value(values))


class _Numbers:
    """Numbers by name, as figures of one step."""

    def __init__(self, values: Mapping[str, Number]) -> None:
        self._values = values

    def __len__(self) -> int:
        return 1

    def of(self, name: str, cpu: int | None = None) -> NDArray[Any]:
        """Return a number; one that no column holds exactly is rounded."""
        del cpu
        value = self._values[name]
        return np.asarray(value if -WORD < value < WORD else float(value))
