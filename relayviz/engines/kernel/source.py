"""What gives looks at a kernel's channels: its memory, or an agent in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from relayviz.engines.kernel.contents import Contents
    from relayviz.model.kernel.look import Buffer, Channel, Look


class Source(Protocol):
    """A kernel whose channels can be looked at; one thread at a time may use it."""

    @property
    def release(self) -> str | None:
        """Of the kernel, such as 6.1.0-56-amd64; None: it does not say."""

    @property
    def extent(self) -> int:
        """Bytes of memory that there are at most; what claims to be more is damaged."""

    def look(self) -> Look:
        """Return all channels with their counters; KernelError: the source is gone."""

    def contents(self, channel: Channel, buffer: Buffer) -> Contents:
        """Return a buffer's memory; UnreadableError: it is not there, or damaged."""

    def pace(self, hz: float) -> None:
        """Be told how many looks a second there will be; KernelError: the source is gone."""

    def close(self) -> None:
        """Let go of it; can be called again."""
