"""What a running channel tells beyond its state: what readers got, rates, why it stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.findings.finding import Finding
    from relayviz.model.findings.measured import Verified
    from relayviz.model.load.load import BreakOn, Load


@dataclass(frozen=True, slots=True)
class Hit:
    """What stopped a run.

    Attributes:
        what: The condition in words, such as "first event lost: refused".
        cpu: Where it was met.
        event: The number of the event that was being written or read; None: none was.
        seconds: When, from the first start of the run.
        entry: The counter or account entry that met it, by its name.
        value: What it had reached.
    """

    what: str
    cpu: int
    event: int | None
    seconds: float
    entry: str
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """The last seconds in bins of equal length, the newest last. No loss is ever left out.

    What one look counted is shared out to the bins that it covers: there can be parts of events;
    sums are exact.

    Attributes:
        seconds: How long one bin is.
        written: Events stored in each bin, shape (bins,).
        bytes: Their bytes.
        consumed: Events consumed.
        fill: The highest share of n_subbufs that was ready on any CPU, 0 to 1 and, overwriting,
            more.
        lost: By kind, in the order of model.state.LOSSES, shape (kinds, bins).
        unit: What `written` and `consumed` count; of a kernel's channel it is sub-buffers, `bytes`
            are all that were stored, and losses are not known.
    """

    seconds: float
    written: NDArray[np.float64]
    bytes: NDArray[np.float64]
    consumed: NDArray[np.float64]
    fill: NDArray[np.float64]
    lost: NDArray[np.float64]
    unit: str = "events"


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A live channel beside its state, in a snapshot.

    Attributes:
        running: The threads are at work; else they stand between two operations, and the state is
            exact.
        seconds: Time that it has run.
        load: What it is under now.
        break_on: What stops it.
        hit: What stopped it last; None: nothing, or it was paused by hand.
        events_per_second: Stored events, over the last second.
        bytes_per_second: Their bytes.
        consumed_per_second: Events consumed, over the last second.
        asked: Events that were to be written since it began.
        made_share: Of these: the share that was tried, 0 to 1.
        lost_share: Events lost over the last second, as a share of those attempted in it, 0 to 1.
        verified: What the readers found.
        findings: What can be said of it, the gravest first.
        is_simulated: Its seconds are those of a simulated clock.
        error: What ended it against the user's will, with the remedy; empty: nothing.
    """

    running: bool
    seconds: float
    load: Load
    break_on: BreakOn
    hit: Hit | None
    events_per_second: float
    bytes_per_second: float
    consumed_per_second: float
    asked: int
    made_share: float
    lost_share: float
    verified: Verified
    findings: tuple[Finding, ...] = field(default=())
    error: str = ""
    is_simulated: bool = False
