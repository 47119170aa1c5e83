"""Which sizes the channel of a capture had: those of its client, or what the losses show.

A capture holds no borders. But a record is refused only where no room was left, so the sub-buffer
before each loss must be nearly full: a size under which that is not so is not the right one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.capture.subbufs import laid_out
from relayviz.model.numbers import AT_MOST, grouped, plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Lengths = NDArray[np.int64]
    Losses = NDArray[np.bool_]

_CANDIDATES = tuple(1 << power for power in range(8, 23))
_LEAST_LOSSES = 3  # fewer show nothing
_MOST_LOSSES = 200  # more show no more
_MARGIN = 4  # a sub-buffer of fewer of the largest records is nearly full wherever it ends
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
_WRITTEN = re.compile(r"(\d{1,10})([km]?)(?:i?b)?[x×]≤?(\d{1,7})", re.IGNORECASE)
_SPACE = re.compile(r"\s")
_USUAL_SIZE, _USUAL_NUMBER = 4096, 8


class Sure(Enum):
    """How sure sizes are."""

    SAID = auto()
    """Somebody said them."""
    AT_MOST = auto()
    """Losses show a size, and that there are no more sub-buffers of it; there can be fewer."""
    ASSUMED = auto()
    """They are what is usual: nothing in the capture shows them."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a channel.

    Attributes:
        subbuf_size: Bytes of a sub-buffer.
        n_subbufs: How many a buffer has.
        why: Where that is from, as a part of a sentence.
        sure: How sure that is.
    """

    subbuf_size: int
    n_subbufs: int
    why: str
    sure: Sure = Sure.ASSUMED

    @property
    def words(self) -> str:
        """Return "2 KiB × 3", or "2 KiB × ≤ 3" where there can be fewer."""
        sign = AT_MOST if self.sure is Sure.AT_MOST else ""
        return f"{size(self.subbuf_size)} × {sign}{grouped(self.n_subbufs)}"


def sizes_of(text: str) -> Sizes:
    """Return the sizes that somebody wrote, such as 4Kx8, 4096×8 or "4 KiB × 8".

    Raises:
        ValueError: It says none; the message says how it is written.
    """
    found = _WRITTEN.fullmatch(_SPACE.sub("", text))
    if found is None or not int(found[1]) or not int(found[3]):
        raise ValueError(f"{text} is no S×N, such as 4Kx8 or 4096x8.")
    return Sizes(
        int(found[1]) * _UNITS[found[2].lower()], int(found[3]), "as it was said", Sure.SAID
    )


def offered(
    usual: Sizes | None, buffers: Sequence[tuple[Lengths, Losses]], largest: int
) -> tuple[Sizes, ...]:
    """Return the sizes that are likely, the likeliest first; at least one.

    Args:
        usual: Those of the client; None: none are known.
        buffers: For each buffer the bytes of its records, and whether some are missing before each.
        largest: Bytes of the largest record.
    """
    found = [guess] if (guess := guessed(buffers)) is not None else []
    if usual is not None and usual.subbuf_size >= largest:
        found.append(usual)
    if not found:
        fits = 1 << max(_USUAL_SIZE, largest).bit_length() - 1
        fits = fits if fits >= largest else fits * 2
        found.append(Sizes(fits, _USUAL_NUMBER, "nothing tells: any that its records fit into"))
    return tuple(found)


def guessed(buffers: Sequence[tuple[Lengths, Losses]]) -> Sizes | None:
    """Return the sizes that losses show, with the evidence; None: they show none."""
    stretches = [one for lengths, lost in buffers for one in _stretches(lengths, lost)]
    if len(stretches) < _LEAST_LOSSES:
        return None
    largest = max(int(one.max()) for one in stretches)
    fitting = [
        each
        for each in _CANDIDATES
        if each >= _MARGIN * largest and all(_is_full(one, each, largest) for one in stretches)
    ]
    if not fitting:
        return None
    found = fitting[-1]
    firsts = (_first(lengths, lost) for lengths, lost in buffers)
    number = min(
        len(laid_out(one, np.zeros(len(one), bool), found).first)
        for one in firsts
        if one is not None
    )
    others = f"; {', '.join(map(size, fitting[:-1]))} would fit, too" if fitting[:-1] else ""
    return Sizes(
        found,
        number,
        f"each of {plural(len(stretches), 'gap')} comes where {size(found)} are full, and the "
        f"earliest behind {plural(number, 'sub-buffer')}: a buffer has no more{others}",
        Sure.AT_MOST,
    )


def _stretches(lengths: Lengths, lost: Losses) -> Iterator[Lengths]:
    """Yield the records between two losses: the first of each begins a sub-buffer."""
    begin = 0
    for end in np.flatnonzero(lost)[:_MOST_LOSSES].tolist():
        if end > begin:
            yield lengths[begin:end]
        begin = end


def _first(lengths: Lengths, lost: Losses) -> Lengths | None:
    """Return the records before the first loss; None: there is none."""
    found = np.flatnonzero(lost)
    return lengths[: int(found[0])] if len(found) and found[0] else None


def _is_full(lengths: Lengths, subbuf_size: int, largest: int) -> bool:
    """Tell whether the last sub-buffer of a stretch has no room for the largest record."""
    found = laid_out(lengths, np.zeros(len(lengths), bool), subbuf_size)
    return int(found.padding[-1]) < largest
