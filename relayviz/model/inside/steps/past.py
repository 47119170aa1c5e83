"""The steps of a branch inside operations as columns: what F5, Find and Watches look through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.condition.columns import Columns, Records
from relayviz.model.condition.condition import GRAMMAR, Condition
from relayviz.model.condition.meanings import MEANINGS
from relayviz.model.engine.protocol import sought
from relayviz.model.inside.acting import acting
from relayviz.model.inside.grammar import ALONG, ALONG_MEANINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from relayviz.model.condition.language import Grammar
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.history.history import History
    from relayviz.model.inside.acting import ActingEngine

    Steps = NDArray[np.int64]


class PastColumns(Columns):
    """The figures of the steps of a branch, and who made each.

    Args:
        engine: The engine.
        branch: The branch.
        first: The first step.
        last: The last step; None: the branch's.
    """

    def __init__(
        self, engine: ActingEngine, branch: int, first: int = 0, last: int | None = None
    ) -> None:
        super().__init__(Records(engine.facts, engine.steps, engine.config), branch, first, last)
        self._engine = engine
        self._makers |= {"actor": self._actors, "stop": self._stops}

    def places(self) -> NDArray[np.int64]:
        """Return which of the engine's places the actor of each step came to; -1: none."""
        return np.array([self._engine.place_of(one) for one in self._ids()], np.int64)

    def _ids(self) -> list[int]:
        return self._history.ids(self._branch, self.first, self.last)

    def _actors(self) -> NDArray[np.str_]:
        names = np.array([*(one.name for one in self._engine.session.actors), ""])
        return names[[self._engine.actor_of(one) for one in self._ids()]]

    def _stops(self) -> NDArray[np.str_]:
        return np.array([self._engine.stop_of(one) for one in self._ids()])


def past(engine: Engine | None) -> History | None:
    """Return the steps that an engine goes through; None: it has none, or there is no engine."""
    if (inside := acting(engine)) is not None:
        return inside.steps
    outside = sought(engine)
    return None if outside is None else outside.history


def columns_of(
    engine: Engine | None, branch: int, first: int = 0, last: int | None = None
) -> Columns | None:
    """Return the figures of the steps `first` to `last` of a branch; None: there are no steps."""
    if (inside := acting(engine)) is not None:
        return PastColumns(inside, branch, first, last)
    outside = sought(engine)
    return None if outside is None else Columns(outside, branch, first, last)


def grammar_of(engine: Engine | None) -> Grammar:
    """Return what conditions over an engine's steps may consist of."""
    return GRAMMAR if acting(engine) is None else ALONG


def meanings_of(engine: Engine | None) -> Mapping[str, str]:
    """Return the names in conditions over an engine's steps, with what each means."""
    return MEANINGS if acting(engine) is None else ALONG_MEANINGS


def condition_of(engine: Engine | None, text: str) -> Condition:
    """Return a condition over an engine's steps.

    Raises:
        ConditionError: It is none.
    """
    return Condition(text, grammar_of(engine))


def arrivals(columns: Columns | None, engine: Engine | None) -> Steps | None:
    """Return the steps at which an actor came to a breakpoint in the source; None: none is set."""
    inside = acting(engine)
    if inside is None or not isinstance(columns, PastColumns) or not inside.scene.breakpoints:
        return None
    wanted = [
        number
        for number, place in enumerate(inside.places)
        if (place.file, place.line) in inside.scene.breakpoints
    ]
    return np.flatnonzero(np.isin(columns.places(), wanted)) + columns.first
