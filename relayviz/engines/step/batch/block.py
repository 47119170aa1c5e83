"""Steps that were carried out together as few bytes: the figures, from which all else is told.

What a step says in words is made when somebody looks at it, from the figures of the buffers before
and after it, by the same functions that tell of a step that is recorded by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from relayviz.engines.step.batch.columns import NO_LAP_THERE
from relayviz.engines.step.channel.deed import Deed
from relayviz.engines.step.channel.state import Change, Figures
from relayviz.engines.step.words.calls import calls_of
from relayviz.engines.step.words.consumer import not_the_next
from relayviz.engines.step.words.result import result_of
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.trail import NO_LAP, Fate, Reading, Run, Trail, Verdict
from relayviz.model.history.attempts import Attempts
from relayviz.model.history.lanes import Lanes, expand, squeeze
from relayviz.model.history.step import Step
from relayviz.relay import (
    BATCH_DONE_DTYPE,
    BATCH_RUN_DTYPE,
    BUFFER_DTYPE,
    ODD,
    Account,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.engines.step.batch.columns import Batched
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.result import Result
    from relayviz.model.history.pack import Frame

_SECOND = 1e9  # nanoseconds
_STORED = 0  # as the value of a write


class Where(NamedTuple):
    """Where in a history a batch stands: its branch, its first step's number, the id before."""

    branch: int
    depth: int
    parent: int


class BatchBlock:
    """A batch, packed; a relayviz.model.history.pack.Block.

    Args:
        batch: What was carried out.
        where: Where in the history.
        lanes: Its marks and places.
        attempts: What it tried to store, and the fates that it decided.
    """

    def __init__(self, batch: Batched, where: Where, lanes: Lanes, attempts: Attempts) -> None:
        self._config, self._where, self._count = batch.config, where, len(batch.plans)
        self._asks = batch.asks
        self._lanes, self._attempts = lanes.packed(), attempts.packed()
        done = batch.done
        self._rest = squeeze(
            (
                _differences(done.done.view(np.uint32).reshape(len(batch.plans), -1)),
                batch.figures.states["cpu"].tobytes(),
                _differences(_by_buffer(batch.figures.states)),
                done.runs.tobytes(),
                attempts.verdicts.tobytes(),
                done.kept.tobytes(),
            )
        )

    def __len__(self) -> int:
        """Return the number of steps."""
        return self._count

    def lanes(self) -> Lanes:
        """Unpack what the time line and the index of events need."""
        return Lanes.unpacked(self._lanes)

    def attempts(self) -> Attempts:
        """Unpack what fates are told from."""
        return Attempts.unpacked(self._attempts)

    def rows(self) -> BatchRows:
        """Unpack what is looked at step by step."""
        return BatchRows(self._config, self._where, self._rest, self._count, asks=self._asks)


