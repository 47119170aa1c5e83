"""What happened on a live channel in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.result import Outcome, Result
from relayviz.model.channel.state import LOSS_WORDS
from relayviz.model.live.live import Hit
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from relayviz import relay
    from relayviz.model.channel.state import State

_READER = {
    "full": "the buffer got full: as many sub-buffers are ready as there are",
    "lapped": "the reader was lapped",
    "torn": "a reader got an event with bytes that do not belong together",
    "twice": "a reader got an event again",
    "torn_records": "a reader got some events of a record and not the others",
}
_COUNTERS = {
    "produced": "subbufs_produced",
    "released": "subbufs_consumed",
    "ready": "the number of ready sub-buffers",
    "attempted": "the number of attempted events",
    "lost": "the number of lost events",
}
_BY_WRITER = frozenset({*LOSS_WORDS, "full", "attempted", "produced", "lost", "ready"})


def hit_of(hit: relay.Hit) -> Hit:
    """Return what stopped a run, in words."""
    counter = hit.what
    if counter in LOSS_WORDS:
        first = "first " if hit.value == 1 else ""
        what = f"{first}event lost: {LOSS_WORDS[counter]}"
    elif counter in _READER:
        what = _READER[counter]
    else:
        what = f"{_COUNTERS.get(counter, counter)} reached {grouped(hit.value)}"
    event = hit.seq if hit.seq >= 0 and counter in _BY_WRITER else None
    return Hit(what, hit.cpu, event, hit.time, counter, hit.value)


def opening(state: State) -> Result:
    """Say what was opened."""
    shape = f"{plural(state.n_subbufs, 'sub-buffer')} of {grouped(state.subbuf_size)} B"
    each = " each" if state.rows > 1 else ""
    return Result(Outcome.OK, f"Opened: {plural(state.rows, 'buffer')} of {shape}{each}, live.")
