"""Measures the cells of a sweep on the workers of a Dask scheduler, which may be other machines.

What a worker that dies was measuring is given to another one by the scheduler. Needs the package
"distributed".
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from relayviz.engines.cluster import ClusterError, connected, threads_of
from relayviz.engines.sweep.measure import measure

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from distributed import Client

    from relayviz.model.sweep.plan import Cell, Outcome

MOST_DEATHS = 10  # of workers, over one cell: after that it is the cell's fault


def outcomes_on(address: str, cells: Sequence[Cell]) -> Generator[tuple[int, Outcome]]:
    """Give what each cell comes to, with its place, as soon as it is known.

    Who stops asking ends it.

    Args:
        address: Of the scheduler, such as "tcp://127.0.0.1:8786".
        cells: What is measured.

    Raises:
        ClusterError: See there.
    """
    client = connected(address)
    try:
        yield from _measured(client, address, cells)
    finally:
        client.close()


def _measured(client: Client, address: str, cells: Sequence[Cell]) -> Iterator[tuple[int, Outcome]]:
    from distributed import as_completed  # noqa: PLC0415  an extra
    from distributed.scheduler import KilledWorker  # noqa: PLC0415  an extra

    threads_of(client, address)  # there are some
    version = metadata.version("relayviz")
    tasks = client.map(_checked, [version] * len(cells), cells, pure=False, retries=MOST_DEATHS)
    places = {task.key: place for place, task in enumerate(tasks)}
    try:
        for done in as_completed(tasks, loop=client.loop):
            try:
                if (outcome := done.result()) is not None:
                    yield places[done.key], outcome
            except KilledWorker as error:
                message = "several workers have died over the same channel: memory may have run out"
                raise ClusterError(f"{message}. Sweep over smaller ones.") from error
    finally:
        client.cancel(tasks)


def _checked(version: str, cell: Cell) -> Outcome | None:
    """Measure a cell; run by a worker."""
    own = metadata.version("relayviz")
    if own != version:
        raise ClusterError(f"a worker has relayviz {own}, not {version}: install it everywhere.")
    return measure(cell)
