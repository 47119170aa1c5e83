"""Conditions and figures over the state, such as "ready[1] == n_subbufs and changed(lost)".

A condition is found for all steps of a history at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.condition.columns import BUFFER_NAMES, NAMES
from relayviz.model.condition.evaluator import FUNCTIONS, Evaluator, truth
from relayviz.model.condition.language import ConditionError, Grammar, parse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.condition.columns import Columns

GRAMMAR = Grammar(NAMES, FUNCTIONS, BUFFER_NAMES, has_texts=True)


class Condition:
    """A condition or a figure over named state; checked when it is made.

    Args:
        text: In Python's notation; names are those of model.columns.NAMES.
        grammar: Another one, where the columns that it is found in have other names.

    Attributes:
        text: As given, without blanks around it.
        names: What it looks at: (name, CPU number or None).

    Raises:
        ConditionError: It is none.
    """

    def __init__(self, text: str, grammar: Grammar = GRAMMAR) -> None:
        parsed = parse(text, grammar)
        self.text, self.names, self._tree = parsed.text, parsed.names, parsed.tree

    def over(self, columns: Columns) -> NDArray[Any]:
        """Return its value at each step, shape (steps,).

        Raises:
            ConditionError: It has no value, such as a text that is added to a number.
        """
        try:
            with np.errstate(all="ignore"):  # what is no number is true of nothing
                found = Evaluator(columns).value(self._tree)
        except TypeError as error:
            message = f"{self.text}: a text can only be compared with a text."
            raise ConditionError(message) from error
        return np.broadcast_to(found, (len(columns),))

    def holds(self, columns: Columns) -> NDArray[np.bool_]:
        """Return at which steps it is true, or a number other than 0; see over."""
        return truth(self.over(columns))

    def values_put_in(self, columns: Columns) -> str:
        """Say what its names are at the last step, such as "ready[1] = 3, n_subbufs = 8"."""
        parts = []
        for name, cpu in sorted(self.names, key=str):
            value = columns.of(name, cpu)[-1]
            shown = repr(str(value)) if isinstance(value, str) else f"{value}"
            parts.append(f"{name if cpu is None else f'{name}[{cpu}]'} = {shown}")
        return ", ".join(parts)
