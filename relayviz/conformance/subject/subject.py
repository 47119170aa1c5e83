"""What the replayer needs of an implementation: the part of `relayviz.relay` that it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Buffer(Protocol):
    """One buffer, as relayviz.relay.Buffer."""

    cpu: int
    offset: int
    current: int
    subbufs_produced: int
    subbufs_consumed: int
    bytes_consumed: int
    prev_padding: int
    full: bool
    finalized: bool
    file_size: int | None
    waiters: int
    padding: NDArray[np.uint32]
    data: NDArray[np.uint8]

    def subbuf_start_reserve(self, length: int, /) -> None:
        """Keep `length` bytes of the new sub-buffer for a header."""


class Channel(Protocol):
    """A channel, as relayviz.relay.Channel."""

    is_global: bool
    base_filename: str | None
    last_toobig: int
    subbuf_size: int
    n_subbufs: int
    alloc_size: int
    buffers: tuple[Buffer, ...]

    def write(self, data: memoryview, cpu: int, /) -> bool:
        """Append one event."""

    def write_nolock(self, data: memoryview, cpu: int, /) -> bool:
        """Append one event as __relay_write does."""

    def write_many(self, data: bytes, lengths: list[int], cpu: int, /) -> int:
        """Append many events."""

    def reserve(self, length: int, cpu: int, /) -> memoryview | None:
        """Reserve a slot."""

    def switch_subbuf(self, length: int, cpu: int, /) -> int:
        """Switch one buffer."""

    def flush(self) -> None:
        """Switch all buffers."""

    def reset(self) -> None:
        """Begin anew."""

    def subbufs_consumed(self, cpu: int, n: int, /) -> None:
        """Count sub-buffers as consumed."""

    def late_setup_files(self, base_filename: str | None, parent: Directory | None, /) -> None:
        """Make the files of a buffer-only channel."""

    def set_online(self, cpu: int, online: bool, /) -> None:
        """Take a CPU on or off line."""

    def close(self) -> None:
        """Close the channel."""


class File(Protocol):
    """An open descriptor, as relayviz.relay.RelayFile."""

    buffer: Buffer
    size: int
    mode: int

    def read(self, n: int, /) -> bytes:
        """Read at most `n` bytes."""

    def pread(self, n: int, off: int, /) -> bytes:
        """Fail as the kernel does."""

    def lseek(self, off: int, /) -> int:
        """Fail as the kernel does."""

    def write(self, data: memoryview, /) -> int:
        """Fail as the kernel does."""

    def poll(self, timeout: float, /) -> int:
        """Return the mask of select.POLL*."""

    def wait(self, timeout: float, /) -> tuple[int, bool]:
        """Sleep until woken; return the mask and whether it was woken."""

    def mmap(
        self, length: int, *, offset: int = ..., writable: bool = ..., private: bool = ...
    ) -> memoryview:
        """Map the buffer."""

    def close(self) -> None:
        """Close the descriptor."""


class Entry(Protocol):
    """What create_buf_file returns."""

    name: str


class Directory(Entry, Protocol):
    """A directory of the host filesystem, as relayviz.relay.Directory."""

    def open(self, name: str, flags: str, /) -> File:
        """Open a relay file."""

    def remove(self) -> None:
        """Remove the directory."""


class IsGlobal(Protocol):
    """What create_buf_file finds behind its is_global argument."""

    value: int
