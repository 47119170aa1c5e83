"""The figures of a stretch of steps as arrays, by the names that conditions know them by.

docs/conditions.md lists the names; NAMES is what that page is checked against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from relayviz.model.channel.operation import ALL, ATTEMPTS, Kind
from relayviz.model.channel.state import LOSSES
from relayviz.model.history.facts import (
    ACCOUNT_FIGURES,
    BUFFER_FIGURES,
    CHANNEL_FIGURES,
    KINDS,
    OUTCOMES,
    Happened,
    buffers_of,
    changes_of,
    happened_to,
)
from relayviz.model.records.records import TornRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.history.facts import Facts, Pair, Rows
    from relayviz.model.history.history import History

    Array = NDArray[Any]

_SUMS = {
    "attempts": ["stored", "refused_full", "too_big", "busy", "written_late"],
    "lost": [ACCOUNT_FIGURES[each] for each in LOSSES],
    "lost_bytes": [f"{ACCOUNT_FIGURES[each]}_bytes" for each in LOSSES],
    "discarded": ["discarded_reset", "discarded_close"],
}
_DERIVED = ("ready", "full", "blocked", *_SUMS)
_COUNTED = {
    "lapped": Happened.LAPPED,
    "clamped": Happened.CLAMPED,
    "anomalies": Happened.ANOMALY,
    "refusals": Happened.DECLINED | Happened.RAISED,
    "raised": Happened.RAISED,
}
BUFFER_NAMES = frozenset({*BUFFER_FIGURES, *_DERIVED, *_COUNTED})
"""Of each buffer: with [cpu] of one, else the sum of all."""

STEP_NAMES = frozenset(
    {"step", "operation", "cpu", "amount", "outcome", "value", "event", "data", "text"}
)
"""Of the step itself."""

CONSTANTS = frozenset({"subbuf_size", "n_subbufs", "cpus"})
"""Of the channel, the same at every step."""

TORN_RECORDS = "torn_records"
"""What is told from the events of all steps, and is no figure of one step's facts."""

NAMES = BUFFER_NAMES | STEP_NAMES | CONSTANTS | {*CHANNEL_FIGURES, TORN_RECORDS}
"""All names that may stand in a condition."""

_KIND_NAMES = np.array([kind.value for kind in KINDS])
_OUTCOME_NAMES = np.array([outcome.value for outcome in OUTCOMES])
_READS = [code for code, kind in enumerate(KINDS) if kind in (Kind.READ, Kind.SPLICE)]
_TRIES = [code for code, kind in enumerate(KINDS) if kind in ATTEMPTS]


class Record(Protocol):
    """What Columns are made from; a step engine is one."""

    @property
    def facts(self) -> Facts:
        """The figures."""

    @property
    def history(self) -> History:
        """The history that they are of."""

    @property
    def config(self) -> ChannelConfig:
        """What the channel was opened with."""


class Records(NamedTuple):
    """A Record for who must not keep the engine alive, by the names of that."""

    facts: Facts
    history: History
    config: ChannelConfig


