"""Where a step engine's channel stands in its history, and bringing it elsewhere by replaying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step.channel.state import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.keyframes import Keyframes
    from relayviz.engines.step.wishes import Place
    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.state import State
    from relayviz.model.history.history import History

_CHUNK = 1000  # steps replayed between two looks at what else is wanted


class Position:
    """A stepped channel and the step that it stands after.

    Threads: the engine's.

    Args:
        channel: Stands after the opening.
        keyframes: Where replays may begin.
        history: What is replayed.
        closing: Told before a channel is closed, for who keeps something of it.

    Attributes:
        channel: The channel.
        at: A branch that has the step, and its number.
    """

    def __init__(
        self,
        channel: StepChannel,
        keyframes: Keyframes,
        history: History,
        closing: Callable[[], None],
    ) -> None:
        self.channel, self.at = channel, (0, 0)
        self._keyframes, self._history, self._closing = keyframes, history, closing
        self._state: State | None = None  # of the channel as it stands, if it was looked at

    @property
    def id(self) -> int:
        """The id of the step that the channel stands after."""
        return self._history.id_at(*self.at)

    def look(self) -> State:
        """Return the state of the channel as it stands."""
        if self._state is None:
            self._state = look(self.channel)
        return self._state

    def stepped(self, at: Place, done: Iterable[Operation]) -> None:
        """Say that operations were done on the channel, and after which step it stands now."""
        self.at, self._state = at, None
        self._keyframes.went(self.channel, self._history, *at, done)

    def go(self, branch: int, depth: int, is_superseded: Callable[[], bool]) -> bool:
        """Bring the channel to a step; False: broken off, for a newer wish waits.

        Raises:
            relay.RelayError, OSError, MemoryError: It cannot be; the channel stands where it stood.
        """
        history, keyframes, at = self._history, self._keyframes, self.at[1]
        is_behind = at <= depth and history.id_at(branch, at) == self.id
        if not is_behind or keyframes.is_nearer(history, branch, depth, at):
            # another one first: if there is no memory for it the old one is still there
            channel, at = keyframes.nearest(history, branch, depth, self.channel)
            if channel is not self.channel:
                self.close()
            self.channel, self.at, self._state = channel, (branch, at), None
        while at < depth:
            first, at = at + 1, min(at + _CHUNK, depth)
            deeds = history.deeds(branch, first, at)
            self.channel.replay(deeds)
            self.stepped((branch, at), (deed[0] for deed in deeds))
            if is_superseded():
                return False
        return True

    def begin_anew(self, branch: int, depth: int) -> None:
        """Take another channel, for the one there is must not be touched any more."""
        self.channel, at = self._keyframes.nearest(self._history, branch, depth)
        self.at, self._state = (branch, at), None

    def close(self) -> None:
        """Close the channel."""
        self._closing()
        self.channel.close()
