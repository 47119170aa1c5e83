"""Where a dock stands at first, and how much of the window it gets: data of a dock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WIDEST = 1 << 24  # Qt's own limit
LARGEST_LEAST = 0.42  # of the room: where there is hardly any, the least is less


class Put(Enum):
    """How a dock is put into the window, in the order in which that is done."""

    LEFT = auto()
    BOTTOM = auto()
    RIGHT_OF = auto()
    BELOW = auto()
    BEHIND = auto()
    """In the same place, one of several tabs."""


@dataclass(frozen=True, slots=True)
class Share:
    """How long a dock is at first.

    Attributes:
        part: Of the room that there is.
        least, most: In pixels, with text as large as usual; they grow with it.
        instead: A dock, and the part while that one is in front of those in its place.
        wanted: It is as long as its panel would like, `part` and `most` at most.
        leaves: It is as long as its panel would like where it leaves others so much: a part of the
            window, and pixels.
    """

    part: float
    least: int = 0
    most: int = WIDEST
    instead: tuple[str, float] | None = None
    wanted: bool = False
    leaves: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dock stands at first.

    Attributes:
        put: How it is put there.
        of: Beside, below or behind which other dock.
        width: Of the row that it stands in; None: what the others leave.
        height: Of its column, or of the window for the row at the bottom; None: what is left.
        is_shown: It is there at first; others come there when they are asked for.
        in_front: It is the one to be seen of those in one place.
    """

    put: Put
    of: str = ""
    width: Share | None = None
    height: Share | None = None
    is_shown: bool = True
    in_front: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """What a share is taken from.

    Attributes:
        whole: All of the row or column.
        left: What others have left of it.
        window: The length of the window.
        wanted: What the panel would like, with what is around it.
        is_in_front: Whether a dock is in front of those in its place.
        text: How large text is; 1: as usual.
    """

    whole: int
    left: int
    window: int
    wanted: int
    is_in_front: Callable[[str], bool]
    text: float = 1.0


def length(share: Share, room: Room) -> int:
    """Return how long a dock is at first, in pixels."""
    smallest, most = round(share.least * room.text), round(share.most * room.text)
    if share.leaves is not None:
        part, least = share.leaves
        if room.left - room.wanted >= max(round(least * room.text), round(room.window * part)):
            return room.wanted
        is_wide = room.left > room.wanted
        return max(smallest, round(room.window * share.part)) if is_wide else smallest
    part = share.part
    if share.instead is not None and room.is_in_front(share.instead[0]):
        part = share.instead[1]
    if share.wanted:
        return min(room.wanted, round(room.whole * part), most)
    smallest = min(smallest, round(room.whole * LARGEST_LEAST))
    return min(max(round(room.whole * part), smallest), most)


class Plan:
    """The places of all docks in one arrangement of the window."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self.places = places

    def in_order(self) -> Iterator[str]:
        """Give the docks so that each comes behind the one that it is put to."""
        done: set[str] = set()

        def with_those_before(name: str) -> Iterator[str]:
            if name not in done:
                done.add(name)
                if self.places[name].of:
                    yield from with_those_before(self.places[name].of)
                yield name

        ways = list(Put)
        for name in sorted(self.places, key=lambda one: ways.index(self.places[one].put)):
            yield from with_those_before(name)

    def row(self, put: Put) -> list[str]:
        """Return the docks of the upper row (LEFT) or the one at the bottom, from the left."""
        first = [name for name, place in self.places.items() if place.put is put]
        return self._chain(first, Put.RIGHT_OF)

    def column(self, name: str) -> list[str]:
        """Return a dock and those below it."""
        return self._chain([name], Put.BELOW)

    def group(self, name: str) -> list[str]:
        """Return what stands in a column at first, with what is behind each."""
        column = self.column(name)
        return [*column, *(one for above in column for one in self._behind(above))]

    @property
    def making_room(self) -> set[str]:
        """The docks that change the shares by coming to front."""
        shares = [one for place in self.places.values() for one in (place.width, place.height)]
        return {share.instead[0] for share in shares if share is not None and share.instead}

    def _behind(self, name: str) -> list[str]:
        found: list[str] = []
        for other, place in self.places.items():
            if place.put is Put.BEHIND and place.of == name:
                found += [*([other] if place.is_shown else []), *self._behind(other)]
        return found

    def _chain(self, names: list[str], put: Put) -> list[str]:
        """Follow docks that are put to the last one in one way."""
        places = self.places
        while names:
            last = names[-1]
            then = (one for one, at in places.items() if at.put is put and at.of == last)
            following = next(then, None)
            if following is None:
                break
            names = [*names, following]
        return names
