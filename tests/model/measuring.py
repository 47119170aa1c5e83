"""Measurements made up for tests of findings: one buffer that does well, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.channel_config import ChannelConfig
from relayviz.model.live import Verified
from relayviz.model.measured import GAP_BINS, Consumers, Measured
from relayviz.relay import BUFFER_DTYPE

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS = 10.0
EVENT = 64


def column(value: float, rows: int, kind: type = np.uint64) -> Any:  # noqa: ANN401
    return np.full(rows, value, kind)


def gaps(rows: int, **times: int) -> NDArray[np.uint64]:
    """Say how many times between two reports fell into which class: b14=100."""
    found = np.zeros((rows, GAP_BINS), np.uint64)
    for name, number in times.items():
        found[:, int(name[1:])] = number
    return found


def measured(  # each argument is a figure of a healthy channel
    config: ChannelConfig | None = None,
    *,
    rows: int = 1,
    events: int = 10_000,
    refused: int = 0,
    overwritten: int = 0,
    too_big: int = 0,
    consumed: int | None = None,
    unread: int = 0,
    intact: int | None = None,
    produced: int = 160,
    ready: int = 1,
    padding: int = 0,
    header: int = 0,
    event: int = EVENT,
    **more: Any,  # noqa: ANN401
) -> Measured:
    """Return what was measured in ten seconds, the same in each row.

    `more` are fields of Measured, Consumers and Verified, with the value of each row.
    """
    config = config or ChannelConfig(subbuf_size=4096, n_subbufs=8, cpus=rows)
    account = np.zeros(rows, BUFFER_DTYPE["account"])
    stored = events - refused - too_big
    taken = stored - overwritten - unread if consumed is None else consumed
    for name, count in {
        "attempted": events,
        "accepted": stored,
        "refused_full": refused,
        "too_big": too_big,
        "overwritten": overwritten,
        "consumed": taken,
        "unread": unread,
    }.items():
        account[name]["events"], account[name]["bytes"] = count, count * event

    def given(name: str, default: float, kind: type = np.uint64) -> Any:  # noqa: ANN401
        value = more.pop(name, default)
        return value if isinstance(value, np.ndarray) else column(value, rows, kind)

    consumers = Consumers(
        visits=given("visits", 1000),
        reads=given("reads", 1000),
        reports=given("reports", 100),
        reported=given("reported", 100),
        ignored=given("ignored", 0),
        clamped=given("clamped", 0),
        last=given("last", SECONDS, np.float64),
        longest=given("longest", 0.016, np.float64),
        gaps=more.pop("gaps", gaps(rows, b14=100)),
        backlog=given("backlog", 8192),
    )
    verified = Verified(
        intact=given("intact", taken if intact is None else intact),
        torn=given("torn", 0),
        missing=given("missing", 0),
        twice=given("twice", 0),
        unwritten=given("unwritten", 0),
        lapped=given("lapped", 0),
        skipped=given("skipped", 0),
    )
    found = Measured(
        config=config,
        mode=config.mode,
        began=0.0,
        now=SECONDS,
        cpu=np.arange(rows, dtype=np.uint32),
        produced=column(produced, rows),
        ready=column(ready, rows),
        stored=column(produced * (config.subbuf_size - padding), rows),
        header=header,
        account=account,
        last_toobig=more.pop("last_toobig", 0),
        burned=given("burned", 0),
        flushed=given("flushed", 0),
        flushed_empty=given("flushed_empty", 0),
        consumers=consumers,
        verified=verified,
    )
    assert not more, f"no such figure: {list(more)}"
    return found
