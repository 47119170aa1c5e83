"""Stopping at the first step at which a condition holds, while steps are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.condition.columns import TORN_RECORDS, Columns
from relayviz.model.condition.language import ConditionError
from relayviz.model.records.records import TornRecords

if TYPE_CHECKING:
    from relayviz.model.condition.columns import Record
    from relayviz.model.condition.condition import Condition

BRANCH = 0
"""The branch that is looked at."""

_OF_STEPS = {"data", "text", TORN_RECORDS}  # what is not among the facts


class Stop:
    """A condition that ends what is being played.

    Threads: the engine's; others may read once the engine is idle.

    Args:
        condition: The condition.

    Attributes:
        at: The first step of the first branch at which it holds; None: none so far.
        error: Why it has no value; None: it has.
    """

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.at: int | None = None
        self.error: ConditionError | None = None
        self._torn: TornRecords | None = None
        self.needs_steps = any(name in _OF_STEPS for name, _ in condition.names)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done."""
        return self.at is not None or self.error is not None

    def look(self, record: Record, first: int, last: int, *, ahead: bool = False) -> int | None:
        """Look at steps of the first branch that were recorded last.

        Args:
            record: What is recorded.
            first: The first step to look at.
            last: The last.
            ahead: There are only facts of them so far.

        Returns:
            The first at which it holds, or has no value; None: none.
        """
        begin = max(first - 1, 0)  # what has changed is seen beside the step before
        try:
            more = last - first + 1 if ahead else 0
            self._torn = self._torn or TornRecords(record.config)
            columns = Columns(record, BRANCH, begin, last, more, torn=self._torn)
            found = np.flatnonzero(self.condition.holds(columns)[first - begin :])
        except ConditionError as error:
            self.error = error
            return first
        if not len(found):
            return None
        self.at = first + int(found[0])
        return self.at
