"""Looking for a schedule with several processes: each goes on from beginnings of schedules.

What is found is what one process finds: the fewest switches, then the fewest steps. A beginning
whose worker dies is given to another one. Workers end with the pipe that they are told by.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from relayviz.ending import deaf_to_ctrl_c
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import MEMORY, as_found, search
from relayviz.engines.inside.sharing.gathered import EACH, Gathered
from relayviz.engines.inside.sharing.prefixes import go, prefixes
from relayviz.model.inside.condition import InsideCondition
from relayviz.relay import Explored

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from relayviz.engines.inside.explore import Bounds, Found
    from relayviz.engines.inside.sharing.prefixes import Prefix
    from relayviz.model.inside.program import InsideSession

MOST_DEATHS = 3  # over one beginning
PATIENCE = 5.0  # seconds for a process to end


class WorkerError(Exception):
    """Workers die over the same beginning again and again, so it cannot be gone through."""


@dataclass(frozen=True, slots=True)
class _Task:
    """A beginning, and how many have died over it."""

    prefix: Prefix
    deaths: int = 0


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: _Task | None = None
    states: int = 0  # of its task so far


def explore_with_workers(
    session: InsideSession,
    find: str,
    bounds: Bounds,
    *,
    pruning: str,
    workers: int,
    goes_on: Callable[[int], bool] | None = None,
) -> Found:
    """Look for a schedule from a session's beginning, with several processes.

    Args:
        session: Who does what.
        find: The condition; empty: all is gone through.
        bounds: How far is looked.
        pruning: "state" or "none": by order, what is found depends on which order came first.
        workers: How many processes.
        goes_on: Asked now and then with the number of states: False ends it.

    Raises:
        OpenError: The channel cannot be opened.
        ConditionError: The condition cannot be computed.
        WorkerError: See there.
        KeyboardInterrupt: The workers have been ended.
    """
    row = look_with_workers(
        session, find, bounds, pruning=pruning, workers=workers, goes_on=goes_on
    )
    return as_found(session, find, pruning, row, workers)


def look_with_workers(
    session: InsideSession,
    find: str,
    bounds: Bounds,
    *,
    pruning: str,
    workers: int,
    goes_on: Callable[[int], bool] | None = None,
    begun: bytes = b"",
) -> Explored:
    """Look as explore_with_workers does, behind steps that were made; `begun` says by whom."""
    engine = InsideEngine(session)
    if find:
        engine.compiled(InsideCondition(find))
    wanted, merges = EACH[pruning] * workers, pruning == "state"
    found, within = prefixes(engine, find, bounds, wanted, merges=merges, begun=begun)
    gathered = Gathered(bounds, within)
    crew = _Crew((session, find, pruning, MEMORY // workers), goes_on, gathered)
    crew.waiting.extend(map(_Task, found))
    try:
        crew.run(workers)
    finally:
        crew.end()
    row = gathered.all_in_all()
    return row._replace(schedule=None if row.schedule is None else row.schedule[len(begun) :])


@dataclass(slots=True)
class _Crew:
    """The workers, and what they have to do."""

    setting: tuple[InsideSession, str, str, int]
    goes_on: Callable[[int], bool] | None
    gathered: Gathered
    waiting: deque[_Task] = field(default_factory=deque)
    workers: list[_Worker] = field(default_factory=list)

    def run(self, count: int) -> None:
        """Have all tasks done."""
        for _ in range(min(count, len(self.waiting))):
            self.workers.append(self._start())
        gathered = self.gathered
        while not gathered.is_stopped:
            for worker in self.workers:
                self._occupy(worker)
            busy = {worker.pipe: worker for worker in self.workers if worker.task is not None}
            if not busy:
                return
            for pipe in wait(list(busy)):
                self._listen(next(worker for worker in busy.values() if worker.pipe is pipe))
            states = gathered.states + sum(worker.states for worker in self.workers)
            if gathered.is_enough(states) or (self.goes_on and not self.goes_on(states)):
                gathered.is_stopped = True

    def end(self) -> None:
        """End all workers."""
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            self._bury(worker)
        self.workers.clear()

    def _start(self) -> _Worker:
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_work, args=(there, *self.setting), daemon=True)
        with deaf_to_ctrl_c():
            process.start()
        there.close()
        return _Worker(process, here)

    def _occupy(self, worker: _Worker) -> None:
        """Give a worker that has nothing to do a task that can still lead to something better."""
        while worker.task is None and self.waiting:
            task = self.waiting.popleft()
            bounds = self.gathered.left(task.prefix)
            if bounds is None:
                continue
            worker.task, worker.states = task, 0
            with suppress(OSError):  # it has died: that is heard next
                worker.pipe.send((task.prefix, bounds))

    def _listen(self, worker: _Worker) -> None:
        task = worker.task
        assert task is not None, "it was busy"  # noqa: S101
        try:
            told = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker, task)
            return
        if isinstance(told, Explored):
            self.gathered.take(task.prefix, told)
            worker.task, worker.states = None, 0
        else:
            worker.states = told

    def _replace(self, worker: _Worker, task: _Task) -> None:
        """Let another worker do what one has not finished that died."""
        self._bury(worker)
        self.workers.remove(worker)
        if task.deaths + 1 == MOST_DEATHS:
            raise WorkerError(
                f"{MOST_DEATHS} workers have died over the same schedules, the last with exit code "
                f"{worker.process.exitcode}: memory may have run out. Look with fewer workers, or "
                "for less with --states or --switches."
            )
        self.waiting.appendleft(replace(task, deaths=task.deaths + 1))
        self.workers.append(self._start())

    def _bury(self, worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.join(PATIENCE)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _work(pipe: Connection, session: InsideSession, find: str, pruning: str, memory: int) -> None:
    """Do what comes through the pipe, in a process of its own, until it is closed."""
    engine = InsideEngine(session)

    def goes_on(states: int) -> bool:
        pipe.send(states)
        return True

    with suppress(EOFError, OSError):
        while True:
            prefix, bounds = pipe.recv()
            go(engine, prefix)
            pipe.send(
                search(
                    *(engine, find, bounds, pruning),
                    last=prefix.last,
                    memory=memory,
                    goes_on=goes_on,
                )
            )
