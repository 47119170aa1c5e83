"""Measures the cells of a sweep on this machine, with one process or several.

What a worker that dies was measuring is measured again by another one.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

from relayviz.ending import deaf_to_ctrl_c
from relayviz.engines.sweep.measure import measure
from relayviz.model.sweep.sweeper import WorkerError, for_ever

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from multiprocessing.synchronize import Event

    from relayviz.model.sweep.plan import Cell, Outcome

    Measure = Callable[[Cell, Callable[[], bool]], Outcome | None]

MOST_DEATHS = 3  # one after the other, nothing being measured in between
_LOOK = 0.1  # seconds between two questions whether it goes on


def outcomes(
    cells: Sequence[Cell], workers: int = 1, goes_on: Callable[[], bool] = for_ever
) -> Generator[tuple[int, Outcome]]:
    """Give what each cell comes to: a model.sweep.Sweeper, see there."""
    given = _alone(cells, goes_on) if workers == 1 else _divided(cells, workers, goes_on)
    yield from given


def _alone(cells: Sequence[Cell], goes_on: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
    for place, cell in enumerate(cells):
        if not goes_on():
            return
        if (outcome := measure(cell, goes_on)) is not None:
            yield place, outcome


def _divided(
    cells: Sequence[Cell], workers: int, goes_on: Callable[[], bool]
) -> Iterator[tuple[int, Outcome]]:
    left, deaths = dict(enumerate(cells)), 0
    while left and goes_on():
        try:
            for place, outcome in _measured(dict(left), workers, goes_on):
                del left[place]
                deaths = 0
                yield place, outcome
        except BrokenProcessPool as error:
            deaths += 1
            if deaths == MOST_DEATHS:
                message = "workers die again and again: memory may have run out. Give fewer workers"
                raise WorkerError(f"{message} or smaller channels.") from error


def _measured(
    cells: Mapping[int, Cell], workers: int, goes_on: Callable[[], bool]
) -> Iterator[tuple[int, Outcome]]:
    """Give outcomes until a worker dies, or no more is wanted."""
    context = get_context("spawn")
    is_over = context.Event()
    count = min(workers, len(cells))
    pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(is_over,))
    try:
        with deaf_to_ctrl_c():
            them = cells.items()
            places = {pool.submit(_until_over, measure, cell): place for place, cell in them}
        left = set(places)
        while left and goes_on():
            done, left = wait(left, _LOOK, FIRST_COMPLETED)
            for one in done:
                if (outcome := one.result()) is not None:
                    yield places[one], outcome
    finally:
        is_over.set()  # who measures looks at it
        pool.shutdown(cancel_futures=True)


class _Worker:
    """What a worker was told; each process has its own."""

    is_over: Event | None = None


def _begin(is_over: Event) -> None:
    """Begin as a worker."""
    _Worker.is_over = is_over


def _until_over(measured: Measure, cell: Cell) -> Outcome | None:
    is_over = _Worker.is_over
    return measured(cell, lambda: is_over is None or not is_over.is_set())
