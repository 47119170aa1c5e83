"""A live kernel's channels, as its agent tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from relayviz.engines.kernel.agent.process import AgentProcess
from relayviz.engines.kernel.contents import Contents, judged, refuse_impossible
from relayviz.engines.kernel.fault import RefusedError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.engines.kernel.agent.frames import Frame
    from relayviz.model.kernel.look import Buffer, Channel, Look

PATIENCE = 30.0
"""Seconds for the first frame, and for bytes: an agent reads 100,000 symbols before it begins."""

_MOST_MEMORY = 1 << 40


class AgentKernel:
    """The relay channels of a kernel that runs, here or elsewhere.

    Nothing is changed or consumed: the agent opens no relay file.

    Args:
        command: How the agent is started, see agent.commands.

    Raises:
        AgentError: It cannot be started, or ended at once; the message holds what it said.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = AgentProcess(command)
        self._taken = -1  # the frame that was given as a look last
        try:
            self._release = self._process.after(-1, PATIENCE).look.release
        except BaseException:
            self.close()
            raise

    @property
    def release(self) -> str | None:
        """Of the kernel, such as 6.1.0-56-amd64."""
        return self._release

    @property
    def extent(self) -> int:
        """Bytes of memory that there are at most; the agent does not say it."""
        return _MOST_MEMORY

    @property
    def newest(self) -> Frame:
        """The newest frame, at once."""
        return self._process.after(-1, PATIENCE)

    @property
    def damaged(self) -> int:
        """How many of the agent's lines could not be understood."""
        return self._process.damaged

    def next(self, number: int) -> Frame:
        """Wait for a frame behind this number.

        Raises:
            AgentError: The agent has ended, or does not answer any more.
        """
        return self._process.after(number, PATIENCE)

    def look(self) -> Look:
        """Return all channels, as the newest frame tells of them; none is given twice.

        Raises:
            AgentError: The agent has ended, or does not answer any more.
        """
        frame = self.next(self._taken)
        self._taken = frame.number
        return frame.look

    def contents(self, channel: Channel, buffer: Buffer) -> Contents:
        """Return a buffer's memory, and which bytes of it can be believed.

        Args:
            channel: Of a look.
            buffer: One of its buffers.

        Raises:
            UnreadableError: It is not there any more, or it is damaged.
            AgentError: The agent has ended, or does not answer any more.
        """
        refuse_impossible(self.extent, channel, buffer)
        try:
            piece = self._process.piece(buffer.addr, PATIENCE)
        except RefusedError as error:
            raise UnreadableError(str(error)) from error
        refuse_impossible(self.extent, channel, piece.before)
        if piece.begin or len(piece.data) != channel.alloc_size:
            raise UnreadableError("the agent gave other bytes than it was asked for")
        return judged(channel, piece.before, piece.data, piece.after)

    def pace(self, hz: float) -> None:
        """Have the agent look so many times a second; AgentError: it has ended."""
        self._process.pace(hz)

    def close(self) -> None:
        """End the agent, and the connection to it; can be called again."""
        self._process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
