"""How much of what was lost for want of room each cause explains, in events of each buffer.

Losses are counted for each time between two visits of the consumer, so that those of stalls are
known. What flushes and burned headers explain is what would not have been lost without them: the
room that they took is set against what had to wait at worst.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from relayviz.model.findings.measured import Measured, Rows, Times

CONSIDERABLE = 0.1  # of what was lost: a cause that explains less is not told beside others


def _room_taken(measured: Measured) -> Times:
    """Return the share of the losses that went to flushes and burned headers, 0 to 1."""
    holds, could = measured.holds, measured.could_hold
    waited = np.maximum(measured.consumers.backlog.astype(np.float64), 1.0)
    over = np.where(waited > holds, waited - holds, could)
    by_room = (np.minimum(waited, could) - np.minimum(waited, holds)) / np.maximum(over, 1.0)
    by_room = np.where(waited > holds, by_room, (could - holds) / np.maximum(could, 1.0))
    wasted = (measured.flush_padding > 0) | (measured.burned > 0)
    return np.where(wasted, np.clip(by_room, 0.0, 1.0), 0.0)


def by_flushes(measured: Measured) -> Times:
    """Return the events that would not have been lost without flushes."""
    flushed = measured.flush_padding.astype(np.float64)
    burned = measured.burned.astype(np.float64) * measured.room
    part = flushed / np.maximum(flushed + burned, 1.0)
    found: Times = measured.crowded_out * _room_taken(measured) * part
    return found


def by_burns(measured: Measured) -> Times:
    """Return the events that would not have been lost without sub-buffers burned by headers."""
    return measured.crowded_out * _room_taken(measured) - by_flushes(measured)


def by_stalls(measured: Measured) -> Times:
    """Return the events that were lost while the consumer stayed away much longer than usual."""
    lost = measured.consumers.gaps.lost
    share = measured.of_stalls(lost) / np.maximum(lost.sum(axis=1), 1)
    found: Times = measured.crowded_out * (1.0 - _room_taken(measured)) * share
    return found


def by_visits(measured: Measured) -> Times:
    """Return the events that were lost between usual visits."""
    taken = 1.0 - _room_taken(measured)
    found: Times = measured.crowded_out * taken - by_stalls(measured)
    return found


def matters(measured: Measured, explained: Times) -> Rows:
    """Return where a cause explains a considerable part of what was lost for want of room."""
    rows: Rows = (explained >= CONSIDERABLE * measured.crowded_out) & (explained >= 0.5)  # noqa: PLR2004
    return rows
