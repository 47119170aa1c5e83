"""Which lanes of a live channel come first, and what a column says. Plain figures: no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.marks import LOSS, Mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS = {
    Mark.STORED: "stored",
    Mark.SWITCHED: "switch",
    Mark.READ: "read",
    Mark.CONSUMED: "consumed",
    Mark.FLUSHED: "flush",
    Mark.LOST_FULL: "refused",
    Mark.LOST_TOO_BIG: "too big",
    Mark.LOST_BUSY: "buffer busy",
    Mark.OVERWRITTEN: "overwritten",
    Mark.DISCARDED: "discarded",
    Mark.RELEASED: "released too early",
}


def lossy(lanes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return for each lane whether a loss is on screen."""
    found: NDArray[np.bool_] = (np.bitwise_or.reduce(lanes, axis=1) & np.uint32(int(LOSS))) != 0
    return found


def arranged(lost: NDArray[np.bool_], room: int) -> NDArray[np.intp]:
    """Return the lanes from top to bottom: where not all fit, those with a loss come first."""
    rows = np.arange(len(lost))
    if len(rows) <= room:
        return rows
    return np.concatenate([rows[lost], rows[~lost]])


def say(marks: int) -> str:
    """Say what a column's marks mean, losses first."""
    known = [(mark, words) for mark, words in WORDS.items() if marks & mark]
    known.sort(key=lambda pair: not pair[0] & LOSS)
    return ", ".join(words for _, words in known) or "nothing"
