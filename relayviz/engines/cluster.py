"""The workers of a Dask scheduler, which may be other machines. Needs the package "distributed"."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 10  # seconds for a scheduler to answer, and for a first worker


class ClusterError(Exception):
    """The cluster cannot be used; says why, and what would help."""


def connected(address: str) -> Client:
    """Return a client of a scheduler, which the caller closes.

    Args:
        address: Of the scheduler, such as "tcp://127.0.0.1:8786".

    Raises:
        ClusterError: None answers, or the package is not there.
    """
    try:
        from distributed import Client  # noqa: PLC0415  an extra
    except ImportError as error:
        raise ClusterError(
            "--scheduler needs the package distributed: pip install 'relayviz[cluster]'."
        ) from error
    # First without a client: one whose beginning fails leaves a thread, and collected while another
    # one begins it waits for a lock of distributed that this one holds.
    try:
        asyncio.run(_answered(address))
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # each kind of address has its own errors
        why = str(error) or type(error).__name__
        raise ClusterError(
            f"no scheduler answers at {address}: start one with `dask scheduler`, and give the "
            f"address that it prints, such as tcp://127.0.0.1:8786. ({why})"
        ) from error


async def _answered(address: str) -> None:
    from distributed.comm.core import connect  # noqa: PLC0415  an extra

    await (await connect(address, timeout=PATIENCE)).close()


def threads_of(client: Client, address: str) -> int:
    """Return how many threads the workers of a scheduler have.

    Raises:
        ClusterError: There are no workers.
    """
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=PATIENCE)
    threads: int = sum(client.nthreads().values())
    if not threads:
        raise ClusterError(
            f"the scheduler at {address} has no worker: start some with "
            f"`dask worker {address} --nthreads 1`."
        )
    return threads
