"""A kernel whose channels can be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from relayviz.engines.kernel.contents import read_contents
from relayviz.engines.kernel.walk.channels import Walk

if TYPE_CHECKING:
    from relayviz.engines.kernel.contents import Contents
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.symbols.protocol import Symbols
    from relayviz.engines.kernel.types.layout import Layout
    from relayviz.model.kernel.look import Buffer, Channel, Look


class Kernel:
    """The relay channels of a kernel: a dump, or one that runs.

    Nothing is changed or consumed: only memory is read. One thread at a time may use it.

    Args:
        memory: Its memory.
        symbols: Its variables and functions.
        layout: Its structures.

    Raises:
        SymbolsError: Symbols are missing, or do not belong to this kernel.
    """

    def __init__(self, memory: Memory, symbols: Symbols, layout: Layout) -> None:
        self.memory, self.symbols, self.layout = memory, symbols, layout
        self._walk = Walk(memory, symbols, layout)

    @property
    def release(self) -> str | None:
        """Of the kernel, such as 6.1.0-56-amd64; None: memory does not say."""
        return self.memory.info.release

    @property
    def extent(self) -> int:
        """Bytes of memory that there are at most; what claims to be more is damaged."""
        return self.memory.extent

    def look(self) -> Look:
        """Return all channels with their counters; what is damaged says so and hides nothing."""
        self.memory.forget()
        return self._walk.look()

    def contents(self, channel: Channel, buffer: Buffer) -> Contents:
        """Return a buffer's memory, and which bytes of it can be believed.

        Args:
            channel: Of a look.
            buffer: One of its buffers.

        Raises:
            UnreadableError: It is not there, or the buffer is damaged.
        """
        return read_contents(self.memory, self._walk, channel, buffer)

    def pace(self, hz: float) -> None:
        """Be told how many looks a second there will be: memory is read whenever it is asked."""

    def close(self) -> None:
        """Let go of the file; can be called again."""
        self.memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
