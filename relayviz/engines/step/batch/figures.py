"""The figures of buffers before and after each operation of a batch, one column for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.channel.state import LOSSES
from relayviz.model.history.facts import ACCOUNT_FIGURES, BUFFER_FIGURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.relay import BatchDone

    Column = NDArray[np.int64]

_PLACES = {name: place for place, name in enumerate(BUFFER_FIGURES)}
_MOST = np.uint64(2**63 - 1)
_OF_BUFFER = ("produced", "consumed", "offset", "current", "bytes_consumed", "prev_padding")


class Figures(NamedTuple):
    """What the buffers were before and after each operation.

    Attributes:
        states: The buffers as they were before the batch, then those that each operation could
            change, after it; BUFFER_DTYPE.
        before: For each row the place in `states` of the same buffer before.
        old: The BUFFER_FIGURES before, shape (figures, rows).
        new: Those after.
        steps: For each row which operation of the batch it is of.
        buffers: For each row the CPU number of the buffer.
    """

    states: NDArray[np.void]
    before: NDArray[np.intp]
    old: Column
    new: Column
    steps: Column
    buffers: Column

    def then(self, name: str) -> Column:
        """Return a figure before."""
        column: Column = self.old[_PLACES[name]]
        return column

    def now(self, name: str) -> Column:
        """Return a figure after."""
        column: Column = self.new[_PLACES[name]]
        return column

    def grown(self, name: str) -> Column:
        """Return by how much a figure grew."""
        return self.now(name) - self.then(name)


def figures_of(seen: NDArray[np.void], done: BatchDone) -> Figures:
    """Put what a batch wrote down beside what was before.

    Args:
        seen: All buffers before it, by CPU number.
        done: The batch.
    """
    states = np.concatenate([seen, done.rows])
    order = np.argsort(states["cpu"], kind="stable")
    before = np.empty(len(states), np.intp)
    before[order[1:]] = order[:-1]  # the first of each buffer is of those before the batch
    before = before[len(seen) :]
    columns = _columns(states)
    return Figures(
        states,
        before,
        columns[:, before],
        columns[:, len(seen) :],
        np.repeat(np.arange(len(done.done)), done.done["rows"]),
        done.rows["cpu"].astype(np.int64),
    )


def _columns(states: NDArray[np.void]) -> Column:
    account = states["account"]
    sizes = np.where(states["has_file"], states["file_size"], 0)
    columns = [
        *(states[name] for name in _OF_BUFFER),
        sizes,
        *(account[entry]["events"] for entry in ACCOUNT_FIGURES),
        *(account[entry]["bytes"] for entry in LOSSES),
    ]
    # one that is larger is kept as the largest
    return np.minimum(np.stack(columns).astype(np.uint64), _MOST).astype(np.int64)
