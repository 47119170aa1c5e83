"""Operations: what a person, a script or a replay asks of a channel, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

ALL = -1
"""As an operation's CPU: every CPU on line; the engine makes one step for each."""

FIRST_EVENT = 1
NUMBERED = "The events of its steps are numbered from 1."
"""Said of a channel that was taken over: sums tell of what was written before, too."""
"""The number of a history's first event."""

PATTERN_FACTOR, _VALUES = 31, 256


class Kind(StrEnum):
    """What is done. OPEN is the root of every history and cannot be asked for."""

    OPEN = "open"
    WRITE = "write"
    WRITE_NOLOCK = "write-nolock"
    RESERVE = "reserve"
    FILL = "fill"
    SWITCH = "switch"
    FLUSH = "flush"
    RESET = "reset"
    CONSUME = "consume"
    OPEN_FILE = "open-file"
    CLOSE_FILE = "close-file"
    READ = "read"
    POLL = "poll"
    SPLICE = "splice"
    MMAP = "mmap"
    UNMAP = "unmap"
    LATE_SETUP = "late-setup"
    CPU_ONLINE = "cpu-online"
    SET_MODE = "set-mode"
    CLOSE = "close"


ATTEMPTS = frozenset({Kind.WRITE, Kind.WRITE_NOLOCK, Kind.RESERVE})
"""Those that try to store an event, and so use up an event number."""

ON_ONE_CPU = ATTEMPTS | {
    *(Kind.FILL, Kind.SWITCH, Kind.CONSUME, Kind.CPU_ONLINE),
    *(Kind.OPEN_FILE, Kind.CLOSE_FILE, Kind.READ, Kind.POLL, Kind.SPLICE, Kind.MMAP, Kind.UNMAP),
}
"""Those that a CPU is chosen for; the others concern the whole channel."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on a channel.

    Attributes:
        kind: What is done.
        cpu: The CPU it is done on, or ALL. Without meaning where the whole channel is concerned.
        length: Bytes to write, reserve, read or splice; the argument of a switch. With `data` it
            becomes the length of that.
        count: Sub-buffers to report as consumed; 1 or 0: the CPU comes on line or goes off.
        fd: The slot of a descriptor, for UNMAP of a mapping (they are numbered apart). None:
            OPEN_FILE and MMAP take the lowest free slot, the others the lowest in use on `cpu`.
        event: FILL: the number of the event that was reserved; None: the oldest of `cpu`.
        data: Bytes to write or fill with; None: the event's pattern.
        text: OPEN_FILE: flags, "r" if empty, also "w", "rw" and "rnb". MMAP: "shared" if empty,
            "writable" or "private". POLL: what a reader inside operations does instead of it, where
            it does something else. LATE_SETUP: the base filename. SET_MODE: the mode.
        source: SET_MODE to "python": the text of subbuf_start.
        opens: READ, POLL, SPLICE, MMAP: where no file of the CPU is open, open one first, as a step
            of its own. It is only asked for: what was done does not have it.
        record: Of an attempt: the name of the record that its event is a piece of; all attempts on
            a branch with the same name are one. Empty: the event stands for itself.
    """

    kind: Kind
    cpu: int = 0
    length: int = 0
    count: int = 0
    fd: int | None = None
    event: int | None = None
    data: bytes | None = None
    text: str = ""
    source: str = ""
    opens: bool = False
    record: str = ""

    def __post_init__(self) -> None:
        if self.data is not None:
            object.__setattr__(self, "length", len(self.data))

    @property
    def where(self) -> str:
        """The CPU in words, empty where the whole channel is concerned."""
        if self.kind not in ON_ONE_CPU:
            return ""
        return "on every cpu" if self.cpu == ALL else f"on cpu {self.cpu}"

    def title(self) -> str:
        """Name the call with its figures, such as "relay_write(40 B) on cpu 2"."""
        if self.kind is Kind.POLL and self.text:
            return f"{self.text} {self.where}"
        call = _TITLES[self.kind].format(
            op=self,
            slot="" if self.fd is None else f" {self.fd}",
            event="a reserved slot" if self.event is None else f"event {self.event}",
            flags=self.text or "r",
            state="on" if self.count else "off",
        )
        return call if self.kind is Kind.CPU_ONLINE else f"{call} {self.where}".rstrip()

    def describe(self) -> str:
        """Say in one sentence what this kind of operation does."""
        return DESCRIPTIONS[self.kind]


