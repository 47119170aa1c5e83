"""What the bytes of one sub-buffer are, and what is to be said of them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relayviz.gui.inside.reaches import words_of
from relayviz.model.channel.place import NOT_STEPPED
from relayviz.model.ledger.events import Role as Part
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.gui.bytes.records import RecordWords
    from relayviz.gui.bytes.split import SplitWords
    from relayviz.model.channel.place import EventPlace
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Reach
    from relayviz.model.ledger.events import Region

DONE = 3  # Snapshot.subbufs["state"]
PART_WORDS = {
    Part.HEADER: "header, reserved by the client",
    Part.EVENT: "payload",
    Part.RESERVED: "reserved, not yet filled",
    Part.PADDING: "padding: left when the sub-buffer was finished",
    Part.STALE: "left over from an earlier lap",
    Part.FREE: "free, no event known here",
}

WRITTEN = "written: events, and a header if the client reserves one"
NOT_WRITTEN = "not written in this lap"
AFTER = (Part.PADDING, Part.STALE, Part.FREE)
BEHIND = "not written in this lap: left over from an earlier one, or never written"
BEHIND_CHANGING = "not written when it was looked at: left over, or being written since"


@dataclass(frozen=True, slots=True)
class Content:
    """A sub-buffer in a state.

    Attributes:
        snapshot: The state.
        row: The buffer's row in it.
        index: The sub-buffer.
        regions: What its bytes are, from the first to the last.
        records: Says what the records of a capture or kernel are; None: these are events.
        reaches: Where actors stand inside operations.
    """

    snapshot: Snapshot
    row: int
    index: int
    regions: Sequence[Region]
    records: RecordWords | SplitWords | None = None
    reaches: tuple[Reach, ...] = ()
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts.extend(region.start for region in self.regions)

    @property
    def size(self) -> int:
        """Bytes of the sub-buffer."""
        return self.snapshot.subbuf_size

    def position_at(self, offset: int) -> int:
        """Return which of the regions a byte belongs to."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def region_at(self, offset: int) -> Region:
        """Return the region that a byte belongs to."""
        return self.regions[self.position_at(offset)]

    def event_at(self, offset: int) -> EventPlace | None:
        """Return the event that a byte belongs to, unless it is only left over."""
        region = self.region_at(offset)
        return region.event if region.role in (Part.EVENT, Part.RESERVED) else None

    def span_at(self, offset: int) -> tuple[int, int]:
        """Return first byte and end of the event or region that a byte belongs to."""
        region, event = self.region_at(offset), self.event_at(offset)
        return (region.start, region.end) if event is None else (event.start, event.end)

    def title(self) -> str:
        """Return "cpu 0 / 2": buffer and sub-buffer."""
        if self.snapshot.is_global:
            return f"all CPUs / {self.index}"
        return f"cpu {int(self.snapshot.buffers['cpu'][self.row])} / {self.index}"


def fate(content: Content, event: EventPlace, part: Part) -> str:
    """Return what became of an event so far, as far as a state without a history tells."""
    info = content.snapshot.subbufs[content.row, content.index]
    read = int(info["read"]) >= event.end
    if part is Part.RESERVED:
        return "reserved, not yet filled"
    if part is not Part.EVENT:
        return f"gone: only these bytes of lap {event.lap} are left"
    if content.snapshot.is_gone(content.row):
        return "its buffer gone: the channel is closed"
    if int(info["state"]) == DONE:
        return "read, its sub-buffer released" if read else "its sub-buffer released"
    return "behind the reader, not yet released" if read else "unread"


def describe_event(content: Content, event: EventPlace, part: Part) -> str:
    """Return which event it is, who wrote it when, its length and its fate."""
    when = ", live" if event.step == NOT_STEPPED else f" at step {grouped(event.step)}"
    return (
        f"event {grouped(event.event)} · {plural(event.length, 'byte')} at "
        f"{event.start}…{event.end - 1} · {event.kind} on cpu {event.cpu}{when} · "
        f"{fate(content, event, part)}"
    )


def describe(content: Content, offset: int) -> str:
    """Return what a byte is, in a line or two."""
    region = content.region_at(offset)
    lines: list[str] = []
    if region.event is not None and content.records is not None:
        lines += reversed(content.records.describe(region.event, offset))
    elif region.event is not None:
        lines.append(describe_event(content, region.event, region.role))
    elif region.role is Part.EVENT and content.snapshot.foreign is not None:
        lines += _foreign(content, region)
    elif region.role is Part.EVENT and content.snapshot.live is None:
        lines.append("of an event from before the first step")
    if region.event is None or region.role not in (Part.EVENT, Part.RESERVED):
        size = plural(region.end - region.start, "byte")
        lines.append(f"{size} {_part(content, region)}, at {region.start}…{region.end - 1}")
    place = content.index * content.size + offset
    return "\n".join([*reversed(lines), *words_of(content.reaches, content.row, place)])


def _part(content: Content, region: Region) -> str:
    """Return what bytes are; of those that somebody may be writing now it is not certain."""
    foreign = content.snapshot.foreign
    if foreign is not None and not foreign.knows("rest") and region.role in AFTER:
        words = PART_WORDS[Part.PADDING] if region.role is Part.PADDING else NOT_WRITTEN
        return f"{words}; what stands there is not known and shown as 0"
    if foreign is not None and region.role in (Part.STALE, Part.FREE):
        return BEHIND_CHANGING if foreign.changes else BEHIND
    if foreign is not None and region.role is Part.EVENT and not foreign.knows("header"):
        return WRITTEN
    return PART_WORDS[region.role]


def _foreign(content: Content, region: Region) -> Iterator[str]:
    """Say what cannot be told of somebody else's events."""
    teller = content.snapshot.foreign.teller if content.snapshot.foreign is not None else ""
    yield f"where in it events begin {teller} does not say"
    buffer, offset = content.snapshot.buffers[content.row], region.end
    reserved = int(content.snapshot.subbufs["reserved"][content.row, content.index])
    if content.snapshot.knows("header") and not reserved:  # it was written, then counted
        return
    if int(buffer["current"]) == content.index and int(buffer["offset"]) == offset:
        yield (
            f"the newest event, which ends at {offset - 1}, may not be written yet if the client"
            " reserves first and writes then"
        )