class Columns:
    """The figures of the steps `first` to `last` of a branch, both included.

    Args:
        record: What happened.
        branch: The branch.
        first: The first step.
        last: The last step; None: the branch's.
        ahead: Steps of which there are facts and that the history does not have yet.
        torn: Has followed the history for others before; None: nobody asked so far.
    """

    def __init__(
        self,
        record: Record,
        branch: int,
        first: int = 0,
        last: int | None = None,
        ahead: int = 0,
        *,
        torn: TornRecords | None = None,
    ) -> None:
        self._pieces: list[tuple[Rows, int, int]] = record.facts.pieces(
            record.history, branch, ahead
        )
        end = self._pieces[-1][2]
        self.first, self.last = first, end if last is None else min(last, end)
        self._history, self._config, self._branch = record.history, record.config, branch
        self._cache: dict[tuple[str, int | None], Array] = {}
        self._makers: dict[str, Callable[[], Array]] = {
            "step": lambda: np.arange(self.first, self.last + 1),
            "operation": lambda: _KIND_NAMES[self._row("kinds", np.uint8)],
            "outcome": lambda: _OUTCOME_NAMES[self._row("outcomes", np.uint8)],
            "cpu": lambda: self._row("cpus", np.int16).astype(np.int64),
            "amount": lambda: self._row("amounts", np.uint32).astype(np.int64),
            "value": lambda: self._row("values", np.int32).astype(np.int64),
            "event": self._events,
            TORN_RECORDS: lambda: self._torn(torn or TornRecords(record.config)),
            "data": lambda: self._delivered(bytes.hex),
            "text": lambda: self._delivered(lambda data: data.decode("latin-1")),
        }

    def __len__(self) -> int:
        """Return the number of steps."""
        return self.last - self.first + 1

    @property
    def buffers(self) -> tuple[int, ...]:
        """The CPU numbers of the buffers there are."""
        return buffers_of(self._pieces)

    def of(self, name: str, cpu: int | None = None) -> Array:
        """Return a figure at each step, shape (steps,).

        Args:
            name: One of NAMES.
            cpu: Of BUFFER_NAMES: the buffer of this CPU, 0 where there is none; None: the sum.
        """
        if name in CONSTANTS:
            return np.full(len(self), getattr(self._config, name), np.int64)
        if (name, cpu) not in self._cache:
            self._cache[name, cpu] = self._make(name, cpu)
        return self._cache[name, cpu]

    def _make(self, name: str, cpu: int | None) -> Array:
        if name in self._makers:
            return self._makers[name]()
        if name not in BUFFER_NAMES:
            changes = changes_of(self._pieces, ALL, name, self.first)
            return spread(*changes, self.first, self.last)
        if cpu is None:
            return self._total(name)
        # a global buffer is that of every CPU
        one = self.buffers[0] if self._config.is_global else cpu
        return spread(*self.series(name, one), self.first, self.last)

    def _total(self, name: str) -> NDArray[np.int64]:
        """Return the sum over all buffers, made from what changed: there may be thousands."""
        grown = np.zeros(len(self), np.int64)
        for cpu in self.buffers:
            steps, values = self.series(name, cpu)
            end = int(np.searchsorted(steps, self.last, side="right"))
            places = np.maximum(steps[:end] - self.first, 0)
            np.add.at(grown, places, np.diff(values[:end], prepend=0))
        return np.cumsum(grown)

    def series(self, name: str, cpu: int) -> Pair:
        """Return the steps at which a figure of a buffer changed, and what it became.

        Args:
            name: One of BUFFER_NAMES; neighbours of "full" and "blocked" may be the same.
            cpu: The CPU number of the buffer.

        What lies before the last change up to the first step is left out.
        """
        first = self.first
        count, size = self._config.n_subbufs, self._config.subbuf_size
        if name in _COUNTED:
            steps, flags = happened_to(self._pieces, cpu)
            steps = steps[(flags & int(_COUNTED[name])) != 0]
            return steps, np.arange(1, len(steps) + 1)
        if name in _SUMS:
            steps, parts = _merged(
                [changes_of(self._pieces, cpu, each, first) for each in _SUMS[name]]
            )
            return steps, np.asarray(np.sum(parts, axis=0), np.int64)
        if name in ("ready", "full"):
            names = ("produced", "consumed")
            pair = [changes_of(self._pieces, cpu, each, first) for each in names]
            steps, (produced, consumed) = _merged(pair)
            ready = produced - consumed
            return steps, ready if name == "ready" else (ready >= count).astype(np.int64)
        if name == "blocked":
            steps, offset = changes_of(self._pieces, cpu, "offset", first)
            return steps, (offset > size).astype(np.int64)
        return changes_of(self._pieces, cpu, name, first)

    def happened(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Give for each CPU the steps at which something happened to its buffer, and what."""
        for cpu in sorted({cpu for rows, _, _ in self._pieces for cpu in list(rows.happened)}):
            yield (cpu, *happened_to(self._pieces, cpu))

    def _row(self, name: str, kind: type[np.generic], since: int | None = None) -> Array:
        first = self.first if since is None else since
        found: list[Array] = []
        for rows, begin, end in self._pieces:
            start, stop = max(first, begin) - begin, min(self.last, end) - begin + 1
            if start < stop:
                found.append(np.frombuffer(getattr(rows, name)[start:stop], kind))
        return np.concatenate(found)

    def _events(self) -> NDArray[np.int64]:
        """Return the number of the event that each step tried to store; 0: none."""
        tries = np.isin(self._row("kinds", np.uint8, since=0), _TRIES)
        return np.where(tries, np.cumsum(tries), 0)[self.first :]

    def _torn(self, torn: TornRecords) -> NDArray[np.int64]:
        return spread(*torn.series(self._history, self._branch), self.first, self.last)

    def _delivered(self, shown: Callable[[bytes], str]) -> Array:
        """Return what reads delivered as text; empty at all other steps."""
        found = np.full(len(self), "", object)
        for place in np.flatnonzero(np.isin(self._row("kinds", np.uint8), _READS)):
            data = self._history.at(self._branch, self.first + int(place)).result.data
            found[place] = shown(data or b"")
        return found


def _merged(pairs: Sequence[Pair]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Return the steps at which any of some figures changed, and each of them there."""
    steps = np.unique(np.concatenate([pair[0] for pair in pairs]))
    return steps, [
        np.concatenate(([0], values))[np.searchsorted(at, steps, side="right")]
        for at, values in pairs
    ]


def spread(
    steps: NDArray[np.int64], values: NDArray[np.int64], first: int, last: int
) -> NDArray[np.int64]:
    """Return the value at each step from `first` to `last`; 0 before the first change."""
    begin = int(np.searchsorted(steps, first, side="right"))
    end = int(np.searchsorted(steps, last, side="right"))
    before = values[begin - 1] if begin else 0
    edges = np.concatenate(([first], steps[begin:end], [last + 1]))
    return np.repeat(np.concatenate(([before], values[begin:end])), np.diff(edges))
