"""Figures as people read them, in sentences and on screen."""

from __future__ import annotations

import math

THIN = "\u202f"  # narrow no-break space between thousands
AT_LEAST = "≥ "
"""Before a figure of which more may be true."""
AT_MOST = "≤ "
"""Before a figure of which less may be true."""
_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_FROM = (1, 1, 16)  # of these units sizes are told in them
_THOUSANDS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def grouped(number: int) -> str:
    """Return a number with narrow spaces between thousands."""
    return f"{number:,}".replace(",", THIN)


def size(count: int) -> str:
    """Return a number of bytes, exact, and in larger units where it is whole or large."""
    for (unit, name), least in zip(_UNITS, _FROM, strict=True):
        if count >= least * unit and count % unit == 0:
            return f"{grouped(count // unit)} {name}"
    return f"{grouped(count)} B"


def about(count: float) -> str:
    """Return a number of bytes in the unit that suits it: 4 KiB, 1.2 MiB."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{_digits(count / unit)} {name}"
    return f"{count:.0f} B"


def plural(count: int, word: str, words: str = "") -> str:
    """Return a number with its noun: 1 event, 2 events; `words`: another plural than with s."""
    return f"{grouped(count)} {word if count == 1 else words or word + 's'}"


def ready_count(ready: int, room: int, between: str = "/") -> str:
    """Return produced − consumed beside the sub-buffers that there are: 3/8, 8/8.

    Overwriting, it grows beyond: 34 alone, which is no part of 8.
    """
    return f"{grouped(ready)}{between}{grouped(room)}" if ready <= room else grouped(ready)


def ready_words(ready: int, gone: int, room: int, between: str = "/", thing: str = "") -> str:
    """Return how many sub-buffers are ready: 3/8 ready; 34 ready, 27 of them overwritten.

    Args:
        ready: Finished and not consumed: the same figure as anywhere else.
        gone: Of these: used again, or being written over (State.overwritten).
        room: Sub-buffers of a buffer.
        between: The sign or word between the figures.
        thing: Of what.
    """
    words = f"{ready_count(ready, room, between)}{thing} ready"
    return f"{words}, {grouped(gone)} of them overwritten" if gone else words


def short(number: float) -> str:
    """Return a number in at most five characters and a letter: 950, 35 k, 2.2 M."""
    for unit, letter in _THOUSANDS:
        if number >= unit * 0.9995:
            return f"{_digits(number / unit)} {letter}"
    return _digits(number)


def byte_rate(count: float) -> str:
    """Return bytes a second: 950 B/s, 24 kB/s, 1.4 MB/s."""
    text = short(count)
    return f"{text}{'B' if text[-1].isalpha() else ' B'}/s"


def seconds(value: float) -> str:
    """Return a time in the unit that suits it: 2.0 s, 33 ms, 120 µs."""
    if value >= 1 or value <= 0:
        return f"{value:.1f} s"
    if value >= 1e-3:  # noqa: PLR2004
        return f"{_digits(value * 1e3)} ms"
    return f"{max(value * 1e6, 1):.0f} µs"


def percent(share: float) -> str:
    """Return a share in percent; one that is not nothing, or not all, is not shown as that."""
    if share in (0, 1):
        return f"{share * 100:.0f} %"
    if 0 < share < 0.0005:  # noqa: PLR2004
        return "< 0.1 %"
    if 0.999 < share < 1:  # noqa: PLR2004
        return "> 99.9 %"
    is_near_an_end = share < 0.1 or 0.995 <= share < 1  # noqa: PLR2004
    return f"{share * 100:.1f} %" if is_near_an_end else f"{share * 100:.0f} %"


def _digits(value: float) -> str:
    """Return two figures at least, without a fraction where it is whole or large."""
    if value >= 10 or math.isclose(value, round(value), abs_tol=0.05):  # noqa: PLR2004
        return f"{value:.0f}"
    return f"{value:.1f}"
