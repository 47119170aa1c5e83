"""One CPU's circular buffer: writing, switching, reading."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from tests.reference.errors import ReserveError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.reference.channel import Channel
    from tests.reference.files import Entry


class Buffer:
    """The state of one buffer, and what the writer and the reader do to it."""

    def __init__(self, chan: Channel, cpu: int) -> None:
        self.chan, self.cpu = chan, cpu
        self.subbuf_size, self.n_subbufs = chan.subbuf_size, chan.n_subbufs
        self.alloc_size = chan.alloc_size
        self.memory = bytearray(chan.alloc_size)
        self.paddings = [0] * chan.n_subbufs
        self.headers = [0] * chan.n_subbufs  # bytes reserved when each was begun
        self.offset = self.current = self.prev_padding = 0
        self.subbufs_produced = self.subbufs_consumed = self.bytes_consumed = 0
        self.finalized = False
        self.file: Entry | None = None
        self.early_bytes = 0  # finished before there was a file
        self.wakes = self.waiters = 0  # switches that wake pollers; pollers asleep
        self.wakeup = threading.Condition()

    # -- what a client can see ---------------------------------------------------------------

    @property
    def ready(self) -> int:
        """Sub-buffers produced and not yet consumed."""
        return self.subbufs_produced - self.subbufs_consumed

    @property
    def full(self) -> bool:
        """True while at least n_subbufs sub-buffers are unread."""
        return self.ready >= self.n_subbufs

    @property
    def blocked(self) -> bool:
        """True after a refused switch: there is no sub-buffer to write to."""
        return self.offset > self.subbuf_size

    @property
    def padding(self) -> NDArray[np.uint32]:
        """Unused bytes at the end of each sub-buffer, by index."""
        return np.array(self.paddings, np.uint32)

    @property
    def data(self) -> NDArray[np.uint8]:
        """The whole buffer, read-only, without a copy."""
        view: NDArray[np.uint8] = np.frombuffer(self.memory, np.uint8)
        view.flags.writeable = False
        return view

    @property
    def file_size(self) -> int | None:
        """Size of the buffer's file in bytes, None without a file."""
        return None if self.file is None else self.file.size

    def subbuf(self, index: int) -> memoryview:
        """Return the memory of sub-buffer `index`, writable."""
        size = self.subbuf_size
        return memoryview(self.memory)[index * size : (index + 1) * size]

    # -- writing -----------------------------------------------------------------------------

    def write(self, data: bytes | memoryview) -> bool:
        """Append one event; False when it is lost."""
        if self.offset + len(data) > self.subbuf_size and not self.switch(len(data)):
            return False
        start = self.current * self.subbuf_size + self.offset
        self.memory[start : start + len(data)] = data
        self.offset += len(data)
        return True

    def reserve(self, length: int) -> memoryview | None:
        """Return a slot of `length` bytes for the caller to fill, None when there is none."""
        # a reservation of nothing that had to switch gives no slot, whatever the switch said
        switching = self.offset + length > self.subbuf_size
        if switching and not (self.switch(length) and length):
            return None
        start = self.current * self.subbuf_size + self.offset
        self.offset += length
        return memoryview(self.memory)[start : start + length]

    def subbuf_start_reserve(self, length: int) -> None:
        """Keep the first `length` bytes of the new sub-buffer for a header."""
        if length >= self.subbuf_size - 1:
            raise ReserveError(f"a header of {length} bytes fills a {self.subbuf_size}-byte one")
        self.offset = length

    def switch(self, length: int) -> bool:
        """Finish the sub-buffer being written and start the next; False when that failed."""
        if length > self.subbuf_size:
            self.chan.last_toobig = length
            return False
        if not self.blocked:
            self._finish()
        self.offset = 0
        new = self.subbufs_produced % self.n_subbufs
        self._start(new)
        if self.blocked:
            return False
        self.current = new
        self.paddings[new] = 0
        self.headers[new] = self.offset
        if length + self.offset > self.subbuf_size:
            self.chan.last_toobig = length
            return False
        return True

    def _finish(self) -> None:
        """Count the sub-buffer being written as produced and wake its pollers."""
        self.prev_padding = self.subbuf_size - self.offset
        self.paddings[self.subbufs_produced % self.n_subbufs] = self.prev_padding
        with self.wakeup:
            self.subbufs_produced += 1
            self._grow(self.subbuf_size - self.prev_padding)
            self.wakes += 1
            self.wakeup.notify_all()

    def _start(self, new: int) -> None:
        """Ask the client for permission to use sub-buffer `new`; blocked if it says no."""
        accepted = False
        try:
            accepted = self.chan.subbuf_start(self, new, self.current, self.prev_padding)
        finally:
            if not accepted:
                self.offset = self.subbuf_size + 1

    def _grow(self, count: int) -> None:
        if self.file is None:
            self.early_bytes += count
        else:
            self.file.size += count

    def set_file(self, entry: Entry) -> None:
        """Take `entry` as the buffer's file; what was finished before counts in its size."""
        self.file = entry
        entry.size += self.early_bytes

    def reset(self) -> None:
        """Begin anew; memory, file size and the last padding stay."""
        self.subbufs_produced = self.subbufs_consumed = self.bytes_consumed = 0
        self.offset = self.current = 0
        self.finalized = False
        self.paddings = [0] * self.n_subbufs
        self.chan.subbuf_start(self, 0, None, 0)
        self.headers[0] = self.offset

    # -- reading -----------------------------------------------------------------------------

    def consume(self, count: int) -> None:
        """Count `count` sub-buffers as consumed, at most those that are ready."""
        if count <= self.n_subbufs:
            self.subbufs_consumed += min(count, self.ready)

    def read(self, count: int) -> bytes:
        """Return at most `count` bytes from where the last read stopped, as the kernel does."""
        out = bytearray()
        while count > 0:
            self._settle(self.subbufs_consumed % self.n_subbufs)
            if not self._something_to_read():
                break
            pos, index = self._position()
            avail = self._available(pos, index)
            if avail <= 0:
                break
            part = min(count, avail)
            out += self.memory[pos : pos + part]
            if self.bytes_consumed + part > self.subbuf_size:
                self._release()
            self.bytes_consumed += part
            count -= part
            # a quirk: position 0 settles the oldest sub-buffer instead of the one just read
            self._settle(index if pos else self.subbufs_consumed % self.n_subbufs)
        return bytes(out)

    def splice(self, count: int) -> bytes:
        """Return at most `count` bytes of finished sub-buffers, oldest first, padding left out."""
        out = bytearray()
        if not count:
            return b""
        finished = self.n_subbufs if self.blocked else self.n_subbufs - 1
        if self.ready > finished:  # the writer is in the oldest one, or has been
            self.subbufs_consumed = self.subbufs_produced - finished
            self.bytes_consumed = 0
        while self.ready and len(out) < count:
            index = self.subbufs_consumed % self.n_subbufs
            event_bytes = self.subbuf(index)[: self.subbuf_size - self.paddings[index]]
            part = event_bytes[self.bytes_consumed :][: count - len(out)]
            out += part
            self.bytes_consumed += len(part)
            if self.bytes_consumed >= len(event_bytes):
                self._release()
        return bytes(out)

    def _release(self) -> None:
        self.consume(1)
        self.bytes_consumed = 0

    def _settle(self, index: int) -> None:
        """Release the oldest sub-buffer if `index` says that it was read to its end."""
        if self.bytes_consumed + self.paddings[index] != self.subbuf_size:
            return
        unfinished = index == self.subbufs_produced % self.n_subbufs
        if not (unfinished and self.offset == self.subbuf_size):
            self._release()

    def _something_to_read(self) -> bool:
        """Move a lapped reader to the oldest sub-buffer left; False if reader meets writer."""
        if self.blocked:
            return self.ready != 0
        count, size = self.n_subbufs, self.subbuf_size
        if self.ready >= count:
            self.subbufs_consumed = self.subbufs_produced - count + 1
            self.bytes_consumed = 0
        write_pos = self.subbufs_produced % count * size + self.offset
        read_pos = self.subbufs_consumed % count * size + self.bytes_consumed
        if read_pos in (write_pos, write_pos + count * size):
            return self.offset == size and self.ready > 0
        return True

    def _position(self) -> tuple[int, int]:
        """Return where to read, and in which sub-buffer, behind padding if there is any.

        Skipping padding moves neither of the two counters: that is why the kernel delivers bytes
        twice behind an empty sub-buffer.
        """
        count, size = self.n_subbufs, self.subbuf_size
        pos = (self.subbufs_consumed % count * size + self.bytes_consumed) % (count * size)
        index = pos // size
        if pos >= (index + 1) * size - self.paddings[index]:
            index = (index + 1) % count
            pos = index * size
        return pos, index

    def _available(self, pos: int, index: int) -> int:
        """Return the bytes from `pos` to the end of what sub-buffer `index` holds."""
        size = self.subbuf_size
        end = min(self.offset, size) if index == self.current else size
        return end - self.paddings[index] - pos % size
