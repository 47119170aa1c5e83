"""Measurements made up for tests of findings: one buffer that does well, and what differs."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.findings.measured import Consumers, Measured, Verified
from relayviz.relay import BUFFER_DTYPE

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS = 10.0
EVENT = 64


def column(value: float, rows: int, kind: type | None) -> Any:  # noqa: ANN401
    return np.full(rows, value, kind or np.uint64)


def measured(config: ChannelConfig | None = None, **figures: Any) -> Measured:  # noqa: ANN401
    """Return what was measured in ten seconds, the same in each of `rows` rows.

    Args:
        config: The channel.
        figures: What differs from a healthy channel: events attempted and what became of them
            (events, refused, too_big, overwritten, unread, consumed) of `event` bytes each,
            `padding` of a sub-buffer, and fields of Measured, Consumers and Verified.
    """
    rows = figures.pop("rows", 1)
    config = config or ChannelConfig(subbuf_size=4096, n_subbufs=8, cpus=rows)
    account = _account(rows, figures)
    padding = figures.pop("padding", 0)
    figures.setdefault("intact", account["consumed"]["events"])
    given = {name: figures.pop(name, default) for name, default in _HEALTHY.items()}
    whole = {name: figures.pop(name, 0) for name in ("header", "last_toobig")}
    columns: dict[str, Any] = {
        name: value if isinstance(value, np.ndarray) else column(value, rows, _KINDS.get(name))
        for name, value in (given | figures).items()
    }

    def part(kind: type) -> dict[str, Any]:
        return {each.name: columns.pop(each.name) for each in fields(kind)}

    return Measured(
        config=config,
        mode=config.mode,
        began=0.0,
        now=SECONDS,
        cpu=np.arange(rows, dtype=np.uint32),
        stored=columns["produced"] * np.uint64(config.subbuf_size - padding),
        account=account,
        consumers=Consumers(**part(Consumers)),
        verified=Verified(**part(Verified)),
        **whole,
        **columns,
    )


_HEALTHY = {
    **dict.fromkeys(("visits", "reads"), 1000),
    **dict.fromkeys(("reports", "reported"), 100),
    **dict.fromkeys(("forgotten", "ignored", "clamped", "torn", "missing", "twice"), 0),
    **dict.fromkeys(("unwritten", "lapped", "skipped", "burned", "flushed", "flushed_empty"), 0),
    "last": SECONDS,
    "away": 0.016,
    "least": 0,
    "backlog": 8192,
    "produced": 160,
    "ready": 1,
    "intact": 0,
}
_KINDS: dict[str, type] = {"last": np.float64, "away": np.float64}


def _account(rows: int, figures: dict[str, Any]) -> NDArray[np.void]:
    """Return an account of events; what is not lost or unread was consumed."""
    event, events = figures.pop("event", EVENT), figures.pop("events", 10_000)
    lost = {name: figures.pop(name, 0) for name in ("refused", "too_big", "overwritten", "unread")}
    accepted = events - lost["refused"] - lost["too_big"]
    taken = accepted - lost["overwritten"] - lost["unread"]
    account = np.zeros(rows, BUFFER_DTYPE["account"])
    for name, count in {
        "attempted": events,
        "accepted": accepted,
        "refused_full": lost["refused"],
        "too_big": lost["too_big"],
        "overwritten": lost["overwritten"],
        "consumed": figures.pop("consumed", taken),
        "unread": lost["unread"],
    }.items():
        account[name]["events"], account[name]["bytes"] = count, count * event
    return account
