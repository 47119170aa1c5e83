"""Measurements made up for tests of findings: one buffer that does well, and what differs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.findings import findings
from relayviz.model.findings.measured import Consumers, Gaps, Measured, Verified
from relayviz.model.numbers import THIN
from relayviz.relay import BUFFER_DTYPE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.findings.finding import Finding

SECONDS = 10.0
EVENT = 64


def column(value: float, rows: int, kind: type | None) -> Any:  # noqa: ANN401
    return np.full(rows, value, kind or np.uint64)


SMALL = ChannelConfig(subbuf_size=4096, n_subbufs=8, cpus=1)
RECORDER = replace(SMALL, mode=Mode.OVERWRITE)
MAPPED: dict[str, Any] = {"reads": 0}


def only(found: tuple[Finding, ...]) -> Finding:
    """The one finding that names a fault."""
    faults = [one for one in found if one.fault is not None]
    assert len(faults) == 1, found
    return faults[0]


def text_of(measurement: Measured) -> str:
    return only(findings(measurement)).text.replace(THIN, " ")


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
    stalls, stalled_lost = figures.pop("stalls", 0), figures.pop("stalled_lost", 0)
    given = {name: figures.pop(name, default) for name, default in _HEALTHY.items()}
    whole = {name: figures.pop(name, 0) for name in ("header", "last_toobig")}
    columns: dict[str, Any] = {
        name: value if isinstance(value, np.ndarray) else column(value, rows, _KINDS.get(name))
        for name, value in (given | figures).items()
    }

    columns.setdefault("released", columns["reported"])
    columns.setdefault("asked", account["attempted"]["events"])
    columns.setdefault("flushes", columns["flushed"])
    columns["gaps"] = _gaps(rows, columns, stalls, stalled_lost, account)

    def part(kind: type) -> dict[str, Any]:
        return {each.name: columns.pop(each.name) for each in fields(kind)}

    return Measured(
        config=config,
        mode=config.mode,
        began=0.0,
        now=SECONDS,
        cpu=np.arange(rows, dtype=np.uint32),
        slept=columns.pop("slept")[0],
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
    **dict.fromkeys(("forgotten", "ignored", "clamped", "torn", "displaced", "torn_records"), 0),
    **dict.fromkeys(("missing", "twice", "releasing", "unseen"), 0),
    **dict.fromkeys(("unwritten", "lapped", "skipped", "burned", "flushed", "flushed_empty"), 0),
    "last": SECONDS,
    "away": 0.016,
    "losing_visits": 1,
    "emptying_visits": 1,
    "slept": 0.0,
    "flush_padding": 0,
    "backlog": 8192,
    "produced": 160,
    "ready": 1,
    "intact": 0,
}
_KINDS: dict[str, type] = dict.fromkeys(("last", "away", "slept"), np.float64)


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


def _gaps(
    rows: int,
    columns: dict[str, Any],
    stalls: int,
    stalled_lost: int,
    account: NDArray[np.void],
) -> Gaps:
    """Return times between visits: `stalls` as long as the longest, the others all alike."""
    visits, lost = np.zeros((2, rows, 32), np.uint64)
    times = np.zeros((rows, 32))
    crowded = account["refused_full"]["events"] + account["overwritten"]["events"]
    for row in range(rows):
        away, usual = float(columns["away"][row]), int(columns["visits"][row])
        for gap, count, gone in (
            ((SECONDS - stalls * away) / max(usual, 1), usual, int(crowded[row]) - stalled_lost),
            (away, stalls, stalled_lost),
        ):
            place = min(int(gap * 1e6).bit_length(), 31)
            visits[row, place] += np.uint64(count)
            times[row, place] += gap * count
            lost[row, place] += np.uint64(gone)
    return Gaps(visits, times, lost)
