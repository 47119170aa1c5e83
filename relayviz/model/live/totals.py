"""The figures of a live run in all, by names: for reports, for conditions, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.state import LOSS_WORDS, LOSSES
from relayviz.model.findings.measured import MADE

if TYPE_CHECKING:
    from relayviz.model.channel.state import State
    from relayviz.model.live.live import Live

    Numbers = dict[str, int | float]

VERIFIED_WORDS = {
    "intact": "events that a reader got as they were written",
    "torn": "events that a reader got with bytes that do not belong together",
    "missing": "events whose numbers were left out between two that a reader got",
    "twice": "events that a reader got again",
    "torn_records": "records of several events of which a reader got a part",
    "unwritten": "bytes that a reader got without the beginning of an event",
    "lapped": "times that a reader was lapped",
    "skipped": "sub-buffers that readers lost by that",
}
"""What readers found, by the names of model.findings.measured.Verified, in words."""

NAMES = {
    "seconds": "time that the load ran",
    "asked": "events that the load asked for",
    "attempted": "events that were tried to be written",
    "accepted": "events that were stored",
    "consumed": "events that were consumed",
    "unread": "events that are stored and not consumed yet",
    "lost": "events lost in any way",
    "lost_share": "share of the attempted events that was lost, 0 to 1",
    **{name: f"events lost: {words}" for name, words in LOSS_WORDS.items()},
    "attempted_bytes": "bytes of the attempted events",
    "accepted_bytes": "bytes of the stored events",
    "consumed_bytes": "bytes of the consumed events",
    "lost_bytes": "bytes of the lost events",
    **VERIFIED_WORDS,
    "rate": "stored events a second, over the whole run",
    "bytes_rate": "bytes of stored events a second, over the whole run",
    "produced": "sub-buffers finished (subbufs_produced), all CPUs",
    "released": "sub-buffers consumed (subbufs_consumed), all CPUs",
    "ready": "finished sub-buffers not yet consumed: of the CPU that has most",
    "fill": "the same as a share of n_subbufs; overwriting it can exceed 1",
    "padding_share": "share of the finished sub-buffers that is padding, 0 to 1",
    "cpus": "CPUs with a buffer",
    "subbuf_size": "bytes of a sub-buffer",
    "n_subbufs": "sub-buffers of a buffer",
    "findings": "findings that name a fault",
}
"""The names that a condition may use, with what they mean."""


def is_made(numbers: Numbers) -> bool:
    """Return whether the load was made, and not only asked for."""
    return numbers["attempted"] >= MADE * numbers["asked"]


def totals(state: State, live: Live) -> Numbers:
    """Return the figures of a live channel by the names of NAMES.

    Args:
        state: The channel's state, running or not.
        live: How it runs or ran.
    """
    buffers, whole = state.buffers, state.subbuf_size
    ready = buffers["produced"] - buffers["consumed"]
    produced, stored = _sum(buffers["produced"]), _sum(buffers["file_size"])
    found: Numbers = {"seconds": live.seconds, "asked": live.asked, **_of_account(state)}
    found |= {name: _sum(getattr(live.verified, name)) for name in VERIFIED_WORDS}
    found |= {
        "rate": _over(found["accepted"], live.seconds),
        "bytes_rate": _over(found["accepted_bytes"], live.seconds),
        "produced": produced,
        "released": _sum(buffers["consumed"]),
        "ready": int(ready.max(initial=0)),
        "fill": int(ready.max(initial=0)) / state.n_subbufs,
        "padding_share": max(1 - _over(stored, produced * whole), 0.0) if produced else 0.0,
        "cpus": state.rows,
        "subbuf_size": whole,
        "n_subbufs": state.n_subbufs,
        "findings": sum(one.fault is not None for one in live.findings),
    }
    return found


def _of_account(state: State) -> Numbers:
    account = state.buffers["account"]
    events = {name: _sum(account[name]["events"]) for name in account.dtype.names or ()}
    found: Numbers = {
        name: events[name] for name in ("attempted", "accepted", "consumed", "unread", *LOSSES)
    }
    lost = sum(events[name] for name in LOSSES)
    found |= {"lost": lost, "lost_share": _over(lost, events["attempted"])}
    for name in ("attempted", "accepted", "consumed"):
        found[f"{name}_bytes"] = _sum(account[name]["bytes"])
    found["lost_bytes"] = sum(_sum(account[name]["bytes"]) for name in LOSSES)
    return found


def _sum(column: np.ndarray) -> int:
    return int(column.sum(dtype=np.uint64))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
