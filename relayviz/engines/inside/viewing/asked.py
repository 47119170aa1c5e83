"""Looking for a schedule from the moment shown on: with this process, or with several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import as_found, search
from relayviz.engines.inside.sharing.workers import WorkerError, look_with_workers
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.inside.explore import Bounds, Found
    from relayviz.model.inside.program import InsideSession

DIED = (
    "Processes that looked have ended by themselves again and again: memory may have run out. Look "
    "with fewer workers, or for fewer switches or interrupts."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, and from where.

    Attributes:
        session: Who does what.
        find: The condition.
        bounds: How far is looked.
        pruning: What is left out.
        begun: Who has made each step before.
    """

    session: InsideSession
    find: str
    bounds: Bounds
    pruning: str
    begun: bytes

    def explore(self, workers: int, goes_on: Callable[[int], bool]) -> tuple[bytes, Found]:
        """Look; return who makes each step of the schedule found, and what looking came to.

        Args:
            workers: With so many processes; by order it is this one.
            goes_on: Asked now and then with the number of states: False ends it.

        Raises:
            ConditionError: The condition means nothing.
            OpenError: There is no memory for it, or the processes end by themselves.
        """
        count = 1 if self.pruning == "order" else workers
        if count > 1:
            try:
                row = look_with_workers(
                    *(self.session, self.find, self.bounds),
                    pruning=self.pruning,
                    workers=count,
                    goes_on=goes_on,
                    begun=self.begun,
                )
            except WorkerError as error:
                raise OpenError(None, DIED) from error
        else:
            engine = InsideEngine(self.session)
            for actor in self.begun:
                engine.machine.step(actor)
            last = self.begun[-1] if self.begun else None
            row = search(engine, self.find, self.bounds, self.pruning, last=last, goes_on=goes_on)
        return row.schedule or b"", as_found(self.session, self.find, self.pruning, row, count)
