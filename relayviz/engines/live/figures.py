"""What a pool of threads counted, in the forms of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.findings.measured import Consumers, Gaps, Measured, Verified
from relayviz.model.live.live import Rates
from relayviz.relay import NO_REPORT, Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from relayviz.model.channel.state import State

    Column = NDArray[np.uint64]
    Columns = Callable[[str], Column]

MICROSECOND = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """All counters at one moment of running time, of which a later one can be subtracted.

    While threads run they are not of one instant. What was done is told before who did it, and
    where a measurement begins the other way round, so that nothing was done by nobody.

    Attributes:
        state: The channel.
        totals: The pool's counters, a row for each CPU.
        seconds: Running time.
        slept: Seconds that the machine has slept since it began.
    """

    state: State
    totals: NDArray[np.void]
    seconds: float
    slept: float = 0.0


def verified(totals: NDArray[np.void]) -> Verified:
    """Return what the readers found, a row for each CPU."""
    return _verified(lambda name: totals[name])


def _verified(column: Columns) -> Verified:
    return Verified(
        intact=column("intact"),
        torn=column("torn"),
        missing=column("missing"),
        twice=column("twice"),
        torn_records=column("torn_records"),
        unwritten=column("unwritten"),
        lapped=column("lapped"),
        skipped=column("lapped_subbufs"),
    )


def measured(now: Counted, since: Counted | None) -> Measured:
    """Return what happened between two moments.

    Args:
        now: The later.
        since: The earlier, when what is a maximum began anew; None: the beginning.
    """
    state, buffers = now.state, now.state.buffers

    def grown(name: str) -> Column:
        column = _of_buffers(state, now.totals[name])
        return column if since is None else column - _of_buffers(state, since.totals[name])

    def of_buffer(name: str) -> Column:
        column: Column = buffers[name]
        return column if since is None else column - since.state.buffers[name]

    return Measured(
        config=state.config,
        mode=state.mode,
        began=0.0 if since is None else since.seconds,
        now=now.seconds,
        cpu=buffers["cpu"],
        produced=of_buffer("produced"),
        released=of_buffer("consumed"),
        ready=buffers["produced"] - buffers["consumed"],
        stored=of_buffer("file_size"),
        header=int(state.subbufs["header"].max(initial=0)),
        account=_account(state, None if since is None else since.state),
        last_toobig=state.last_toobig,
        burned=grown("burned"),
        flushes=grown("flushes"),
        flushed=grown("flushed"),
        flushed_empty=grown("flushed_empty"),
        flush_padding=grown("flush_padding"),
        asked=grown("asked"),
        slept=now.slept - (0.0 if since is None else since.slept),
        displaced=grown("displaced"),
        unseen=_unseen(now) - np.minimum(_unseen(now), 0 if since is None else _unseen(since)),
        consumers=_consumers(now, grown),
        verified=_verified(grown),
    )


def _unseen(at: Counted) -> Column:
    """Return the events that count as consumed and that no reader had got until then."""
    totals, consumed = at.totals, at.state.buffers["account"]["consumed"]["events"]
    found: Column = consumed - np.minimum(
        consumed, _of_buffers(at.state, totals["intact"] + totals["torn"])
    )
    return found


def _of_buffers(state: State, column: NDArray[np.uint64]) -> Column:
    """Return a column of counters by CPU as one with a row for each buffer."""
    if state.is_global:
        whole: Column = column.sum(axis=0, keepdims=True)
        return whole
    rows: Column = column[state.buffers["cpu"]]
    return rows


def _account(state: State, before: State | None) -> NDArray[np.void]:
    """Return what was added to the account; what is unread is no sum and stays as it is."""
    account = state.buffers["account"]
    if before is None:
        return account
    grown = account.copy()
    for name in account.dtype.names or ():
        if name != "unread":
            for part in ("events", "bytes"):
                grown[name][part] -= before.buffers["account"][name][part]
    return grown


def _consumers(now: Counted, grown: Columns) -> Consumers:
    reader = slice(0, 1) if now.state.is_global else now.state.buffers["cpu"]
    totals = now.totals[reader]
    last, gaps = totals["last_report"], _gaps(now.seconds, totals, grown)
    return Consumers(
        visits=grown("visits"),
        reads=grown("reads"),
        reports=grown("reports"),
        reported=grown("reported"),
        releasing=_of_buffers(now.state, now.totals["releasing"]),
        forgotten=grown("forgotten"),
        ignored=grown("ignored"),
        clamped=grown("clamped"),
        last=np.where(last == NO_REPORT, 0.0, last * MICROSECOND),
        away=np.maximum(totals["longest_away"] * MICROSECOND, _since_visit(now.seconds, totals)),
        gaps=gaps,
        losing_visits=grown("losing_visits"),
        emptying_visits=grown("emptying_visits"),
        backlog=totals["most_backlog"],
    )


def _since_visit(seconds: float, totals: NDArray[np.void]) -> NDArray[np.float64]:
    """Return how long ago the last visits were; 0 where there was none."""
    last = totals["last_visit"]
    return np.where(last == NO_REPORT, 0.0, np.maximum(seconds - last * MICROSECOND, 0.0))


def _gaps(seconds: float, totals: NDArray[np.void], grown: Columns) -> Gaps:
    """Return the times between visits, that since the last one included."""
    visits, lost = grown("away"), grown("away_lost")
    times = grown("away_time").astype(np.float64) * MICROSECOND
    now = _since_visit(seconds, totals)
    micro = np.maximum((now / MICROSECOND).astype(np.int64), 0)
    rows = np.arange(len(now))
    bits = np.where(micro > 0, np.floor(np.log2(np.maximum(micro, 1))).astype(np.int64) + 1, 0)
    classes = np.minimum(bits, visits.shape[1] - 1)
    visits, lost = visits.copy(), lost.copy()
    visits[rows, classes] += np.uint64(1)
    times[rows, classes] += now
    lost[rows, classes] += totals["lost_since_visit"]
    return Gaps(visits, times, lost)


# -- over time -------------------------------------------------------------------------------------


def rates(bins: NDArray[np.void], seconds: float, n_subbufs: int) -> Rates:
    """Return the bins of the pool in the model's form.

    Args:
        bins: Shape (columns,), the newest last.
        seconds: What they cover together.
        n_subbufs: Sub-buffers of a buffer.
    """
    return Rates(
        seconds=seconds / max(len(bins), 1),
        written=bins["stored"],
        bytes=bins["stored_bytes"],
        consumed=bins["fate"]["consumed"],
        fill=bins["most_ready"] / n_subbufs,
        lost=np.stack([bins["fate"][name] for name in LOSSES]),
    )


def per_second(bins: NDArray[np.void], width: float) -> tuple[float, float, float, float]:
    """Return events stored, their bytes, events consumed a second, and the share that was lost.

    Over all bins but one.

    The newest bin is not over yet: of the oldest, that much is taken as the newest lacks. So the
    time is the same at each look, and bursts that come several times in it make no difference.

    Args:
        bins: Of the pool, the newest last.
        width: Seconds of each.
    """
    shares = np.ones(len(bins))
    shares[0] = 1.0 - min(bins["seconds"][-1] / width, 1.0)
    seconds = float(shares @ bins["seconds"]) or 1.0
    lost = sum((bins["fate"][name] for name in LOSSES), np.zeros(len(bins)))
    columns = bins["stored"], bins["stored_bytes"], bins["fate"]["consumed"]
    events, size, consumed = (float(shares @ column) / seconds for column in columns)
    tried, gone = (float(shares @ column) for column in (bins["attempted"], lost))
    return events, size, consumed, min(gone / tried, 1.0) if tried else float(gone > 0)


_MARKS = (
    (Lane.STORED, Mark.STORED),
    (Lane.SWITCHED, Mark.SWITCHED),
    (Lane.FLUSHED, Mark.FLUSHED),
    (Lane.READ, Mark.READ),
    (Lane.RELEASED, Mark.CONSUMED),
    (Lane.REFUSED_FULL, Mark.LOST_FULL),
    (Lane.TOO_BIG, Mark.LOST_TOO_BIG),
    (Lane.BUSY | Lane.WRITTEN_LATE, Mark.LOST_BUSY),
    (Lane.OVERWRITTEN, Mark.OVERWRITTEN),
    (Lane.DISCARDED_RESET | Lane.DISCARDED_CLOSE, Mark.DISCARDED),
    (Lane.RELEASED_UNREAD, Mark.RELEASED),
)


def marked(lanes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return what the pool saw on each CPU as marks of the time line, shape (cpus, columns)."""
    found = np.zeros_like(lanes)
    for lane, mark in _MARKS:
        found[(lanes & np.uint32(lane)) != 0] |= np.uint32(mark)
    return found
