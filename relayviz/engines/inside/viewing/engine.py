"""The engine: its thread lets actors go on as it is asked, and publishes what is to be seen."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from relayviz import relay
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import LONGEST_RUN, CannotMoveError
from relayviz.engines.inside.explore import Bounds, refuse_python
from relayviz.engines.inside.puzzle import grade
from relayviz.engines.inside.viewing.asked import Asked
from relayviz.engines.inside.viewing.keeping import Schedule, brought, kept
from relayviz.engines.inside.viewing.line import OPENING, Line
from relayviz.engines.inside.viewing.playing import Played, play
from relayviz.engines.inside.viewing.scene import places, scene_of
from relayviz.engines.inside.viewing.wishes import Wishes
from relayviz.engines.step.channel.client import GivenUpError
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import Can, NoCurves
from relayviz.model.inside.acting import Answer, Question
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.lines import in_few_lines, write_schedule_line
from relayviz.model.inside.sources import names_of, places_called

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.facts import Facts
    from relayviz.model.history.history import History
    from relayviz.model.inside.program import InsideSession
    from relayviz.model.inside.scene import Scene
    from relayviz.model.inside.sources import Place
    from relayviz.model.session.session import Notes

FRAME = 1 / 60  # seconds between two states that are shown while there is more to do
JOIN = 5.0  # seconds


class ActorsEngine(NoCurves, Wishes):
    """Actors in the core's code; a relayviz.model.inside.acting.ActingEngine.

    At first the session's schedule is played to its end, and then the beginning is shown: what is
    ahead can be gone through.

    Args:
        session: Channel, rule, actors, schedule.
        functions: The subbuf_starts in Python that the user has confirmed.

    Raises:
        OpenError: The channel cannot be opened.

    Threads: any may call.
    """

    kind: ClassVar[str] = "inside"
    can: ClassVar[frozenset[Can]] = frozenset({Can.INSIDE})
    history: ClassVar[None] = None
    ledger: ClassVar[None] = None

    def __init__(self, session: InsideSession, functions: Iterable[SubbufStart] = ()) -> None:
        super().__init__(Line(session, functions))
        self.session, self.config = session, session.config
        self._names = tuple(one.name for one in session.actors)
        self._memory = threading.Lock()  # held while the machine moves
        self._breakpoints = places_called(session.halts, places())
        self._halts_changed = 0
        self._played = Played()
        self._grades: dict[int, str] = {}  # by step
        self._published, self._notice = 0.0, ""
        self._brought = 0 if session.schedule else 1
        self.scene: Scene = self._look()
        self.snapshot: Snapshot = self._line.shown
        if session.schedule:
            self._ask(self._begin)
        self._thread = self._start()

    # -- for any thread ------------------------------------------------------------------------

    @property
    def steps(self) -> History:
        """Every micro-step of every branch."""
        return self._line.steps

    @property
    def facts(self) -> Facts:
        """The figures of every step."""
        return self._line.facts

    @property
    def places(self) -> tuple[Place, ...]:
        """Where in the source actors can stop."""
        return places()

    @property
    def stops(self) -> tuple[str, ...]:
        """The names of all stops."""
        return tuple(STOP_NAMES)

    @property
    def made(self) -> int:
        """How many steps were made that the session did not bring."""
        if not self.has_begun:
            return 0
        return len(self.steps.steps) - self._brought + self.steps.changes + self._halts_changed

    @property
    def has_begun(self) -> bool:
        """Whether all that the session brings is there."""
        return self._brought > 0

    def actor_of(self, step_id: int) -> int:
        """Return the number of the actor of a step; -1: of the opening."""
        number = self._line.actors[step_id]
        return -1 if number == OPENING else number

    def stop_of(self, step_id: int) -> str:
        """Return the name of the stop that the actor of a step came to; empty: to none."""
        stop = self._line.stops[step_id]
        return STOP_NAMES[stop] if stop >= 0 else ""

    def place_of(self, step_id: int) -> int:
        """Return which of the places the actor of a step came to; -1: none."""
        return self._line.stands[step_id]

    def ends(self, step_id: int) -> bool:
        """Return whether an operation ended with a step."""
        return bool(self._line.ended[step_id])

    def act(self, actor: str, times: int = 1) -> None:
        """Let an actor make steps."""
        number = self._names.index(actor)
        drops = self._drops

        def wish() -> None:
            for _ in range(times):
                if drops != self._drops or self._is_closing:
                    return
                self._line.act(number)

        self._ask(wish)

    def run(self, actor: str, stop: str = "", until: str = "") -> None:
        """Let an actor go on to the end of its operation, a stop, or until a condition holds."""
        number, drops = self._names.index(actor), self._drops

        def is_wanted() -> bool:
            return drops == self._drops and not self._is_closing

        self._ask(lambda: self._go_on(number, stop, until, is_wanted))

    def set_breakpoint(self, file: str, line: int, *, on: bool) -> None:
        """Have runs stop at a place, or no more."""

        def wish() -> None:
            self._breakpoints = (
                self._breakpoints | {(file, line)} if on else self._breakpoints - {(file, line)}
            )
            self._halts_changed += 1
            self._line.show_again()

        self._ask(wish)

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        """Return a copy of a buffer's bytes, as the protocol says."""
        with _Tried(self._memory) as is_mine:
            if not is_mine or snapshot.generation != self._line.shown.generation:
                return None
            memory = self._line.inner.machine.memory_of(row)
        return np.frombuffer(memory[first:last], np.uint8).copy()

    def ages_of(self, generation: int, row: int) -> NDArray[np.uint32] | None:
        """Return the event that wrote each byte of a buffer, as the protocol says."""
        with _Tried(self._memory) as is_mine:
            if not is_mine or generation != self._line.shown.generation:
                return None
            ages = self._line.inner.machine.ages(row)
        return np.bitwise_and(ages, relay.AGE_EVENT, dtype=np.uint32)

    @property
    def brought(self) -> Notes | None:
        """What the session brings that is noted beside its steps; None: not all is there yet."""
        return brought(self.session, self._played) if self.has_begun else None

    def schedule(self, notes: Notes | None = None) -> list[str]:
        """Return the lines that lead to the end of the branch shown, as the protocol says."""
        if not self.has_begun:
            return [write_schedule_line(one.line) for one in self.session.schedule]
        noted = brought(self.session, self._played) if notes is None else notes
        return Schedule(self._line, self._played, self.snapshot.branch, noted).lines

    def kept(self, notes: Notes | None = None) -> tuple[InsideSession, list[str]]:
        """Return the session as it is saved, and the lines of its schedule."""
        lines = self.schedule(notes)
        noted = brought(self.session, self._played) if notes is None else notes
        halts = names_of(self._breakpoints, places(), self.session.halts)
        return replace(kept(self.session, lines, noted), halts=halts), lines

    @property
    def client_runs_for(self) -> float:
        """How many seconds a Python subbuf_start has been running; 0: none is."""
        return self._line.inner.client_runs_for

    def give_up(self) -> bool:
        """Go on without a Python subbuf_start that does not return; False: none is running.

        The step that asked it is not made, nor is what waits. Its thread ends when it returns.
        """
        if not self._line.inner.give_up():
            return False
        with self._wanted:
            self._queue.clear()
            self._drops += 1
            self._queue.append(self._line.show_again)
            self._memory = threading.Lock()
        self._thread = self._start()
        return True

    def explore(self, question: Question, goes_on: Callable[[int], bool]) -> Answer:
        """Look for a schedule from the moment shown on, on machines of its own."""
        refuse_python(self.session)
        shown = self.snapshot
        branch, step = shown.branch, shown.step
        ids = self.steps.ids(branch, 1, step)
        asked = Asked(
            self.session,
            question.find,
            Bounds(question.switches, question.interrupts, question.states),
            question.pruning,
            bytes(self._line.actors[one] for one in ids),
        )
        actors, found = asked.explore(question.workers, goes_on)
        names = tuple(self._names[number] for number in actors)
        return Answer(found.found, found.finished, found.told(), branch, step, names)

    def close(self, timeout: float = JOIN) -> bool:
        """End it; what is still to be done is dropped. Can be called again."""
        with self._wanted:
            self._is_closing = True
            self._queue.clear()
            self._wanted.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # -- in the engine's thread ----------------------------------------------------------------

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name="inside", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        try:
            self._run()
        except GivenUpError:
            return  # another thread has taken over

    def _run(self) -> None:
        while (wish := self._next()) is not None:
            with self._memory:
                self._notice = ""
                try:
                    wish()
                except (CannotMoveError, ConditionError) as error:
                    self._notice = str(error)
                with self._wanted:
                    is_last = not self._queue
                if is_last or time.monotonic() >= self._published + FRAME:
                    self._publish()
        self._idle.set()

    def _publish(self) -> None:
        if self._notice:
            self._line.show_again(self._notice)
        scene, shown = self._look(), self._line.shown
        self.scene = scene  # first: whoever sees the state finds what goes with it
        self.snapshot = shown
        self._published = time.monotonic()

    def _look(self) -> Scene:
        return scene_of(self._line, self._played, self._breakpoints, self._graded())

    def _graded(self) -> str:
        """Say how far the steps on the way to here solve the puzzle; empty: it is none."""
        puzzle, line = self.session.puzzle, self._line
        first, (branch, step) = self._played.ends[-1] if self._played.ends else 0, line.at
        if puzzle is None or step <= first or self.config.source:
            return ""
        at = line.step.id
        if at not in self._grades:
            ids = [self.steps.id_at(branch, number) for number in range(first + 1, step + 1)]
            made = in_few_lines([self._names[line.actors[one]] for one in ids])
            self._grades[at] = grade(self.session, "\n".join(made)).words
        return self._grades[at]

    def _begin(self) -> None:
        self._played = play(self._line, lambda: self._is_closing)
        if self.session.puzzle is None:  # of a puzzle it is the beginning
            self._line.go(0, 0)
        self._brought = len(self.steps.steps)

    def _go_on(self, number: int, stop: str, until: str, is_wanted: Callable[[], bool]) -> None:
        line, inner = self._line, self._line.inner
        condition = InsideCondition(until) if until else None
        for _ in range(LONGEST_RUN):
            line.act(number)
            look = inner.machine.look(number)
            if condition is not None and inner.value(condition):
                return
            place = (look.file, look.line)
            if look.stop >= 0 and (STOP_NAMES[look.stop] == stop or place in self._breakpoints):
                return
            has_ended = look.stop < 0 and look.state == relay.ActorState.IDLE
            if (has_ended and condition is None) or not is_wanted():
                break
        if stop and is_wanted():
            name = self._names[number]
            raise CannotMoveError(f"{name} has ended its operation without coming to {stop}.")


class _Tried:
    """A lock that is taken if that needs no waiting; gives whether it was."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock, self._is_mine = lock, False

    def __enter__(self) -> bool:
        self._is_mine = self._lock.acquire(blocking=False)
        return self._is_mine

    def __exit__(self, *_: object) -> None:
        if self._is_mine:
            self._lock.release()
