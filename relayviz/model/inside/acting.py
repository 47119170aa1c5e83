"""What an engine of actors can do besides being looked at: steps inside operations, and the past.

The window knows engines by such protocols alone (model.engine.protocol).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from relayviz.model.engine.protocol import Can, Engine, sought

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.engine.protocol import SoughtEngine
    from relayviz.model.history.facts import Facts
    from relayviz.model.history.history import History
    from relayviz.model.history.kept import Kept
    from relayviz.model.inside.program import InsideSession
    from relayviz.model.inside.scene import Scene
    from relayviz.model.inside.sources import Place
    from relayviz.model.session.session import Notes


@dataclass(frozen=True, slots=True)
class Question:
    """What the explorer is asked.

    Attributes:
        find: The condition; empty: nothing is looked for, all is gone through.
        switches: At most so many times another actor goes on; None: any number.
        interrupts: At most so many interrupts; None: any number.
        states: At most so many states; 0: any number.
        pruning: "state", "order" or "none".
        workers: With so many processes; by order it is one.
    """

    find: str
    switches: int | None = None
    interrupts: int | None = None
    states: int = 0
    pruning: str = "state"
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What looking came to.

    Attributes:
        found: There is such a schedule.
        finished: All within the bounds was gone through, or it was found before.
        told: What this proves and what it does not.
        branch: Where it was looked from: the branch ...
        step: ... and the step of it.
        actors: Who makes each step of the schedule found.
    """

    found: bool
    finished: bool
    told: str
    branch: int
    step: int
    actors: tuple[str, ...]


class ActingEngine(Engine, Protocol):
    """Actors that are stepped through the core's code.

    What was asked for happens in that order, in the engine's own thread. A snapshot's step is the
    number of a micro-step; what cannot be done is the snapshot's notice.
    """

    @property
    def session(self) -> InsideSession:
        """Channel, rule and actors; its schedule is what it was opened with."""

    @property
    def scene(self) -> Scene:
        """What goes with the newest snapshot."""

    @property
    def steps(self) -> History:
        """Every micro-step of every branch; the operation of each is what its actor was in."""

    @property
    def facts(self) -> Facts:
        """The figures of every step: those of buffers, and what is counted beside the channel."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Where in the source actors can stop."""

    @property
    def stops(self) -> tuple[str, ...]:
        """The names of all stops; some are at no place in the source."""

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is not yet to be seen in the snapshot."""

    @property
    def made(self) -> int:
        """How many steps were made that the session did not bring."""

    def actor_of(self, step_id: int) -> int:
        """Return the number of the actor of a step, by its id; -1: of the opening."""

    def stop_of(self, step_id: int) -> str:
        """Return the name of the stop that the actor of a step came to; empty: to none."""

    def place_of(self, step_id: int) -> int:
        """Return which of `places` that is; -1: none, such as a stop between parts of a copy."""

    def ends(self, step_id: int) -> bool:
        """Return whether an operation ended with a step."""

    def act(self, actor: str, times: int = 1) -> None:
        """Let an actor make steps; in the past it begins a branch, unless they are the same."""

    def run(self, actor: str, stop: str = "", until: str = "") -> None:
        """Let an actor go on to the end of its operation, or to a stop or a breakpoint before.

        Args:
            actor: Its name.
            stop: The name of a stop.
            until: A condition; with it the actor goes on through its operations until it holds.
        """

    def follow(self, branch: int, step: int, actors: Sequence[str], title: str = "") -> None:
        """Go to a step and let actors make a step each from there.

        Args:
            branch: The branch.
            step: The step of it.
            actors: Their names, in order. Who cannot move is told, and ends it.
            title: Of the branch that begins so, if one does; empty: it gets a number.
        """

    def drop(self) -> None:
        """Do no more of what was asked for."""

    def seek(self, step: int) -> None:
        """Go to a step of the branch shown; numbers beyond its ends mean these."""

    def back(self) -> None:
        """Go one step back."""

    def forward(self) -> None:
        """Go one step forward."""

    def home(self) -> None:
        """Go to where the channel was just opened."""

    def end(self) -> None:
        """Go to the last step of the branch shown."""

    def goto(self, step_id: int) -> None:
        """Go to any step of any branch, by its id."""

    def go(self, branch: int, step: int) -> None:
        """Go to a step of a branch, which may come to be by what was asked for before."""

    def rename(self, branch: int, title: str) -> None:
        """Give a branch another name; it may come to be by what was asked for before."""

    def keep(self, kept: Kept, branch: int, step: int) -> None:
        """Forget all steps but some (History.kept), or take them back, and go to a step."""

    def set_breakpoint(self, file: str, line: int, *, on: bool) -> None:
        """Have runs stop at a place, or no more."""

    def ages_of(self, generation: int, row: int) -> NDArray[np.uint32] | None:
        """Return the event that wrote each byte of a buffer; None: ask with a newer snapshot."""

    @property
    def brought(self) -> Notes | None:
        """What the session brings that is noted beside its steps; None: not all is there yet."""

    def schedule(self, notes: Notes | None = None) -> list[str]:
        """Return the lines that lead to the end of the branch shown, with what it was opened with.

        Args:
            notes: What is noted of steps; None: what the session brought.

        Threads: any; what was asked for and is not yet done is not in them.
        """

    def kept(self, notes: Notes | None = None) -> tuple[InsideSession, list[str]]:
        """Return the session as it is saved, and the lines of its schedule."""

    @property
    def client_runs_for(self) -> float:
        """How many seconds a Python subbuf_start has been running; 0: none is."""

    def give_up(self) -> bool:
        """Go on without a Python subbuf_start that does not return; False: none is running."""

    def explore(self, question: Question, goes_on: Callable[[int], bool]) -> Answer:
        """Look for a schedule from the moment shown on; may take long, in the caller's thread.

        Args:
            question: What is looked for, within which bounds.
            goes_on: Asked now and then with the number of states: False ends it.

        Raises:
            ConditionError: The condition means nothing.
            OpenError: There is no memory for it, or its processes end by themselves.
        """


def acting(engine: Engine | None) -> ActingEngine | None:
    """Return an engine as one of actors; None: it has none, or there is no engine."""
    has_actors = engine is not None and Can.INSIDE in engine.can
    return cast("ActingEngine", engine) if has_actors else None


def going(engine: Engine | None) -> SoughtEngine | ActingEngine | None:
    """Return an engine as one that goes to any step; None: it has no steps, or there is none."""
    return sought(engine) or acting(engine)
