"""Looking for a schedule on the workers of a Dask scheduler, which may be other machines.

Beginnings of schedules are divided as among processes here. A beginning whose worker dies is given
to another one by the scheduler. Needs the package "distributed".
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.cluster import ClusterError, connected, threads_of
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import MEMORY, as_found, search
from relayviz.engines.inside.sharing.gathered import EACH, Gathered
from relayviz.engines.inside.sharing.prefixes import go, prefixes
from relayviz.model.inside.condition import InsideCondition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distributed import Client, Future

    from relayviz.engines.inside.explore import Bounds, Found
    from relayviz.engines.inside.sharing.prefixes import Prefix
    from relayviz.model.inside.program import InsideSession
    from relayviz.relay import Explored

BETWEEN = 1.0  # seconds between two looks whether a worker shall go on
AHEAD = 2  # beginnings for each thread that wait at the workers


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for all beginnings."""

    session: InsideSession
    find: str
    pruning: str
    memory: int
    digest: str
    ending: str  # name of the event that ends it


def explore_on_cluster(
    session: InsideSession,
    find: str,
    bounds: Bounds,
    *,
    pruning: str,
    address: str,
    goes_on: Callable[[int], bool] | None = None,
) -> Found:
    """Look for a schedule from a session's beginning on the workers of a scheduler.

    Args:
        session: Who does what.
        find: The condition; empty: all is gone through.
        bounds: How far is looked.
        pruning: "state" or "none": by order, what is found depends on which order came first.
        address: Of the scheduler, such as "tcp://127.0.0.1:8786".
        goes_on: Asked when a beginning is done, and every second, with the number of states of
            those that are: False ends it.

    Raises:
        OpenError: The channel cannot be opened.
        ConditionError: The condition cannot be computed.
        ClusterError: See there.
    """
    engine = InsideEngine(session)
    if find:
        engine.compiled(InsideCondition(find))
    client = connected(address)
    try:
        threads = threads_of(client, address)
        wanted = EACH[pruning] * threads
        found, within = prefixes(engine, find, bounds, wanted, merges=pruning == "state")
        setting = Setting(
            session, find, pruning, MEMORY // threads, relay.CODE_DIGEST, f"end-{uuid.uuid4()}"
        )
        gathered = Gathered(bounds, within)
        with client.as_current():
            _Spread(client, setting, gathered, goes_on).run(found, AHEAD * threads)
    finally:
        client.close()
    return as_found(session, find, pruning, gathered.all_in_all(), threads)


class _Spread:
    """Beginnings on their way to the workers and back."""

    def __init__(
        self,
        client: Client,
        setting: Setting,
        gathered: Gathered,
        goes_on: Callable[[int], bool] | None,
    ) -> None:
        self._client, self._setting, self._gathered = client, setting, gathered
        self._goes_on = goes_on
        self._of: dict[Future[Explored], Prefix] = {}

    def run(self, found: list[Prefix], most: int) -> None:
        """Have all done; so many at once that what was found bounds what comes later."""
        from distributed import Event  # noqa: PLC0415  an extra

        ending, waiting = Event(self._setting.ending, client=self._client), iter(found)
        try:
            while self._fill(waiting, most):
                self._take_some()
                if self._is_over():
                    self._gathered.is_stopped = True
                    return
        finally:
            if self._of:
                ending.set()
                self._client.cancel(list(self._of))

    def _is_over(self) -> bool:
        states = self._gathered.states
        is_told = self._goes_on is not None and not self._goes_on(states)
        return is_told or self._gathered.is_stopped

    def _fill(self, waiting: Iterator[Prefix], most: int) -> bool:
        """Hand beginnings out; False: all are done."""
        while len(self._of) < most and (prefix := next(waiting, None)) is not None:
            if (bounds := self._gathered.left(prefix)) is not None:
                task = self._client.submit(look, self._setting, prefix, bounds, pure=False)
                self._of[task] = prefix
        return bool(self._of)

    def _take_some(self) -> None:
        from distributed import wait  # noqa: PLC0415  an extra
        from distributed.scheduler import KilledWorker  # noqa: PLC0415  an extra

        try:
            done = wait(list(self._of), timeout=BETWEEN, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            return
        for task in done:
            prefix = self._of.pop(task)
            try:
                self._gathered.take(prefix, task.result())
            except KilledWorker as error:
                raise ClusterError(
                    "several workers have died over the same schedules: memory may have run out. "
                    "Look for less with --states or --switches."
                ) from error


def look(setting: Setting, prefix: Prefix, bounds: Bounds) -> Explored:
    """Look from a beginning on; run by a worker."""
    from distributed import Event, get_client  # noqa: PLC0415  an extra

    if setting.digest != relay.CODE_DIGEST:
        raise ClusterError("a worker has another version of relayviz: install the same everywhere.")
    ending, next_look = Event(setting.ending, client=get_client()), time.monotonic() + BETWEEN

    def goes_on(_states: int) -> bool:
        nonlocal next_look
        if time.monotonic() < next_look:
            return True
        next_look = time.monotonic() + BETWEEN
        return not ending.is_set()

    engine = InsideEngine(setting.session)
    go(engine, prefix)
    return search(
        *(engine, setting.find, bounds, setting.pruning),
        last=prefix.last,
        memory=setting.memory,
        goes_on=goes_on,
    )
