"""Sessions for sentences that chance seldom says."""

from __future__ import annotations

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from tests.sentences.playing import SOURCES

ONE = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1)
TWO = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2, online=(0,))
OVER = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE)
HEADED = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, header=8)
ALONE = ChannelConfig(subbuf_size=64, n_subbufs=1, cpus=1)
LARGE = ChannelConfig(subbuf_size=64, n_subbufs=8, cpus=1)
WHOLE = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2, online=(0,), is_global=True)
LATER = ChannelConfig(base_filename=None, subbuf_size=64, n_subbufs=2, cpus=2)
RAISING = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.PYTHON, source=SOURCES[2])
STORING = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.PYTHON, source=SOURCES[3])
FLUSH, CLOSE, OPEN = (Operation(kind) for kind in (Kind.FLUSH, Kind.CLOSE, Kind.OPEN_FILE))
POLL, FILL, READ = Operation(Kind.POLL), Operation(Kind.FILL), Operation(Kind.READ, length=200)
NEXT = Operation(Kind.READ, length=8)


def write(length: int, cpu: int = 0) -> Operation:
    return Operation(Kind.WRITE, cpu, length)


def reserve(length: int) -> Operation:
    return Operation(Kind.RESERVE, length=length)


def piece(length: int, record: str) -> Operation:
    return Operation(Kind.WRITE, length=length, record=record)


def opened(flags: str) -> Operation:
    return Operation(Kind.OPEN_FILE, text=flags)


FULL = [write(64), write(64), FLUSH]
LAST = Operation(Kind.CPU_ONLINE, 0)
NAMED: dict[str, tuple[ChannelConfig, list[Operation]]] = {
    "reserve of 0 B on a blocked buffer": (ONE, [*FULL, OPEN, READ, reserve(0)]),
    "a read behind empty sub-buffers": (ONE, [FLUSH, write(20), OPEN, NEXT, FLUSH, READ, READ]),
    "a read from a stale position": (
        ONE,
        [OPEN, write(10), FLUSH, FLUSH, NEXT, Operation(Kind.CONSUME, count=1), NEXT],
    ),
    "closed with something left": (ONE, [write(20), OPEN, CLOSE, POLL, READ, POLL]),
    "a header and a long switch": (
        HEADED,
        [Operation(Kind.SWITCH, length=60), *FULL, OPEN, READ, write(60)],
    ),
    "a CPU comes on line": (TWO, [Operation(Kind.CPU_ONLINE, 1, count=1), write(5, 1)]),
    "a CPU without a buffer": (TWO, [Operation(Kind.CONSUME, 1, count=1), write(5, 1)]),
    "one buffer, and a CPU that never was on line": (
        WHOLE,
        [FLUSH, Operation(Kind.CONSUME, 1, count=1)],
    ),
    "files for the CPUs on line": (
        LATER,
        [LAST, Operation(Kind.LATE_SETUP, text="late"), OPEN, Operation(Kind.OPEN_FILE, 1)],
    ),
    "descriptors that do not allow it": (
        ONE,
        [opened("w"), READ, Operation(Kind.SPLICE, length=9), Operation(Kind.MMAP)],
    ),
    "a splice that does not wait": (ONE, [opened("rnb"), Operation(Kind.SPLICE, length=9)]),
    "a function that raises": (RAISING, [write(30), write(40), write(40), FLUSH]),
    "a function that stores into events": (
        STORING,
        [write(64), write(30), OPEN, write(40), NEXT, READ, write(60), READ],
    ),
    "a slot that is filled too late": (
        OVER,
        [reserve(30), OPEN, write(64), write(64), write(64), FILL, READ],
    ),
    "numbers and names that cannot be": (
        ONE,
        [
            *(opened("x"), write(1 << 30), Operation(Kind.CONSUME, count=1 << 33)),
            *(Operation(Kind.OPEN), Operation(Kind.SET_MODE, text="none")),
            *(opened("r"), Operation(Kind.OPEN_FILE, fd=0), Operation(Kind.READ, fd=7)),
            Operation(Kind.MMAP, text="none"),
            Operation(Kind.SET_MODE, text="python", source="def subbuf_start(): pass"),
        ],
    ),
    "more bytes than were reserved": (ONE, [reserve(10), Operation(Kind.FILL, data=bytes(11))]),
    "a read in front of three empty sub-buffers": (
        LARGE,
        [OPEN, write(10), READ, FLUSH, FLUSH, FLUSH, FLUSH, write(20), READ, READ, READ],
    ),
    "several, overwriting": (
        ChannelConfig(subbuf_size=24, n_subbufs=2, cpus=9, mode=Mode.OVERWRITE),
        [write(20), write(20), FLUSH, write(9, 8)],
    ),
    "a name that cannot be": (LATER, [Operation(Kind.LATE_SETUP, text="a/b")]),
    "records in pieces, torn and whole": (
        ONE,
        [piece(20, "a"), piece(30, "b"), piece(40, "b"), piece(60, "b"), piece(60, "b"), READ],
    ),
    "a record of which the oldest pieces are overwritten": (
        OVER,
        [piece(40, "c"), piece(40, "c"), piece(40, "c"), write(60)],
    ),
    "records lost in part, overwriting": (
        OVER,
        [write(60) if not name else piece(60, name) for name in ("a", "b", "", "b", "a")],
    ),
    "closed twice": (ONE, [CLOSE, CLOSE, write(4)]),
    "one sub-buffer, full": (ALONE, [write(64), write(64), write(10)]),
    "one sub-buffer, overwriting": (
        ChannelConfig(subbuf_size=64, n_subbufs=1, cpus=1, mode=Mode.OVERWRITE),
        [write(64), write(64), OPEN, POLL, READ],
    ),
}
COMPARED: dict[str, tuple[ChannelConfig, ChannelConfig, list[Operation]]] = {
    "no-overwrite beside overwrite": (ONE, OVER, [write(64) for _ in range(5)]),
    "refusing each second beside overwrite": (
        ChannelConfig(subbuf_size=64, n_subbufs=16, cpus=1, header=8),
        ChannelConfig(subbuf_size=64, n_subbufs=16, cpus=1),
        [write(length) for length in (60, 50, 64, 40, 58, 30, 61, 20, 59, 10, 63, 40)],
    ),
}
"""The same operations on two channels."""
