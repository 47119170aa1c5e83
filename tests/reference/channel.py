"""The channel: its buffers, its callbacks, and the calls that act on all of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from tests.reference.buffer import Buffer
from tests.reference.errors import (
    CallbacksError,
    ClosedError,
    CpuError,
    CreateFileError,
    ExistsError,
    RelayError,
    SizeError,
)
from tests.reference.files import Directory, Entry, RelayFile, create_file, remove_file

if TYPE_CHECKING:
    from types import TracebackType

CHANNEL_VERSION = 7
PAGE_SIZE = 4096
MAX_SUBBUFS = 524_288
MAX_BYTES = 2**32 - 1
FILE_MODE = 0o400
PADDING_BYTES = 4  # of the header, hold the padding of the sub-buffer they begin


@dataclass(frozen=True)
class Policy:
    """A ready-made subbuf_start: which mode, and how many header bytes it keeps."""

    overwrite: bool
    header: int = 0

    def with_header(self, length: int) -> Policy:
        """Return the same mode with `length` header bytes in each sub-buffer."""
        return replace(self, header=length)

    def __call__(
        self, buf: Buffer, _new: memoryview, prev: memoryview | None, prev_padding: int
    ) -> bool:
        """Store the padding in the finished header, then accept or refuse the switch."""
        has_header = buf.headers[buf.current] >= PADDING_BYTES
        if prev is not None and self.header >= PADDING_BYTES and has_header:
            prev[:PADDING_BYTES] = prev_padding.to_bytes(PADDING_BYTES, "little")
        if buf.full and not self.overwrite:
            return False
        if self.header:
            buf.subbuf_start_reserve(self.header)
        return True


NO_OVERWRITE = Policy(overwrite=False)
OVERWRITE = Policy(overwrite=True)


@dataclass
class IsGlobal:
    """What create_buf_file sets to ask for one buffer for all CPUs."""

    value: int = 0


SubbufStart = Callable[[Buffer, memoryview, memoryview | None, int], bool]
CreateBufFile = Callable[[str | None, Directory | None, int, Buffer, IsGlobal], Entry | None]


def _create_buf_file(
    name: str | None, parent: Directory | None, mode: int, buf: Buffer, _is_global: IsGlobal
) -> Entry | None:
    """Make a plain file; a buffer-only channel gets some entry, which nobody keeps."""
    return Directory.root() if name is None else create_file(name, parent, mode, buf)


def _remove_buf_file(entry: Entry | None) -> None:
    if entry is not None:
        remove_file(entry)


@dataclass(frozen=True)
class Callbacks:
    """The client's callback table."""

    subbuf_start: SubbufStart | None = NO_OVERWRITE
    create_buf_file: CreateBufFile | None = _create_buf_file
    remove_buf_file: Callable[[Entry | None], None] | None = _remove_buf_file


def _check_sizes(subbuf_size: int, n_subbufs: int) -> None:
    if not 0 < n_subbufs <= MAX_SUBBUFS or subbuf_size <= 0:
        raise SizeError(f"{n_subbufs} sub-buffers of {subbuf_size} bytes")
    if subbuf_size * n_subbufs > MAX_BYTES:
        raise SizeError(f"{n_subbufs} sub-buffers of {subbuf_size} bytes need more than 32 bits")


