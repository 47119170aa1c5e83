"""Measures the cells of a sweep on this machine, with one process or several.

What a worker that dies was measuring is measured again by another one.
"""

from __future__ import annotations

import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

from relayviz.engines.sweep.measure import measure

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from relayviz.model.sweep.plan import Cell, Outcome

MOST_DEATHS = 3  # one after the other, nothing being measured in between


class WorkerError(Exception):
    """Cells cannot be measured by workers; says why, and what would help."""


def outcomes(cells: Sequence[Cell], workers: int = 1) -> Generator[tuple[int, Outcome]]:
    """Give what each cell comes to, with its place, as soon as it is known.

    Who stops asking ends it.

    Args:
        cells: What is measured.
        workers: Processes; 1: this one does it.

    Raises:
        WorkerError: Workers die again and again.
    """
    if workers == 1:
        yield from ((place, measure(cell)) for place, cell in enumerate(cells))
        return
    left, deaths = dict(enumerate(cells)), 0
    while left:
        try:
            for place, outcome in _measured(dict(left), workers):
                del left[place]
                deaths = 0
                yield place, outcome
        except BrokenProcessPool as error:
            deaths += 1
            if deaths == MOST_DEATHS:
                message = "workers die again and again: memory may have run out. Give fewer workers"
                raise WorkerError(f"{message} or smaller channels.") from error


def _measured(cells: Mapping[int, Cell], workers: int) -> Iterator[tuple[int, Outcome]]:
    """Give outcomes until a worker dies."""
    count = min(workers, len(cells))
    pool = ProcessPoolExecutor(count, get_context("spawn"), initializer=_leave_interrupts)
    try:
        places = {pool.submit(measure, cell): place for place, cell in cells.items()}
        for done in as_completed(places):
            yield places[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that has begun this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
