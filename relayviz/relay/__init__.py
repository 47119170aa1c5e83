"""Relay channels for Python: the Linux kernel's relay interface in user space.

A channel is a set of buffers, one for each (virtual) CPU; a buffer is a ring of `n_subbufs`
sub-buffers of `subbuf_size` bytes. Clients write events to it and decide by callbacks what happens
when a sub-buffer is full; consumers read, poll, map and splice the buffers' files. Names and
behaviour are the kernel's (6.1); what an event's fate was is told by `Buffer.account`.

Errors: what the kernel refuses is a RelayError, what a system call on a file refuses an OSError
with its errno. A full buffer is no error: `write` returns False.

Threads: anything may be called by any thread. Open, close, flush, reset, late_setup_files and
set_online raise BusyError inside create_buf_file, remove_buf_file and subbuf_start, where the
kernel would lock up.
"""

import relayviz.relay._interpreter  # noqa: F401  before all others  # isort: split
from relayviz._relay import (
    CHANNEL_VERSION,
    MAX_CPUS,
    MAX_SUBBUFS,
    NO_LAP,
    PAGE_SIZE,
    Buffer,
    BusyError,
    CallbacksError,
    ClosedError,
    CpuError,
    CreateFileError,
    Directory,
    Entry,
    ExistsError,
    IsGlobal,
    NoMemoryError,
    RelayError,
    RelayFile,
    ReserveError,
    SavedError,
    SizeError,
    create_buf_file,
    create_file,
    remove_buf_file,
    remove_file,
)
from relayviz.relay._batch import (
    BATCH_DONE_DTYPE,
    BATCH_LAP_DTYPE,
    BATCH_OP_DTYPE,
    BATCH_RUN_DTYPE,
    LAPPED,
    ODD,
    Batch,
    BatchDeed,
    BatchDone,
)
from relayviz.relay._callbacks import NO_OVERWRITE, OVERWRITE, Callbacks, Preset
from relayviz.relay._capture import (
    LAYOUT_DTYPE,
    RECORD_DTYPE,
    RecordKind,
    find_records,
    is_valid_layout,
)
from relayviz.relay._channel import Channel
from relayviz.relay._found import Found, FoundBuffer
from relayviz.relay._live import Live
from relayviz.relay._live_data import (
    LIVE_BINS_DTYPE,
    LIVE_COUNTERS,
    LIVE_TOTALS_DTYPE,
    NO_REPORT,
    Hit,
    Lane,
    Reading,
    Sizes,
    Writing,
)
from relayviz.relay._observing import (
    BUFFER_DTYPE,
    SUBBUF_DTYPE,
    Account,
    Count,
    Snapshot,
    Stats,
    SubbufState,
)

__all__ = [
    "BATCH_DONE_DTYPE",
    "BATCH_LAP_DTYPE",
    "BATCH_OP_DTYPE",
    "BATCH_RUN_DTYPE",
    "BUFFER_DTYPE",
    "CHANNEL_VERSION",
    "LAPPED",
    "LAYOUT_DTYPE",
    "LIVE_BINS_DTYPE",
    "LIVE_COUNTERS",
    "LIVE_TOTALS_DTYPE",
    "MAX_CPUS",
    "MAX_SUBBUFS",
    "NO_LAP",
    "NO_OVERWRITE",
    "NO_REPORT",
    "ODD",
    "OVERWRITE",
    "PAGE_SIZE",
    "RECORD_DTYPE",
    "SUBBUF_DTYPE",
    "Account",
    "Batch",
    "BatchDeed",
    "BatchDone",
    "Buffer",
    "BusyError",
    "Callbacks",
    "CallbacksError",
    "Channel",
    "ClosedError",
    "Count",
    "CpuError",
    "CreateFileError",
    "Directory",
    "Entry",
    "ExistsError",
    "Found",
    "FoundBuffer",
    "Hit",
    "IsGlobal",
    "Lane",
    "Live",
    "NoMemoryError",
    "Preset",
    "Reading",
    "RecordKind",
    "RelayError",
    "RelayFile",
    "ReserveError",
    "SavedError",
    "SizeError",
    "Sizes",
    "Snapshot",
    "Stats",
    "SubbufState",
    "Writing",
    "create_buf_file",
    "create_file",
    "find_records",
    "is_valid_layout",
    "remove_buf_file",
    "remove_file",
]