_TITLES = {
    Kind.OPEN: "relay_open()",
    Kind.WRITE: "relay_write({op.length} B)",
    Kind.WRITE_NOLOCK: "__relay_write({op.length} B)",
    Kind.RESERVE: "relay_reserve({op.length} B)",
    Kind.FILL: "fill {event}",
    Kind.SWITCH: "relay_switch_subbuf({op.length})",
    Kind.FLUSH: "relay_flush()",
    Kind.RESET: "relay_reset()",
    Kind.CONSUME: "relay_subbufs_consumed({op.count})",
    Kind.OPEN_FILE: 'open("{flags}")',
    Kind.CLOSE_FILE: "close(fd{slot})",
    Kind.READ: "read(fd{slot}, {op.length} B)",
    Kind.POLL: "poll(fd{slot})",
    Kind.SPLICE: "splice(fd{slot}, {op.length} B)",
    Kind.MMAP: "mmap(fd{slot})",
    Kind.UNMAP: "munmap(mapping{slot})",
    Kind.LATE_SETUP: 'relay_late_setup_files("{op.text}")',
    Kind.CPU_ONLINE: "cpu {op.cpu} {state} line",
    Kind.SET_MODE: "subbuf_start becomes {op.text}",
    Kind.CLOSE: "relay_close()",
}

DESCRIPTIONS = {
    Kind.OPEN: "Make the channel with a buffer for each CPU on line.",
    Kind.WRITE: "Append one event to the CPU's buffer; it is lost when no room can be made.",
    Kind.WRITE_NOLOCK: "Append one event as relay_write does, but open to interrupts meanwhile.",
    Kind.RESERVE: "Take room for one event now; its bytes are filled in later, or never.",
    Kind.FILL: "Store the bytes of an event that was reserved before.",
    Kind.SWITCH: "Finish the sub-buffer being written unless the length is more than one holds.",
    Kind.FLUSH: "Finish the sub-buffer being written on every CPU, even an empty one.",
    Kind.RESET: "Begin anew on every CPU; what nobody has read is lost.",
    Kind.CONSUME: "Tell the writer that sub-buffers were consumed and may be used again.",
    Kind.OPEN_FILE: "Open the file of the CPU's buffer.",
    Kind.CLOSE_FILE: "Close a descriptor.",
    Kind.READ: "Read the next unread bytes; whole sub-buffers read to their end are released.",
    Kind.POLL: "Ask whether a finished sub-buffer is ready to be read.",
    Kind.SPLICE: "Move finished sub-buffers into another descriptor, padding left out.",
    Kind.MMAP: "Map the whole buffer into the consumer's memory.",
    Kind.UNMAP: "Give a mapping back.",
    Kind.LATE_SETUP: "Give a buffer-only channel its files.",
    Kind.CPU_ONLINE: "Take a CPU on or off line; a new one gets its buffer then.",
    Kind.SET_MODE: "Change what subbuf_start decides from now on.",
    Kind.CLOSE: "Close the channel; open files can still be read to the last byte.",
}


def pattern(event: int, length: int) -> memoryview:
    """Return the bytes of an event: byte k of event e is (31 e + k) modulo 256.

    Args:
        event: The event's number.
        length: Bytes.
    """
    start = event * PATTERN_FACTOR % _VALUES
    if length <= PATTERN_LONGEST:
        return PATTERN[start : start + length]
    return memoryview(bytes(range(_VALUES)) * ((start + length) // _VALUES + 1))[start:][:length]


PATTERN = memoryview(bytes(range(_VALUES)) * 64)
"""The bytes of all usual events: those of event e begin at 31 e modulo 256."""

PATTERN_LONGEST = len(PATTERN) - _VALUES
"""The most bytes of a usual event."""


def lowest_free(taken: Container[int]) -> int:
    """Return the smallest number from 0 on that is not taken."""
    return next(number for number in count() if number not in taken)
