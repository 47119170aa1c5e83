"""What each name and function of a condition means, a line each; docs/conditions.md says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.state import LOSSES
from relayviz.model.history.facts import ACCOUNT_FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUFFER = {
    "ready": "sub-buffers that wait to be read: produced − consumed",
    "full": "1 while ready ≥ n_subbufs, else 0",
    "blocked": "1 while the last switch was refused, else 0",
    "produced": "sub-buffers finished since open or reset",
    "consumed": "sub-buffers that the consumer has released",
    "offset": "bytes used of the sub-buffer being written",
    "current": "number of the sub-buffer being written",
    "bytes_consumed": "bytes read of the sub-buffer being read",
    "prev_padding": "padding that was set last, in bytes",
    "file_size": "size of the file; 0 while there is none",
    "attempts": "events that were tried",
    "stored": "events that were stored",
    "unread": "stored events that are still there",
    "events_consumed": "events that were read and released",
    "lost": "events lost, whatever the cause",
    "lost_bytes": "the same in bytes",
    "refused_full": "events lost: the buffer was full",
    "too_big": "events lost: longer than a sub-buffer has room for",
    "busy": "events lost: the buffer was being changed",
    "written_late": "events lost: written after the close",
    "overwritten": "events lost: overwritten before they were read",
    "released_unread": "events lost: released by a consumer without being read",
    "discarded_reset": "events lost: unread at a reset",
    "discarded_close": "events lost: unread when the channel went",
    "discarded": "discarded_reset + discarded_close",
    "torn_records": "records of which some pieces are lost and others are not",
    "lapped": "reads that found that the writer had lapped them",
    "anomalies": "reads that got something else than the next bytes",
    "clamped": "calls of consume that counted less than they were told",
    "refusals": "answers 0 of subbuf_start, exceptions included",
    "raised": "exceptions of a subbuf_start in Python",
}
_CHANNEL = {
    "subbuf_size": "bytes of a sub-buffer, as opened",
    "n_subbufs": "sub-buffers of a buffer, as opened",
    "cpus": "possible CPUs, as opened",
    "last_toobig": "length of the last event that was too big",
    "closed": "1 after relay_close",
    "online": "how many CPUs are on line",
    "files": "how many descriptors are open",
    "mappings": "how many mappings there are",
    "reserved": "slots that were reserved and are not filled",
    "torn_records": "records in pieces of which some are lost and others are not",
}
_STEP = {
    "step": "the step's number on the branch; 0: the opening",
    "operation": 'what was done, as text: "write", "read", …',
    "cpu": "the CPU that it was done on",
    "amount": "its length; of consume and cpu-online its count",
    "outcome": '"ok", "stored", "full", "too big", "busy", "nothing" or "error"',
    "value": "the number that came back; −1: none",
    "event": "the number of the event that it tried to store; 0: none",
    "data": "the first bytes that a read delivered, in hex",
    "text": "the same bytes as Latin-1 text",
}
_FUNCTIONS = {
    "before": "before(x): x at the step before",
    "changed": "changed(x): whether x is another than at the step before",
    "grew": "grew(x): whether x is larger than at the step before",
    "abs": "abs(x): x without its sign",
    "round": "round(x): the nearest whole number",
    "min": "min(x, y, …): the smallest",
    "max": "max(x, y, …): the largest",
}


def _bytes() -> Iterator[tuple[str, str]]:
    """Give the names of losses in bytes."""
    for each in LOSSES:
        name = ACCOUNT_FIGURES[each]
        yield f"{name}_bytes", f"{_BUFFER[name]}; in bytes"


MEANINGS = {**_BUFFER, **dict(_bytes()), **_CHANNEL, **_STEP, **_FUNCTIONS}
"""A line for each name of columns.NAMES and each function of evaluator.FUNCTIONS."""
