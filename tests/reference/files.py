"""The host filesystem and the operations on an open relay file."""

from __future__ import annotations

import errno
import os
import select
import stat
from typing import TYPE_CHECKING, Never, Self

if TYPE_CHECKING:
    from tests.reference.buffer import Buffer


def _fail(number: int) -> Never:
    """Raise what a system call would give as errno `number`."""
    raise OSError(number, os.strerror(number))


class Entry:
    """A file of one buffer: its name, the directory it is in, and the size that stat shows."""

    def __init__(self, name: str, parent: Directory, mode: int, buf: Buffer | None) -> None:
        self.name = name
        self.parent = parent
        self.mode = stat.S_IFREG | mode
        self.buffer = buf
        self.size = 0


class Directory(Entry):
    """A directory of the host filesystem; without a parent it lies in the root."""

    _root: Directory | None = None

    def __init__(self, name: str, parent: Directory | None = None) -> None:
        self.entries: dict[str, Entry] = {}
        super().__init__(name, parent or Directory.root(), 0o755, None)
        self.mode = stat.S_IFDIR | 0o755
        self.parent.add(self)

    @classmethod
    def root(cls) -> Directory:
        """Return the directory that all others are in."""
        if cls._root is None:
            cls._root = top = cls.__new__(cls)
            top.name, top.parent, top.entries, top.size = "", top, {}, 0
        return cls._root

    def add(self, entry: Entry) -> None:
        """Give `entry` its place here; FileExistsError if the name is taken."""
        if entry.name in self.entries:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), entry.name)
        self.entries[entry.name] = entry

    def names(self) -> list[str]:
        """List the names in this directory."""
        return sorted(self.entries)

    def open(self, name: str, flags: str = "r") -> RelayFile:
        """Open the relay file `name`; FileNotFoundError if there is none."""
        entry = self.entries.get(name)
        if entry is None or entry.buffer is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return RelayFile(entry, entry.buffer, flags)

    def remove(self) -> None:
        """Take this directory out of its parent; it must be empty."""
        if self.entries:
            _fail(errno.ENOTEMPTY)
        self.parent.entries.pop(self.name, None)


def create_file(name: str, parent: Directory | None, mode: int, buf: Buffer) -> Entry:
    """Make the file of `buf` in `parent` (None: the root) with permission bits `mode`."""
    parent = parent or Directory.root()
    entry = Entry(name, parent, mode, buf)
    parent.add(entry)
    return entry


def remove_file(entry: Entry) -> None:
    """Take the file out of its directory; open descriptors stay valid."""
    entry.parent.entries.pop(entry.name, None)


class RelayFile:
    """One open descriptor. The read position is not here: it belongs to the buffer."""

    def __init__(self, entry: Entry, buf: Buffer, flags: str) -> None:
        base = flags.removesuffix("nb")
        if base not in ("r", "w", "rw"):
            raise ValueError(f"flags {flags!r}: expected r, w or rw, with nb appended if wanted")
        self._entry, self.buffer, self.closed = entry, buf, False
        self._readable, self._writable = "r" in base, "w" in base
        self._waits_not = flags.endswith("nb")

    @property
    def size(self) -> int:
        """Bytes of all finished sub-buffers since open, padding left out."""
        return self._entry.size

    @property
    def mode(self) -> int:
        """Type and permission bits, as in st_mode."""
        return self._entry.mode

    def read(self, n: int = -1) -> bytes:
        """Return at most `n` unread bytes (-1: all there are); b"" when there are none."""
        if not self._readable:
            _fail(errno.EBADF)
        # nothing is longer than this: even the anomalies end where the reader meets the writer
        return self.buffer.read(n if n >= 0 else 2 * self.buffer.alloc_size)

    def poll(self, timeout: float | None = 0) -> int:
        """Return the mask of select.POLL* that holds now; nothing here can wait but `wait`."""
        if timeout != 0:
            return self.wait(timeout)[0]
        if self.buffer.finalized:
            return select.POLLERR
        if self._readable and self.buffer.ready:
            return select.POLLIN | select.POLLRDNORM
        return 0

    def wait(self, timeout: float | None) -> tuple[int, bool]:
        """Sleep until a switch wakes this poller, at most `timeout` seconds.

        Returns:
            The mask found in the end, and whether it was a switch that ended the sleep.
        """
        buf = self.buffer
        with buf.wakeup:
            if mask := self.poll():
                return mask, False
            seen = buf.wakes
            buf.waiters += 1
            try:
                woken = buf.wakeup.wait_for(lambda: buf.wakes != seen, timeout)
            finally:
                buf.waiters -= 1
            return self.poll(), woken

    def splice(self, target: int, n: int) -> int:
        """Move at most `n` bytes of finished sub-buffers to the descriptor `target`."""
        if not self._readable:
            _fail(errno.EBADF)
        moved = os.write(target, self.buffer.splice(n))
        if not moved and n and self._waits_not:
            _fail(errno.EAGAIN)
        return moved

    def mmap(
        self,
        length: int | None = None,
        *,
        offset: int = 0,  # noqa: ARG002  the kernel accepts any and maps the whole buffer
        writable: bool = False,
        private: bool = False,
    ) -> memoryview:
        """Map the whole buffer; `length` must be its alloc_size, else EINVAL."""
        if length == 0:  # the system call itself refuses this, before it looks at the file
            _fail(errno.EINVAL)
        if not self._readable or (writable and not private and not self._writable):
            _fail(errno.EACCES)
        if length is not None and length != self.buffer.alloc_size:
            _fail(errno.EINVAL)
        view = memoryview(self.buffer.memory)
        return view if writable and not private else view.toreadonly()

    def pread(self, n: int, off: int) -> Never:  # noqa: ARG002
        """Fail: relay files cannot seek."""
        _fail(errno.ESPIPE)

    def lseek(self, off: int) -> Never:  # noqa: ARG002
        """Fail: relay files cannot seek."""
        _fail(errno.ESPIPE)

    def write(self, data: bytes) -> Never:  # noqa: ARG002
        """Fail: relay files are written by the channel alone."""
        _fail(errno.EINVAL if self._writable else errno.EBADF)

    def close(self) -> None:
        """Drop the descriptor's reference."""
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
