"""What the client of a channel decides: the callback table, and the ready-made subbuf_start."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relayviz._relay import SizeError, create_buf_file, remove_buf_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz._relay import Buffer, Directory, Entry, IsGlobal, RelayFile

    SubbufStart = Callable[[Buffer, memoryview, memoryview | None, int], bool]
    CreateBufFile = Callable[[str | None, Directory | None, int, Buffer, IsGlobal], Entry | None]
    RemoveBufFile = Callable[[Entry | None], object]
    BufMapped = Callable[[Buffer, RelayFile | None], object]


@dataclass(frozen=True, slots=True)
class Preset:
    """A ready-made subbuf_start that never enters Python: NO_OVERWRITE or OVERWRITE.

    Source: the two examples of the kernel's relay documentation.

    Attributes:
        overwrite: Go on when the buffer is full, over the oldest unread events; else refuse.
        header: Bytes reserved at the start of each sub-buffer; from 4 on, the padding of a finished
            sub-buffer is stored in them (32 bits, the machine's byte order).
    """

    overwrite: bool
    header: int = 0

    def with_header(self, size: int) -> Preset:
        """Return the same with a header of `size` bytes, less than subbuf_size - 1."""
        if size < 0:
            raise SizeError(f"header={size}: a header has 0 bytes or more")
        return replace(self, header=operator.index(size))

    def __repr__(self) -> str:
        name = "OVERWRITE" if self.overwrite else "NO_OVERWRITE"
        return f"{name}.with_header({self.header})" if self.header else name


NO_OVERWRITE = Preset(overwrite=False)
OVERWRITE = Preset(overwrite=True)


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What the client of a channel decides (struct rchan_callbacks).

    An exception in a callback reaches the caller of the operation that led there; the core goes on
    as if the callback had refused.

    Attributes:
        subbuf_start: What happens when a sub-buffer is full: NO_OVERWRITE, OVERWRITE (with_header),
            None (the kernel's default, which is as NO_OVERWRITE), or a function
            (buf, subbuf, prev_subbuf, prev_padding) -> bool. True: go on, over unread data if need
            be; False: refuse, the event is lost. subbuf and prev_subbuf are writable memoryviews of
            whole sub-buffers, prev_subbuf None the first time and after a reset. The function may
            call buf.subbuf_start_reserve. The result does not matter at open and reset.
        create_buf_file: (name, parent, mode, buf, is_global) -> Entry, usually from create_file;
            None: the open fails. name is None for a buffer-only channel, which keeps no entry. The
            first call of an open may set is_global.value: one buffer serves all CPUs.
        remove_buf_file: (entry) -> anything; entry is None for a buffer without file.
        buf_mapped: (buf, file) -> anything, when a consumer has mapped the buffer.
        buf_unmapped: The same when a mapping went; file may be closed by then.
    """

    subbuf_start: Preset | SubbufStart | None = NO_OVERWRITE
    create_buf_file: CreateBufFile | None = create_buf_file
    remove_buf_file: RemoveBufFile | None = remove_buf_file
    buf_mapped: BufMapped | None = None
    buf_unmapped: BufMapped | None = None


def native_subbuf_start(value: Preset | SubbufStart | None) -> tuple[object, int]:
    """Return the form that the native module takes: what to do, and the header of a preset."""
    if isinstance(value, Preset):
        return "overwrite" if value.overwrite else "no-overwrite", value.header
    if value is None or callable(value):
        return value, 0
    raise TypeError(f"subbuf_start is NO_OVERWRITE, OVERWRITE, None or a function, not {value!r}")


def native_table(callbacks: Callbacks) -> tuple[object, ...]:
    """Return a callback table in the form that the native module takes."""
    if not isinstance(callbacks, Callbacks):
        raise TypeError(f"callbacks is a Callbacks or None, not {callbacks!r}")
    functions = (
        callbacks.create_buf_file,
        callbacks.remove_buf_file,
        callbacks.buf_mapped,
        callbacks.buf_unmapped,
    )
    for function in functions:
        if function is not None and not callable(function):
            raise TypeError(f"a callback is a function or None, not {function!r}")
    return (*native_subbuf_start(callbacks.subbuf_start), *functions)
