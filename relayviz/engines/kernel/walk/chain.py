"""The kernel's list of channels, followed from both ends: a broken link hides no other channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.record import Record
from relayviz.model.kernel.look import MAX_SUBBUFS

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.types.layout import Struct
    from relayviz.engines.kernel.walk.care import Care

_MOST_CHANNELS = 1024
_NEXT, _PREVIOUS = "list.next", "list.prev"


def chain(memory: Memory, head: int, struct: Struct, care: Care) -> list[Record]:
    """Return all channels, in the order of the list.

    Args:
        memory: Of the kernel.
        head: Address of the list's head.
        struct: `struct rchan`.
        care: Where damage of the list is noted.
    """
    links = care.attempt("the list of channels", lambda: memory.read(head, 16))
    if links is None:
        return []
    first, last = (int.from_bytes(links[at : at + 8], "little") for at in (0, 8))
    ways = _Ways(memory, head, struct, care)
    found = ways.follow(first, _NEXT)
    if not care.damage:
        return found
    place = len(found)
    for channel in ways.follow(last, _PREVIOUS):
        known = [number for number, one in enumerate(found) if one.address == channel.address]
        if known:
            place = known[0]
        else:
            found.insert(place, channel)
    return found


class _Ways:
    """The list, to be followed from either end."""

    def __init__(self, memory: Memory, head: int, struct: Struct, care: Care) -> None:
        self._memory, self._head, self._struct, self._care = memory, head, struct, care

    def follow(self, link: int, way: str) -> list[Record]:
        """Follow one direction until the head, what was met before, or what is no channel."""
        back = _PREVIOUS if way == _NEXT else _NEXT
        found: list[Record] = []
        before, met = self._head, {self._head}
        while link not in met:
            channel = self._at(link)
            if channel is None:
                return found
            if channel[back] != before:
                self._care.note(f"the list is broken at {channel.address:#x}")
                if not _is_plausible(channel):
                    return found
            if len(found) >= _MOST_CHANNELS:
                self._care.note(f"the list has more than {_MOST_CHANNELS} channels")
                return found
            met.add(link)
            found.append(channel)
            link, before = channel[way], link
        if link != self._head:
            self._care.note("the list turns back on itself")
        return found

    def _at(self, link: int) -> Record | None:
        place = link - self._struct.fields[_NEXT].offset
        return self._care.attempt(
            f"the channel at {place:#x}",
            lambda: Record.read(self._memory, place, self._struct),
        )


def _is_plausible(channel: Record) -> bool:
    """Whether a channel of a list that is broken looks like one."""
    size, number = channel["subbuf_size"], channel["n_subbufs"]
    return 0 < number <= MAX_SUBBUFS and 0 < size * number <= channel["alloc_size"] < 1 << 32
