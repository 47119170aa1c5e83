"""What the fate dock says of events, and of sums of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.fate.looks import words_of
from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.ledger.words import fate_words, got_words
from relayviz.model.numbers import grouped, plural, size
from relayviz.model.records.records import record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from relayviz.model.channel.state import Count
    from relayviz.model.ledger.delivery import Got
    from relayviz.model.ledger.fate import EventFate, FateIndex

MOST_LISTED = 6


def when_words(event: EventFate) -> str:
    """Return when that was decided."""
    if event.decided is None:
        return "not decided yet"
    if event.decided == event.step:
        return f"at once, step {grouped(event.step)}"
    return f"decided at step {grouped(event.decided)}"


def place_words(event: EventFate) -> str:
    """Return where it was put."""
    if event.place is None:
        return "never stored"
    lap, index, start = event.place
    if not event.length:
        return f"sub-buffer {index}, lap {lap}, no bytes"
    return f"sub-buffer {index}, lap {lap}, bytes {start}…{start + event.length - 1}"


def event_words(event: EventFate, got: Sequence[Got]) -> str:
    """Return what there is to say of an event, in a line.

    Args:
        event: The event.
        got: What readers got of it.
    """
    verb = "reserved" if event.is_reserved else "written"
    words = (
        f"event {grouped(event.event)} · {size(event.length)} · {verb} on cpu {event.cpu} at step"
        f" {grouped(event.step)} · {place_words(event)} · {fate_words(event)} · {when_words(event)}"
    )
    read = got_words(event, got)
    return f"{words} · {read}" if read else words


def record_words(index: FateIndex, event: EventFate, step: int) -> str:
    """Return which record an event is a piece of, and whether that is torn; empty: of none."""
    record = record_of(index, event.event, step)
    return "" if record is None else f" · piece {record.number_of(event.event)} of {record.told()}"


def all_words(index: FateIndex, event: EventFate, step: int) -> str:
    """Return all that there is to say of an event at a step."""
    return event_words(event, index.got(event, step)) + record_words(index, event, step)


def spoken_event(index: FateIndex, event: EventFate, step: int) -> str:
    """Return the same for who does not see the strip."""
    return all_words(index, event, step).replace(" · ", ", ").replace("…", " to ")


def bin_words(index: FateIndex, buffer: int, row: int, many: int, step: int) -> str:
    """Return what a column of pixels stands for: one event, or how many of which fate."""
    lane = index.lane(buffer)
    tried = lane.rows_at(step)
    if row >= tried:
        event = index.at(buffer, row, step)
        return f"event {grouped(event.event)}: tried later, at step {grouped(event.step)}"
    if many == 1:
        return all_words(index, index.at(buffer, row, step), step).replace(" · ", "\n")
    last = min(row + many, tried)
    fates = lane.fates(step, row, last).tolist()
    counts = {fate: fates.count(fate) for fate in (*LOST_FATES, Fate.UNREAD, Fate.CONSUMED)}
    lines = [f"{words_of(fate)}: {grouped(count)}" for fate, count in counts.items() if count]
    return "\n".join([f"{plural(last - row, 'event')} here; + or Ctrl and the wheel zoom", *lines])


# -- sums ------------------------------------------------------------------------------------------

TERMS = (Fate.UNREAD, Fate.CONSUMED, *LOST_FATES)


def conservation(
    attempted: Count, counts: Mapping[Fate, Count], render: Callable[[Fate, str], str]
) -> tuple[str, str]:
    """Return the sums of events and of bytes as formulas: what was tried is what there is.

    Args:
        attempted: What was tried.
        counts: What became of it.
        render: Gives a term its looks, from its fate and text.
    """
    shown = [fate for fate in TERMS if counts[fate].events or fate is Fate.UNREAD]
    events = " + ".join(
        render(fate, f"{grouped(counts[fate].events)} {words_of(fate)}") for fate in shown
    )
    sizes = " + ".join(render(fate, grouped(counts[fate].bytes)) for fate in shown)
    return f"{plural(attempted.events, 'attempt')} = {events}", f"{size(attempted.bytes)} = {sizes}"


def subbuf_conservation(produced: int, consumed: int, gone: int, current: int) -> str:
    """Return the sum of sub-buffers.

    Args:
        produced: Finished since open or reset.
        consumed: Of these: released.
        gone: Of the others: used again before they were released.
        current: Being written now.
    """
    ready = produced - consumed
    words = f"{plural(produced, 'sub-buffer')} finished = {grouped(consumed)} consumed"
    words += f" + {grouped(ready)} ready"
    if gone:
        words += f" ({grouped(ready - gone)} still there, {grouped(gone)} used again)"
    return f"{words}; {grouped(current)} being written"
