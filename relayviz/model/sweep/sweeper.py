"""What measures the cells of a sweep, whoever it is; the engines have one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from relayviz.model.sweep.plan import Cell, Outcome

MOST_WORKERS = 256


class WorkerError(Exception):
    """Cells cannot be measured by workers; says why, and what would help."""


def for_ever() -> bool:
    """Say that more is wanted: for who ends a sweep in another way, or never."""
    return True


class Sweeper(Protocol):
    """Gives what each cell comes to."""

    def __call__(
        self, cells: Sequence[Cell], workers: int = 1, goes_on: Callable[[], bool] = for_ever, /
    ) -> Generator[tuple[int, Outcome]]:
        """Give what each cell comes to, with its place, as soon as it is known.

        Who stops asking ends it, too.

        Args:
            cells: What is measured.
            workers: Processes, 1 to MOST_WORKERS; 1: this one does it.
            goes_on: Asked now and then, within a cell, too; False ends it: what is not given by
                then was not measured.

        Raises:
            WorkerError: Workers die again and again.
        """


@dataclass(frozen=True, slots=True)
class Sweeping:
    """What the window needs to sweep.

    Attributes:
        measure: Measures.
        kind: The kind of engine that runs a channel as it was measured, on the same clock.
    """

    measure: Sweeper
    kind: str
