"""Where the writer and the consumer of a buffer are, and which bytes follow from that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from relayviz.model.kernel.look import size_damage

if TYPE_CHECKING:
    from relayviz.model.kernel.look import Buffer, Channel


class Writer(StrEnum):
    """What the writer of a buffer is at."""

    WRITING = "writing"
    BLOCKED = "blocked"
    SWITCHING = "switching"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of one sub-buffer.

    Attributes:
        number: Of the sub-buffer, counted as `subbufs_produced` counts.
        begin: First byte, from the start of the buffer's memory.
        end: Behind the last byte.
    """

    number: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Position:
    """The counters of a buffer with what is needed to understand them.

    Attributes:
        subbuf_size: Bytes of a sub-buffer.
        n_subbufs: How many there are.
        produced: Sub-buffers finished.
        consumed: Sub-buffers reported as consumed.
        offset: Bytes used in the one being written; size + 1: blocked.
        bytes_consumed: Bytes read of the one being read.
        current: The sub-buffer being written, as `data` says; None: `data` is at none.
        padding: Unused bytes at the end of each finished sub-buffer.
    """

    subbuf_size: int
    n_subbufs: int
    produced: int
    consumed: int
    offset: int
    bytes_consumed: int
    current: int | None
    padding: tuple[int, ...]

    @property
    def writer(self) -> Writer:
        """What the writer is at, as far as the counters agree with each other."""
        size, number = self.subbuf_size, self.n_subbufs
        if self.current is None or self.offset > size + 1 or self.consumed > self.produced:
            return Writer.DAMAGED
        is_finished = self.current == (self.produced - 1) % number
        if self.offset == size + 1:
            return Writer.BLOCKED if is_finished else Writer.DAMAGED
        if self.current == self.produced % number:
            return Writer.WRITING
        return Writer.SWITCHING if is_finished else Writer.DAMAGED

    @property
    def mid_switch(self) -> bool | None:
        """Whether the writer was inside relay_switch_subbuf; None: it cannot be known.

        A switch counts the finished sub-buffer before it moves `data`, and sets the padding of the
        new one to 0 last: what does not agree in between shows it. With one sub-buffer only,
        nothing does.
        """
        writer = self.writer
        if writer is Writer.WRITING:
            between = self.padding[self.produced % self.n_subbufs] != 0
            return True if between else (None if self.n_subbufs == 1 else False)
        return writer is Writer.SWITCHING

    @property
    def oldest(self) -> int:
        """The number of the oldest sub-buffer that memory still holds."""
        # the one being written, or about to be, lies where the oldest one lay
        room = self.n_subbufs - (self.writer is not Writer.BLOCKED)
        return max(0, self.produced - room)

    def held(self) -> tuple[Span, ...]:
        """Return the data that memory holds, consumed or not, oldest first."""
        return self._spans(self.oldest, 0)

    def unread(self) -> tuple[Span, ...]:
        """Return what a consumer has not been given: what read(2) until its end would deliver.

        Of sub-buffers that were overwritten nothing is left. Between two sub-buffers that are
        empty, read(2) of 6.1 can deliver bytes twice; they are here once.
        """
        first = max(self.consumed, self.oldest)
        return self._spans(first, self.bytes_consumed if first == self.consumed else 0)

    def _spans(self, first: int, skipped: int) -> tuple[Span, ...]:
        writer = self.writer
        if writer is Writer.DAMAGED:
            return ()
        last = self.produced + (writer is Writer.WRITING)
        spans = []
        for number in range(first, last):
            index = number % self.n_subbufs
            begin = index * self.subbuf_size
            used = self.subbuf_size - self.padding[index]
            end = begin + (self.offset if number == self.produced else used)
            spans.append(Span(number, begin + (skipped if number == first else 0), end))
        return tuple(span for span in spans if span.begin < span.end)


def position_of(channel: Channel, buffer: Buffer) -> Position | None:
    """Return where writer and consumer are; None: sizes or padding do not say."""
    if buffer.padding is None or size_damage(channel) is not None:
        return None
    if len(buffer.padding) != channel.n_subbufs or max(buffer.padding) > channel.subbuf_size:
        return None
    index, rest = divmod(buffer.data - buffer.start, channel.subbuf_size)
    return Position(
        subbuf_size=channel.subbuf_size,
        n_subbufs=channel.n_subbufs,
        produced=buffer.subbufs_produced,
        consumed=buffer.subbufs_consumed,
        offset=buffer.offset,
        bytes_consumed=buffer.bytes_consumed,
        current=index if rest == 0 and 0 <= index < channel.n_subbufs else None,
        padding=buffer.padding,
    )


def cut(memory: bytes, spans: tuple[Span, ...]) -> bytes:
    """Return the bytes of spans, one behind the other."""
    return b"".join(memory[span.begin : span.end] for span in spans)
