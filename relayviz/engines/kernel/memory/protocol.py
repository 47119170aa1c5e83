"""What reads memory, as the walk over channels needs it, and as page tables need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo


class Physical(Protocol):
    """Pages of physical memory: a dump, or a guest from outside."""

    @property
    def info(self) -> VmcoreInfo:
        """What the kernel says of itself."""

    @property
    def extent(self) -> int:
        """Bytes of memory that there are at most."""

    def page(self, frame: int) -> bytes:
        """Return the 4096 bytes of a page frame.

        Raises:
            UnreadableError: It is not there.
        """

    def close(self) -> None:
        """Let go of the file; can be called again."""


class Opened(Physical, Protocol):
    """Physical memory with what was left beside it."""

    @property
    def notes(self) -> dict[bytes, bytes]:
        """By name: a saved dump has its types and symbols there."""


class Memory(Protocol):
    """A kernel's memory by virtual address: page tables over physical pages, or a live kernel."""

    @property
    def info(self) -> VmcoreInfo:
        """What the kernel says of itself."""

    @property
    def extent(self) -> int:
        """Bytes of memory that there are at most; what claims to be more is damaged."""

    @property
    def is_live(self) -> bool:
        """Whether it changes while it is read."""

    def forget(self) -> None:
        """Keep nothing that was read before: called before each look."""

    def read(self, address: int, size: int) -> bytes:
        """Return exactly `size` bytes, of a live kernel as they are now.

        Raises:
            UnreadableError: One of them is not there.
        """

    def close(self) -> None:
        """Let go of the file; can be called again."""
