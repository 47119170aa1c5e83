"""The rows of the Load dock, declared once: what they are called, mean, show and accept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.gui.load.text import (
    rate_text,
    rate_value,
    time_text,
    time_value,
    whole_text,
    whole_value,
)
from relayviz.model.load.load import ReaderKind, SizeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    Value = float | int


@dataclass(frozen=True, slots=True)
class Row:
    """A field with a number.

    Attributes:
        id: "part.field", as Load.problems names it; "sizes" is a part of "writing".
        label: Its name.
        tip: What it means.
        show: Its value as text.
        parse: The value of a text, or why it has none.
        sizes: The kinds of sizes, or …
        readers: … the kinds of readers, with which it means something; none: all.
    """

    id: str
    label: str
    tip: str
    show: Callable[[float], str]
    parse: Callable[[str], Value | str]
    sizes: tuple[SizeKind, ...] = ()
    readers: tuple[ReaderKind, ...] = ()


def _time(identity: str, label: str, tip: str, readers: tuple[ReaderKind, ...] = ()) -> Row:
    return Row(identity, label, tip, time_text, time_value, readers=readers)


def _whole(
    identity: str,
    label: str,
    tip: str,
    sizes: tuple[SizeKind, ...] = (),
    readers: tuple[ReaderKind, ...] = (),
) -> Row:
    return Row(identity, label, tip, whole_text, whole_value, sizes, readers)


_FIXED, _UNIFORM, _EXP = SizeKind.FIXED, SizeKind.UNIFORM, SizeKind.EXPONENTIAL
_READ, _MMAP = ReaderKind.READ, ReaderKind.MMAP
_ANY = (_READ, _MMAP)

RATE = Row(
    "writing.rate",
    "events/s",
    "Events a second on each CPU: 500, 35k, 2.2M. 0: nobody writes.",
    rate_text,
    rate_value,
)
SIZES = (
    _whole("sizes.smallest", "size", "Bytes of each event.", (_FIXED,)),
    _whole("sizes.smallest", "from", "No event is shorter, in bytes.", (_UNIFORM, _EXP)),
    _whole("sizes.mean", "mean", "Their mean before the limits cut it, in bytes.", (_EXP,)),
    _whole("sizes.largest", "to", "No event is longer, in bytes.", (_UNIFORM, _EXP)),
)
BURSTS = (
    _time("writing.burst_on", "bursts of", "So long is written … 0: without bursts."),
    _time("writing.burst_off", "then silence", "… and then not for so long. 0: without bursts."),
)
FLUSHING = _whole(
    "writing.flush_after",
    "flushes after",
    "Events behind which the writer calls relay_flush, as some clients do: 1: behind each."
    " 0: never.",
)
PIECES = _whole(
    "writing.pieces",
    "pieces of a record",
    "Events in a row that make one record, written one behind the other: header, payload, tail."
    " 1: each stands for itself.",
)
READING = (
    _time("reading.pace", "visits every", "The pause between two visits. 0: none.", _ANY),
    _whole(
        "reading.batch", "bytes a visit", "Bytes of one read. 0: all there is.", readers=(_READ,)
    ),
    _whole(
        "reading.batch",
        "sub-buffers a visit",
        "Sub-buffers that one visit takes. 0: all that are ready.",
        readers=(_MMAP,),
    ),
    _time("reading.stall_every", "stalls every", "How often it stays away. 0: never.", _ANY),
    _time("reading.stall", "for", "How long it stays away then.", _ANY),
    _whole(
        "reading.forget_every",
        "forgets each … report",
        "A fault to be seen: 3: each third sub-buffer is not reported as consumed; 1: none is;"
        " 0: all are.",
        readers=(_MMAP,),
    ),
    _whole(
        "reading.report_extra",
        "reports too many",
        "A fault to be seen: it reports so many sub-buffers more than it has read.",
        readers=(_MMAP,),
    ),
)
WHOLE = (
    _time("load.flush_every", "flush every", "relay_flush on the whole channel. 0: never."),
    _whole(
        "load.writer_threads",
        "writer threads",
        "Native threads that share the CPUs; from the next live channel on.",
    ),
    _whole(
        "load.reader_threads",
        "reader threads",
        "Native threads that share the consumers; from the next live channel on.",
    ),
)
SIZE_KINDS = {
    SizeKind.FIXED: "all equally long",
    SizeKind.UNIFORM: "any size between two",
    SizeKind.EXPONENTIAL: "many short, few long",
    SizeKind.LIST: "as recorded in a file",
}
READER_KINDS = {
    ReaderKind.READ: "by read()",
    ReaderKind.MMAP: "by mmap and subbufs_consumed",
    ReaderKind.NONE: "not at all",
}
