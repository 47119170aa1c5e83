"""What can be asked of an engine of actors: going anywhere in its steps, and steps of actors."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.engines.inside.viewing.line import Line
    from relayviz.model.history.kept import Kept

Place = tuple[int, int]
"""A branch, and the number of a step of it."""

Wish = Callable[[], None]
"""What the engine's thread does; CannotMoveError and ConditionError are told."""


class Wishes:
    """What any thread may ask; it happens in that order, in the engine's own thread.

    Args:
        line: What is acted on, by the engine's thread alone.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._wanted = threading.Condition()
        self._queue: deque[Wish] = deque()
        self._drops = 0
        self._is_closing = False
        self._idle = threading.Event()
        self._idle.set()

    # -- for any thread ------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is not yet to be seen."""
        return not self._idle.is_set()

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is left to do; False: the time, in seconds, was up before."""
        return self._idle.wait(timeout)

    def drop(self) -> None:
        """Do no more of what was asked for."""
        with self._wanted:
            self._queue.clear()
            self._drops += 1
        self._ask(lambda: None)

    def seek(self, step: int) -> None:
        """Go to a step of the branch shown; numbers beyond its ends mean these."""
        self._move(lambda place: (place[0], step))

    def back(self) -> None:
        """Go one step back."""
        self._move(lambda place: (place[0], place[1] - 1))

    def forward(self) -> None:
        """Go one step forward."""
        self._move(lambda place: (place[0], place[1] + 1))

    def home(self) -> None:
        """Go to where the channel was just opened."""
        self.seek(0)

    def end(self) -> None:
        """Go to the last step of the branch shown."""
        steps = self._line.steps
        self._move(lambda place: (place[0], steps.length(place[0])))

    def goto(self, step_id: int) -> None:
        """Go to any step of any branch, by its id; IndexError: there is none."""
        steps = self._line.steps
        step = steps.steps[step_id]
        self._move(
            lambda place: (
                place[0] if steps.on_path(step, place[0]) else step.branch,
                step.depth,
            )
        )

    def go(self, branch: int, step: int) -> None:
        """Go to a step of a branch, which may come to be by what was asked for before."""
        self._move(lambda _place: (branch, step))

    def rename(self, branch: int, title: str) -> None:
        """Give a branch another name; it may come to be by what was asked for before."""
        self._ask(lambda: self._line.rename(branch, title))

    def keep(self, kept: Kept, branch: int, step: int) -> None:
        """Forget all steps but some (History.kept), or take them back, and go to a step."""

        def wish() -> None:
            self._line.steps.keep(kept)
            self._line.go(branch, step)

        self._ask(wish)

    def follow(self, branch: int, step: int, actors: Sequence[str], title: str = "") -> None:
        """Go to a step and let actors make a step each from there, as the protocol says."""
        names = [one.name for one in self._line.session.actors]
        numbers = [names.index(actor) for actor in actors]
        drops = self._drops

        def wish() -> None:
            count = len(self._line.steps.branches)
            self._line.go(branch, step)
            for number in numbers:
                if drops != self._drops or self._is_closing:
                    return
                self._line.act(number)
                if title and len(self._line.steps.branches) > count:
                    count = len(self._line.steps.branches)
                    self._line.rename(self._line.at[0], title)

        self._ask(wish)

    # -- for the engine's thread ---------------------------------------------------------------

    def _move(self, where: Callable[[Place], Place]) -> None:
        self._ask(lambda: self._line.go(*where(self._line.at)))

    def _ask(self, wish: Wish) -> None:
        with self._wanted:
            if self._is_closing:
                return
            self._queue.append(wish)
            self._idle.clear()
            self._wanted.notify()

    def _next(self) -> Wish | None:
        """Wait for what is to be done next; None: the engine is to end."""
        with self._wanted:
            while not self._queue and not self._is_closing:
                self._idle.set()
                self._wanted.wait()
            return None if self._is_closing else self._queue.popleft()
