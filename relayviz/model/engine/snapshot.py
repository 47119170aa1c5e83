"""A state with its place in the history, and what the last step changed: all that a view draws."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Self

import numpy as np

from relayviz.model.channel.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.model.channel.result import Result
    from relayviz.model.engine.foreign import Foreign
    from relayviz.model.history.history import Step
    from relayviz.model.live.live import Live


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What the last step changed.

    Attributes:
        rows: For each buffer whether anything of it changed, shape (rows,).
        subbufs: For each sub-buffer whether anything of it changed, shape (rows, n_subbufs).
        fields: For each field of a buffer that changed anywhere, in which rows; an entry of the
            account is named as "account.overwritten".
        channel: Names of the fields of the whole channel that changed.
    """

    rows: NDArray[np.bool_]
    subbufs: NDArray[np.bool_]
    fields: dict[str, NDArray[np.bool_]]
    channel: frozenset[str]

    def has(self, row: int, name: str) -> bool:
        """Return whether a field of a buffer changed."""
        rows = self.fields.get(name)
        return rows is not None and bool(rows[row])

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Give the (row, index) of each sub-buffer that changed."""
        for row, index in np.argwhere(self.subbufs):
            yield int(row), int(index)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot(State):
    """A channel after a step.

    Attributes:
        generation: Grows with each snapshot that an engine publishes.
        branch: The branch shown.
        step: The number of the step shown, 0: just opened.
        last_step: The number of the last step of the branch.
        made_by: The step that led here.
        changed: What that step changed.
        notice: What the engine could not do last, with the reason; usually empty.
        live: How a live channel runs; None: the channel is stepped. A live channel has no history:
            its step is 0, made by the opening.
        foreign: What is told and not known of somebody else's channel; None: it is ours.
        counted: What counts of events mean that it began with, if they are not of events.
    """

    generation: int
    branch: int
    step: int
    last_step: int
    made_by: Step
    changed: Changes = field(repr=False)
    notice: str = ""
    live: Live | None = None
    foreign: Foreign | None = None
    counted: str = ""

    @classmethod
    def of(
        cls,
        state: State,
        before: State | None,
        *,
        generation: int,
        branch: int,
        last_step: int,
        made_by: Step,
        notice: str = "",
        live: Live | None = None,
        foreign: Foreign | None = None,
        counted: str = "",
    ) -> Self:
        """Make a snapshot of a state.

        Args:
            state: The state after the step.
            before: The state before it; None: nothing is shown as changed.
            generation: As the attribute of the same name; so are the others.
            branch: The branch shown.
            last_step: The last step of that.
            made_by: The step.
            notice: What could not be done.
            live: How a live channel runs.
            foreign: What goes with somebody else's channel.
            counted: What its first counts mean.
        """
        return cls(
            **{each.name: getattr(state, each.name) for each in fields(State)},
            generation=generation,
            branch=branch,
            step=made_by.depth,
            last_step=last_step,
            made_by=made_by,
            changed=changes(before, state),
            notice=notice,
            live=live,
            foreign=foreign,
            counted=counted,
        )

    @property
    def result(self) -> Result:
        """What became of the last step."""
        return self.made_by.result

    @property
    def runs(self) -> bool:
        """Whether newer ones come by themselves: threads work, or it is looked at all the time."""
        if self.foreign is not None:
            return self.foreign.runs
        return self.live is not None and self.live.running

    @property
    def seen_from(self) -> float:
        """From which second of its run on it was seen: of one of ours, from the first."""
        return 0.0 if self.foreign is None else self.foreign.seen_from

    def knows(self, *names: str) -> bool:
        """Return whether all of some fields are known: always, but of somebody else's channel."""
        return self.foreign is None or self.foreign.knows(*names)

    def is_gone(self, row: int) -> bool:
        """Return whether no file or mapping holds a closed channel's buffer any more."""
        return self.knows("files") and State.is_gone(self, row)

    def is_least(self, name: str) -> bool:
        """Return whether more than a figure says may be true."""
        return self.foreign is not None and name in self.foreign.at_least

    @property
    def time(self) -> float:
        """When the last step was made, in seconds since the epoch."""
        return self.made_by.time


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A channel after a step, with the bytes of its buffers: what pages are made from.

    Attributes:
        snapshot: Its state.
        memory: The bytes of each buffer, by row; they change when the next frame is asked for.
    """

    snapshot: Snapshot
    memory: tuple[NDArray[np.uint8], ...]


_SCALARS = ("base_filename", "online", "last_toobig", "closed", "mode", "source")


def changes(before: State | None, after: State) -> Changes:
    """Return what differs between two states of a channel; None before: nothing does.

    Buffers are compared by CPU number; one that is new has changed as a whole.
    """
    if before is None:
        none = np.zeros(after.subbufs.shape, np.bool_)
        return Changes(none[:, 0], none, {}, frozenset())
    old = _rows_before(before, after)
    is_new = old < 0
    same_rows = len(old) == before.rows and not is_new.any()
    buffers, subbufs = (
        (before.buffers, before.subbufs)
        if same_rows
        else (before.buffers[old], before.subbufs[old])
    )
    changed = _subbufs_differ(after.subbufs, subbufs) | is_new[:, None]
    rows: NDArray[np.bool_] = (_words(after.buffers) != _words(buffers)).any(axis=1) | is_new
    columns = {name: differs | is_new for name, differs in _differing(after.buffers, buffers)}
    return Changes(
        rows | changed.any(axis=1),
        changed,
        {name: differs for name, differs in columns.items() if differs.any()},
        frozenset(name for name in _SCALARS if getattr(before, name) != getattr(after, name)),
    )


def _rows_before(before: State, after: State) -> NDArray[np.intp]:
    """Return for each row its row before, -1: there was none."""
    then, now = before.buffers["cpu"], after.buffers["cpu"]
    found = np.minimum(np.searchsorted(then, now), len(then) - 1)
    return np.where(then[found] == now, found, -1)


def _differing(
    mine: NDArray[np.void], theirs: NDArray[np.void]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Compare each field; an entry of the account is named as "account.busy"."""
    for name in mine.dtype.names or ():
        inner = mine.dtype[name].names
        if inner is None:
            yield name, mine[name] != theirs[name]
        for entry in inner or ():
            yield f"{name}.{entry}", mine[name][entry] != theirs[name][entry]


def _subbufs_differ(mine: NDArray[np.void], theirs: NDArray[np.void]) -> NDArray[np.bool_]:
    """Compare sub-buffers; most buffers are what they were, which is soon seen of a whole one."""
    words, others = _words(mine), _words(theirs)
    at = (words != others).reshape(len(words), -1).any(axis=1)
    differ = np.zeros(mine.shape, np.bool_)
    differ[at] = (words[at] != others[at]).any(axis=2)
    return differ


def _words(rows: NDArray[np.void]) -> NDArray[np.uint64]:
    """Return rows as 64-bit words, which all of them consist of: compared much faster so."""
    return np.ascontiguousarray(rows).view(np.uint64).reshape(*rows.shape, -1)
