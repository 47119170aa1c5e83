"""The bytes of the events: byte k of event number e is (e*31 + k) & 0xff."""

from __future__ import annotations

FACTOR = 31
VALUES = 256

_pattern = memoryview(bytes(VALUES))


def event_bytes(event: int, length: int) -> memoryview:
    """Return the `length` bytes of event number `event`."""
    global _pattern  # noqa: PLW0603  one table for all, as long as the longest event so far
    if length + VALUES > len(_pattern):
        _pattern = memoryview(bytes(range(VALUES)) * (length // VALUES + 2))
    start = event * FACTOR % VALUES
    return _pattern[start : start + length]


def events_bytes(event: int, length: int, count: int) -> bytes:
    """Return the bytes of `count` events from number `event` on, one after the other."""
    return b"".join(event_bytes(event + index, length) for index in range(count))
