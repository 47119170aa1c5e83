"""What can be asked of a step engine: operations, and going anywhere in its history."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from relayviz.model.channel.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.model.history.history import History
    from relayviz.model.history.kept import Kept

Place = tuple[int, int]
"""A branch, and the number of a step of it."""

Move = Callable[[Place], Place]
"""From where the engine is going to where it is to go instead."""


def before_moves(commands: Iterable[Operation | Move]) -> list[Operation]:
    """Return the operations before the first that goes elsewhere."""
    found = [*commands]
    if {*map(type, found)} != {Operation}:
        found = [*takewhile(lambda one: isinstance(one, Operation), found)]
    return cast("list[Operation]", found)


class Wishes:
    """What any thread may ask; it happens in that order, in the engine's own thread.

    Attributes:
        history: The engine's.
    """

    history: History

    def __init__(self) -> None:
        super().__init__()
        self._wanted = threading.Condition()
        self._queue: deque[Operation | Move] = deque()
        self._drops = 0  # how many times the queue was emptied while something was being done
        self._closing = False
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

    def _ask(self, commands: Iterable[Operation | Move]) -> None:
        raise NotImplementedError

    def submit(self, *operations: Operation) -> None:
        """Ask for operations; one in the past begins a new branch."""
        self._ask(operations)

    def drop(self) -> None:
        """Do no more of what was asked for than what is being done; that is shown."""
        with self._wanted:
            self._queue.clear()
            self._drops += 1
        self._ask([lambda place: place])

    def seek(self, step: int) -> None:
        """Go to a step of the branch shown; numbers beyond its ends mean these."""
        self._ask([lambda place: (place[0], step)])

    def back(self) -> None:
        """Go one step back."""
        self._ask([lambda place: (place[0], place[1] - 1)])

    def forward(self) -> None:
        """Go one step forward."""
        self._ask([lambda place: (place[0], place[1] + 1)])

    def home(self) -> None:
        """Go to where the channel was just opened."""
        self.seek(0)

    def end(self) -> None:
        """Go to the last step of the branch shown."""
        self._ask([lambda place: (place[0], self.history.length(place[0]))])

    def goto(self, step_id: int) -> None:
        """Go to any step of any branch, by its id; IndexError: there is none."""
        step = self.history.steps[step_id]

        def move(place: Place) -> Place:
            branch = place[0] if self.history.on_path(step, place[0]) else step.branch
            return branch, step.depth

        self._ask([move])

    def go(self, branch: int, step: int) -> None:
        """Go to a step of a branch, which may come to be by what was asked for before."""
        self._ask([lambda _place: (branch, step)])

    def rename(self, branch: int, title: str) -> None:
        """Give a branch another name; it may come to be by what was asked for before."""

        def move(place: Place) -> Place:
            self.history.rename(branch, title)
            return place

        self._ask([move])

    def keep(self, kept: Kept, branch: int, step: int) -> None:
        """Forget all steps but some, or take back what was forgotten, and go to a step.

        Args:
            kept: See History.keep.
            branch: The branch.
            step: The number of its step.
        """

        def move(_place: Place) -> Place:
            self.history.keep(kept)
            return branch, step

        self._ask([move])

    # -- for the engine's thread ---------------------------------------------------------------

    def _next(self) -> Operation | Move | None:
        """Wait for what is to be done next; None: the engine is to end."""
        with self._wanted:
            while not self._queue and not self._closing:
                self._idle.set()
                self._wanted.wait()
            return None if self._closing else self._queue.popleft()

    def _take_move(self) -> Move | None:
        with self._wanted:
            if self._queue and not isinstance(self._queue[0], Operation):
                return cast("Move", self._queue.popleft())
        return None

    def _is_superseded(self) -> bool:
        with self._wanted:
            is_move = bool(self._queue) and not isinstance(self._queue[0], Operation)
            return self._closing or is_move
