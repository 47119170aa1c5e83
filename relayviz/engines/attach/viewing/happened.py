"""What happened to a channel of another process as a whole, by the looks at it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from relayviz.engines.attach.viewing.told import left_undone, life_of
from relayviz.model.engine.foreign import Seen
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.attach.viewing.state import BufferLook, ChannelLook

MOST = 1000  # what is kept: a hostile block can change with each look


class Happened:
    """Compares each look with the one before.

    Attributes:
        seen: What happened, the oldest first.
    """

    def __init__(self) -> None:
        self.seen: tuple[Seen, ...] = ()
        self._before: ChannelLook | None = None

    def take(self, look: ChannelLook) -> None:
        """Take a look in."""
        before, self._before = self._before, look
        now = time.time()
        news = [Seen(now, text, is_bad) for text, is_bad in _news(before, look)]
        if news:
            self.seen = (*self.seen, *news)[-MOST:]


def _news(before: ChannelLook | None, look: ChannelLook) -> Iterator[tuple[str, bool]]:
    """Give what is new, and whether it is bad."""
    is_lost = look.alive is False and not look.is_closed
    if before is None:
        yield f"Attached: {plural(len(look.buffers), 'buffer')}; {life_of(look)}.", is_lost
    elif look.alive is not before.alive:
        yield f"P{life_of(look)[1:]}.", is_lost
    if is_lost and (before is None or before.alive is not False):
        yield from ((f"When it died: {one}.", True) for one in left_undone(look))
    if before is not None:
        if look.is_closed and not before.is_closed:
            yield "Its process closed the channel.", False
        if look.heir != before.heir:
            yield f"Another channel of that name is there, of process {look.heir}.", False
        yield from _of_buffers({one.cpu: one for one in before.buffers}, look)


def _of_buffers(before: dict[int, BufferLook], look: ChannelLook) -> Iterator[tuple[str, bool]]:
    """Give what is new of each buffer."""
    for one in look.buffers:
        was = before.get(one.cpu)
        if was is None:
            yield f"CPU {one.cpu} has a buffer now.", False
        elif one.is_damaged is not was.is_damaged:
            state = "is damaged" if one.is_damaged else "can be used again"
            yield f"CPU {one.cpu}: its control block {state}.", one.is_damaged
        elif _produced(one) < _produced(was):
            yield f"CPU {one.cpu}: its counters began anew: it was reset.", False


def _produced(one: BufferLook) -> int:
    return 0 if one.told.buffer is None else int(one.told.buffer["produced"])
