"""A timeline as viewers of traces know it: tracks, counters on them, and events. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Track:
    """A line of the viewer.

    Attributes:
        name: What stands beside it.
        parent: The place of the track that it belongs to; None: none.
        is_counter: It has numbers; else events.
    """

    name: str
    parent: int | None = None
    is_counter: bool = False


class Samples(NamedTuple):
    """Values of a counter.

    Attributes:
        track: The place of its track.
        times: When each is so, in nanoseconds.
        values: What it is from then on.
    """

    track: int
    times: NDArray[Any]
    values: NDArray[Any]


class Event(NamedTuple):
    """Something that happened.

    Attributes:
        track: The place of its track.
        begin: When, in nanoseconds.
        end: When it was over; the same as `begin`: it took no time.
        name: What it is called.
        facts: What else is to be told, by names.
    """

    track: int
    begin: int
    end: int
    name: str
    facts: Mapping[str, int | str] = {}


@dataclass(frozen=True, slots=True)
class Trace:
    """A timeline.

    Attributes:
        tracks: Its lines.
        samples: The counters; gone through once.
        events: What happened; gone through once, in any order.
    """

    tracks: tuple[Track, ...]
    samples: Iterable[Samples] = field(default=())
    events: Iterable[Event] = field(default=())
