"""What can be believed of bytes that were read while somebody may have been writing.

The counters are read, then the bytes, then the counters again. x86-64 keeps stores in order and
relay_write copies an event before it moves `offset`: what the first counters speak of was there
before the bytes were read. What the writer may have come to by the second counters is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.kernel.position import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.kernel.position import Position, Span


@dataclass(frozen=True, slots=True)
class Trust:
    """Which bytes are what the kernel stored.

    Attributes:
        spans: Those that are.
        may_be_unwritten: Where, from the start of the buffer's memory, the newest event ends. A
            client of relay_reserve fills its event after `offset` has moved: this one may not be
            written yet. None: there is no such event.
        left_out: How many sub-buffers are left out, because the writer may have come to them.
        is_consistent: The first counters agree with each other; if not, they were read in the
            middle of a switch, and reading again may give more.
    """

    spans: tuple[Span, ...]
    may_be_unwritten: int | None
    left_out: int
    is_consistent: bool


def trusted(spans: Sequence[Span], first: Position, second: Position) -> Trust:
    """Decide what to believe.

    Args:
        spans: Of the first position, `held` or `unread`.
        first: The counters before the bytes were read.
        second: The counters after.
    """
    consistent = first.writer in (Writer.WRITING, Writer.BLOCKED)
    if second.produced < first.produced:  # the channel was reset meanwhile
        return Trust((), None, len(spans), consistent)
    # a refused switch has not entered the sub-buffer that it asked for
    entered = second.produced - (second.writer is Writer.BLOCKED)
    kept = tuple(span for span in spans if span.number + first.n_subbufs > entered)
    newest = None
    if kept and first.writer is Writer.WRITING and kept[-1].number == first.produced:
        newest = kept[-1].end
    return Trust(kept, newest, len(spans) - len(kept), consistent)