def _words(states: NDArray[np.void]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(states).view(np.uint32).reshape(len(states), -1)


def _by_buffer(states: NDArray[np.void]) -> NDArray[np.uint32]:
    """Return the states of one buffer behind those of the other, in words."""
    return _words(states)[np.argsort(states["cpu"], kind="stable")]


def _differences(rows: NDArray[np.uint32]) -> bytes:
    """Return by how much each row differs from the one before, column by column: mostly zeros."""
    found = rows.copy()
    found[1:] -= rows[:-1]
    return found.T.tobytes()


def _summed(data: bytes, count: int) -> NDArray[np.uint32]:
    """Return the rows that `_differences` was given."""
    columns = np.frombuffer(data, np.uint32).reshape(-1, count)
    return np.ascontiguousarray(np.cumsum(columns, axis=1, dtype=np.uint32).T)


class BatchRows:
    """An unpacked batch."""

    def __init__(
        self, config: ChannelConfig, where: Where, rest: bytes, count: int, *, asks: bool
    ) -> None:
        self._config, self._where, self._asks = config, where, asks
        done, cpus, states, runs, verdicts, self.kept = expand(rest)
        self.done = _summed(done, count).view(BATCH_DONE_DTYPE)[:, 0]
        order = np.argsort(np.frombuffer(cpus, np.uint32), kind="stable")
        sorted_states = _summed(states, len(order)).view(BUFFER_DTYPE)[:, 0]
        self.states = np.empty_like(sorted_states)
        self.states[order] = sorted_states
        before = np.empty(len(order), np.intp)
        before[order[1:]] = order[:-1]
        self._seen = len(order) - int(self.done["rows"].sum())  # states before the batch
        self._before = before[self._seen :]
        self.runs = np.frombuffer(runs, BATCH_RUN_DTYPE)
        self.verdicts = np.frombuffer(verdicts, np.int64).reshape(-1, 5)

    def step(self, row: int, frame: Frame) -> Step:
        """Make a step again."""
        done, operation = self.done[row], frame.operation
        changes = self._changes(done)
        reading = self._reading(done, changes[0]) if operation.kind is Kind.READ else None
        returned = self._returned(operation.kind, done)
        deed = Deed(operation, returned, changes, self._config, reading=reading)
        depth, time = self._where.depth + row, int(done["time"]) / _SECOND
        return Step(
            id=frame.id,
            parent=self._where.parent if row == 0 else frame.id - 1,
            branch=self._where.branch,
            depth=depth,
            time=time,
            operation=operation,
            event=frame.event,
            next_event=frame.next_event,
            decisions=frame.decisions,
            result=_result(deed, done),
            place=deed.stored_at(frame.event, depth, time),
            marks=frame.marks,
            trail=self._trail(row, deed),
            calls=calls_of(deed, asks=self._asks),
        )

    def _changes(self, done: np.void) -> list[Change]:
        first, count = int(done["first_row"]), int(done["rows"])
        return [
            Change(
                _figures(self.states[self._before[row]]), _figures(self.states[self._seen + row])
            )
            for row in range(first, first + count)
        ]

    def _returned(self, kind: Kind, done: np.void) -> object:
        value = int(done["value"])
        if kind in ATTEMPTS:
            return value == _STORED
        if kind is not Kind.READ:
            return value
        # bytes that were not kept are not shown either: only how many there were
        at, kept = int(done["kept_at"]), int(done["kept"])
        return self.kept[at : at + kept] + bytes(value - kept)

    def _trail(self, row: int, deed: Deed) -> Trail | None:
        low, high = np.searchsorted(self.verdicts[:, 0], [row, row + 1])
        verdicts = tuple(
            Verdict(buffer, first, last, Fate(fate))
            for _, buffer, first, last, fate in self.verdicts[low:high].tolist()
        )
        is_something = bool(verdicts) or deed.reading is not None
        return Trail(verdicts, deed.reading) if is_something else None

    def _reading(self, done: np.void, change: Change) -> Reading | None:
        then, now = change.before, change.after
        first = int(done["first_run"])
        runs = tuple(
            Run(NO_LAP if lap == NO_LAP_THERE else lap, subbuf, start, length)
            for lap, subbuf, start, length, _ in self.runs[
                first : first + int(done["runs"])
            ].tolist()
        )
        skipped = int(done["skipped_first"]), int(done["skipped_end"])
        moved = now.consumed - then.consumed
        if not runs and not moved:
            return None
        return Reading(now.cpu, runs, skipped, moved - (skipped[1] - skipped[0]))


def _result(deed: Deed, done: np.void) -> Result:
    result = result_of(deed)
    return not_the_next(result) if int(done["flags"]) & ODD else result


def _figures(state: np.void) -> Figures:
    row: Any = state.item()
    produced, consumed, offset, read, padding, size, *_, has_file, _mapped, account = row
    return Figures(
        int(state["cpu"]), produced, consumed, offset, int(state["current"]), read, padding,
        size if has_file else 0, Account.of(account),
    )  # fmt: skip
