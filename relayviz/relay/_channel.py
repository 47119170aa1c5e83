"""The channel."""

from __future__ import annotations

import operator
import os
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from relayviz import _relay
from relayviz._relay import MAX_CPUS, CpuError, SizeError
from relayviz.relay._callbacks import Callbacks, native_subbuf_start, native_table
from relayviz.relay._observing import BUFFER_DTYPE, SUBBUF_DTYPE, Snapshot, Stats

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from numpy.typing import NDArray

    from relayviz._relay import BytesLike, Directory
    from relayviz.relay._callbacks import Preset, SubbufStart

_DEFAULT_CALLBACKS = Callbacks()


class Channel(_relay.Channel):
    """An open relay channel; a context manager that closes it.

    Opening makes, for each CPU on line, the buffer's memory and, through create_buf_file, its file,
    and calls subbuf_start. If that fails nothing is left behind.

    Source: relay_open; CPUs, writers and memory_limit are what the kernel takes from the machine.

    Args:
        base_filename: Each file's name is this and the CPU number; None: buffer-only, no files.
        parent: The directory for the files; None: the root. Must stay until close.
        subbuf_size: Bytes of a sub-buffer, at least 1.
        n_subbufs: Sub-buffers of a buffer, 1 to MAX_SUBBUFS; the product must fit 32 bits.
        callbacks: What the client decides; None is refused, as the kernel refuses no table.
        cpus: Possible CPUs 0 to cpus - 1, at most MAX_CPUS; None: the machine's.
        online: Those that are on line; None: all.
        private_data: Anything; the attribute of the same name.
        writers: "many": a lock for each buffer, any thread may write; "one": no lock, one thread at
            a time writes to a CPU.
        memory_limit: Bytes that the buffers may take together; None: no limit.

    Raises:
        SizeError: A size or count is out of range.
        CallbacksError: No callback table, create_buf_file or remove_buf_file.
        CpuError: cpus or online are out of range.
        ReserveError: A preset's header of subbuf_size - 1 bytes or more.
        CreateFileError: create_buf_file returned None.
        ExistsError: A file of that name exists (the default create_buf_file).
        NoMemoryError: Memory ran out, or memory_limit was reached.
        BusyError: Called from inside a callback.
        Exception: What a callback raised.
    """

    def __init__(
        self,
        base_filename: str | None,
        parent: Directory | None = None,
        *,
        subbuf_size: int,
        n_subbufs: int,
        callbacks: Callbacks | None = _DEFAULT_CALLBACKS,
        cpus: int | None = None,
        online: Iterable[int] | None = None,
        private_data: object = None,
        writers: Literal["many", "one"] = "many",
        memory_limit: int | None = None,
    ) -> None:
        if writers not in ("many", "one"):
            raise ValueError(f'writers is "many" or "one", not {writers!r}')
        if memory_limit is not None and memory_limit < 1:
            raise SizeError(f"memory_limit={memory_limit}: at least 1 byte, or None: no limit")
        count = _possible_cpus(cpus)
        super().__init__(
            base_filename,
            parent,
            subbuf_size,
            n_subbufs,
            None if callbacks is None else native_table(callbacks),
            private_data,
            count,
            None if online is None else _online_map(online, count),
            writers == "one",
            memory_limit or 0,
        )

    @classmethod
    def load(
        cls,
        data: BytesLike,
        *,
        parent: Directory | None = None,
        callbacks: Callbacks = _DEFAULT_CALLBACKS,
        private_data: object = None,
    ) -> Self:
        """Open a channel in the state that `save` returned.

        It goes on as the saved one would have: the same calls give the same results, states and
        bytes. create_buf_file is called for each buffer that had a file; it cannot change is_global
        any more. subbuf_start is not called.

        What others had of the saved channel is not in the bytes. Open descriptors and mappings
        again before going on: the read position belongs to the buffer and is as it was, but whether
        a consumer's report is trusted, and whether closed data is lost, depends on them. A slot
        that reserve handed out is given by Buffer.slot.

        The bytes of a closed channel give one that is open and whose buffers are finalized, with
        their files: so descriptors can be opened again. close() makes it what it was; do nothing
        else but what a consumer does before.

        Source: none in the kernel.

        Args:
            data: What `save` returned.
            parent: The directory for the files; None: the root. Must stay until close.
            callbacks: What the client decides from now on; the header of a preset counts, whatever
                was reserved before.
            private_data: Anything; the attribute of the same name.

        Raises:
            SavedError: The bytes are no saved channel of this version, or were damaged or cut.
            ReserveError: A preset's header of subbuf_size - 1 bytes or more.
            CallbacksError, CreateFileError, ExistsError, NoMemoryError, BusyError, Exception: As
                opening a channel. Nothing is left behind.
        """
        channel = cls.__new__(cls)
        _relay.Channel.__init__(channel, data, parent, native_table(callbacks), private_data)
        return channel

    def set_subbuf_start(self, value: Preset | SubbufStart | None) -> None:
        """Change what happens when a sub-buffer is full, from the next switch on.

        A header size other than before is reserved from the next sub-buffer on.

        Args:
            value: As Callbacks.subbuf_start.

        Raises:
            ReserveError: A header of subbuf_size - 1 bytes or more; nothing has changed.
            ClosedError: The channel is closed.
        """
        self._set_subbuf_start(*native_subbuf_start(value))

    def stats(self) -> Stats:
        """Return the two counters of later kernels, summed over the CPUs on line.

        Source: relay_stats of kernels from 6.17 on.
        """
        return Stats(*self._stats())

    def look_at_buffers(self) -> NDArray[np.void]:
        """Return the `buffers` of a snapshot alone, which takes less long."""
        buffers = np.empty(self._buffer_count() * BUFFER_DTYPE.itemsize, np.uint8)
        self._fill_snapshot(buffers, None)
        return buffers.view(BUFFER_DTYPE)

    def snapshot(self) -> Snapshot:
        """Return what the channel looks like now, closed or not. Takes no lock, stops nobody."""
        count, size = self._buffer_count(), self.n_subbufs
        # plain bytes: lending a structured array, numpy describes all its fields each time
        buffers = np.empty(count * BUFFER_DTYPE.itemsize, np.uint8)
        subbufs = np.empty(count * size * SUBBUF_DTYPE.itemsize, np.uint8)
        self._fill_snapshot(buffers, subbufs)
        return Snapshot(
            buffers.view(BUFFER_DTYPE),
            subbufs.view(SUBBUF_DTYPE).reshape(count, size),
            self.base_filename,
            self.subbuf_size,
            size,
            self.alloc_size,
            self.cpus,
            self.online,
            self.is_global,
            self.last_toobig,
            self.closed,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return (
            f"<Channel {self.base_filename!r}: {self.n_subbufs} x {self.subbuf_size} bytes, "
            f"{self.cpus} CPUs, {state}>"
        )


def _possible_cpus(cpus: int | None) -> int:
    count = os.sysconf("SC_NPROCESSORS_CONF") if cpus is None else operator.index(cpus)
    if not 1 <= count <= MAX_CPUS:
        raise CpuError(f"cpus={count}: a channel has 1 to {MAX_CPUS} CPUs")
    return count


def _online_map(online: Iterable[int], cpus: int) -> bytes:
    """Return a byte for each possible CPU, 1: on line."""
    chosen = {operator.index(cpu) for cpu in online}
    wrong = sorted(cpu for cpu in chosen if not 0 <= cpu < cpus)
    if wrong or not chosen:
        raise CpuError(
            f"online={sorted(chosen)}, cpus={cpus}: at least one CPU is on line, "
            f"and only those from 0 to {cpus - 1} can be"
        )
    return bytes(cpu in chosen for cpu in range(cpus))