class Channel:
    """A set of per-CPU buffers that share sizes, callbacks and private data."""

    def __init__(
        self,
        base_filename: str | None,
        parent: Directory | None = None,
        *,
        subbuf_size: int,
        n_subbufs: int,
        callbacks: Callbacks | None = Callbacks(),
        cpus: int | None = None,
        online: Iterable[int] | None = None,
        private_data: object = None,
    ) -> None:
        _check_sizes(subbuf_size, n_subbufs)
        if callbacks is None or not (callbacks.create_buf_file and callbacks.remove_buf_file):
            raise CallbacksError("create_buf_file and remove_buf_file must both be there")
        self._create, self._remove = callbacks.create_buf_file, callbacks.remove_buf_file
        self._subbuf_start = callbacks.subbuf_start
        self.base_filename, self._parent, self.private_data = base_filename, parent, private_data
        self.subbuf_size, self.n_subbufs = subbuf_size, n_subbufs
        self.alloc_size = -(-subbuf_size * n_subbufs // PAGE_SIZE) * PAGE_SIZE
        self.cpus = cpus or os.cpu_count() or 1
        self._online = set(range(self.cpus) if online is None else online)
        self.last_toobig = 0
        self.is_global = False
        self.closed = False
        self._by_cpu: dict[int, Buffer] = {}
        try:
            for cpu in sorted(self._online):
                self._open_buffer(cpu)
        except BaseException:
            self.close()  # unlike the kernel, nothing is left behind
            raise

    # -- buffers and their files ---------------------------------------------------------------

    @property
    def online(self) -> tuple[int, ...]:
        """The CPUs that are on line, in order."""
        return tuple(sorted(self._online))

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """Each distinct buffer once, by CPU number."""
        return tuple(dict.fromkeys(self._by_cpu[cpu] for cpu in sorted(self._by_cpu)))

    def _open_buffer(self, cpu: int) -> None:
        """Give `cpu` its buffer, or its share of the global one."""
        if self.is_global and self._by_cpu:
            self._by_cpu[cpu] = next(iter(self._by_cpu.values()))
            return
        buf = Buffer(self, cpu)
        entry = self._create_file(buf, cpu)
        if self.base_filename is not None:
            buf.set_file(entry)
        self._by_cpu[cpu] = buf
        buf.reset()

    def _create_file(self, buf: Buffer, cpu: int) -> Entry:
        named = self.base_filename is not None
        name = f"{self.base_filename}{cpu}" if named else None
        is_global = IsGlobal(int(self.is_global))
        entry = self._create(name, self._parent if named else None, FILE_MODE, buf, is_global)
        self.is_global = bool(is_global.value)
        if entry is None:
            raise CreateFileError(f"create_buf_file made no file for CPU {cpu}")
        return entry

    def late_setup_files(self, base_filename: str | None, parent: Directory | None = None) -> None:
        """Make the files of a buffer-only channel; RelayError EINVAL or EEXIST."""
        self._check_open()
        if base_filename is None:
            raise RelayError("late set-up needs a name", errno.EINVAL)
        if self.base_filename is not None:
            raise ExistsError("the channel has its name already")
        self.base_filename, self._parent = base_filename, parent
        online = [cpu for cpu in self.online if cpu in self._by_cpu]
        for buf in self.buffers[:1] if self.is_global else map(self._by_cpu.__getitem__, online):
            buf.set_file(self._create_file(buf, buf.cpu))

    def set_online(self, cpu: int, online: bool) -> None:
        """Take a CPU on line, with a buffer if it has none yet, or off line."""
        self._check_cpu(cpu)
        if not online:
            self._online.discard(cpu)
            return
        if cpu not in self._by_cpu:
            self._open_buffer(cpu)
        self._online.add(cpu)

    def open_file(self, cpu: int, flags: str = "r") -> RelayFile:
        """Open the file of the CPU's buffer."""
        entry = self._buffer(cpu).file
        if entry is None or entry.buffer is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return RelayFile(entry, entry.buffer, flags)

    def _check_open(self) -> None:
        if self.closed:
            raise ClosedError("the channel is closed")

    def _check_cpu(self, cpu: int) -> None:
        self._check_open()
        if not 0 <= cpu < self.cpus:
            raise CpuError(f"CPU {cpu} is not one of 0 to {self.cpus - 1}")

    def _buffer(self, cpu: int) -> Buffer:
        self._check_cpu(cpu)
        if cpu not in self._by_cpu:
            raise CpuError(f"CPU {cpu} has no buffer")
        return self._by_cpu[cpu]

    # -- writing -------------------------------------------------------------------------------

    def subbuf_start(self, buf: Buffer, new: int, prev: int | None, prev_padding: int) -> bool:
        """Ask the client; without a callback the answer is no only while the buffer is full."""
        if self._subbuf_start is None:
            return not buf.full
        old = None if prev is None else buf.subbuf(prev)
        return bool(self._subbuf_start(buf, buf.subbuf(new), old, prev_padding))

    def write(self, data: bytes | memoryview, cpu: int = 0) -> bool:
        """Append one event to the CPU's buffer; False when it is lost."""
        return self._buffer(cpu).write(data)

    write_nolock = write

    def write_many(self, data: bytes, lengths: Sequence[int], cpu: int = 0) -> int:
        """Append the events that `data` concatenates; return how many were stored."""
        stored = start = 0
        for length in lengths:
            stored += self.write(data[start : start + length], cpu)
            start += length
        return stored

    def reserve(self, length: int, cpu: int = 0) -> memoryview | None:
        """Return a slot in the CPU's buffer, None when there is none."""
        return self._buffer(cpu).reserve(length)

    def switch_subbuf(self, length: int, cpu: int = 0) -> int:
        """Switch the CPU's buffer; return `length`, or 0 on failure."""
        return length if self._buffer(cpu).switch(length) else 0

    # -- the whole channel -----------------------------------------------------------------------

    def flush(self) -> None:
        """Switch every buffer, those of CPUs off line included."""
        self._check_open()
        for buf in self.buffers:
            buf.switch(0)

    def reset(self) -> None:
        """Begin anew with every buffer."""
        self._check_open()
        for buf in self.buffers:
            buf.reset()

    def subbufs_consumed(self, cpu: int, n: int) -> None:
        """Count `n` sub-buffers of the CPU as consumed."""
        self._check_cpu(cpu)
        if cpu in self._by_cpu:
            self._by_cpu[cpu].consume(n)

    def close(self) -> None:
        """Finalize every buffer and remove its file; open files go on reading."""
        if self.closed:
            return
        self.closed = True
        for buf in self.buffers:
            buf.finalized = True
            self._remove(buf.file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()
