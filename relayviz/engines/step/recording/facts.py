"""What a step leaves behind for searches: figures that changed, and what happened to a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from relayviz.engines.step.channel.state import Figures
from relayviz.model.channel.operation import ALL, ATTEMPTS, Kind
from relayviz.model.channel.state import LOSSES
from relayviz.model.history.facts import ACCOUNT_FIGURES, CHANNEL_FIGURES, Happened, StepFacts
from relayviz.relay import Account, Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.channel.deed import Deed
    from relayviz.engines.step.channel.state import Change
    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.result import Result

    Changed = tuple[int, str, int]

_ACCOUNT = Figures._fields.index("account")
_PLAIN: tuple[str, ...] = Figures._fields[1:_ACCOUNT]
_ENTRIES = tuple((entry, ACCOUNT_FIGURES.get(entry, "")) for entry in Account._fields)
_NOTHING = Figures(0, 0, 0, 0, 0, 0, 0, 0, Account(*(Count(0, 0) for _ in Account._fields)))
"""What a buffer was before there was one."""
_LOSSES = frozenset(LOSSES)
_SWITCHES = ATTEMPTS | {Kind.SWITCH, Kind.FLUSH}
_AMOUNT_IS_COUNT = frozenset({Kind.CONSUME, Kind.CPU_ONLINE})


def channel_figures(channel: StepChannel) -> tuple[int, ...]:
    """Return the CHANNEL_FIGURES now."""
    inner, consumer = channel.channel, channel.consumer
    return (
        inner.last_toobig,
        int(inner.closed),
        len(inner.online),
        len(consumer.files),
        len(consumer.mappings),
        len(channel.slots),
    )


def facts_of(
    operation: Operation,
    result: Result,
    deed: Deed | None,
    channel_then: tuple[int, ...] | None,
    channel: StepChannel,
) -> StepFacts:
    """Return what a step leaves behind.

    Args:
        operation: What was done.
        result: What became of it.
        deed: The operation as it was performed; None: it was not.
        channel_then: The channel's figures before it; None: it was opened by it.
        channel: After it.
    """
    figures = list(_channel_changes(channel_then, channel_figures(channel)))
    happened: list[tuple[int, Happened]] = []
    for change in deed.changes if deed else ():
        figures += _changes(change)
        if channel_then is not None and deed is not None and (what := _happened(deed, change)):
            happened.append((change.after.cpu, what))
    if operation.kind is Kind.CONSUME and deed is not None and not deed.changes:
        happened.append((operation.cpu, Happened.CLAMPED))
    return StepFacts(
        kind=operation.kind,
        cpu=operation.cpu,
        amount=operation.count if operation.kind in _AMOUNT_IS_COUNT else operation.length,
        outcome=result.outcome,
        value=-1 if result.value is None else result.value,
        figures=figures,
        happened=happened,
        made=[change.after.cpu for change in deed.changes if change.is_new] if deed else (),
    )


def _channel_changes(then: tuple[int, ...] | None, now: tuple[int, ...]) -> Iterator[Changed]:
    if then == now:
        return
    before = then or (0,) * len(now)
    for name, old, new in zip(CHANNEL_FIGURES, before, now, strict=True):
        if old != new:
            yield ALL, name, new


def _changes(change: Change) -> Iterator[Changed]:
    """Give the figures of a buffer that changed, in the order of Figures: this is done often."""
    now = change.after
    cpu, then = now.cpu, _NOTHING if change.is_new else change.before
    for name, old, new in zip(_PLAIN, then[1:_ACCOUNT], now[1:_ACCOUNT], strict=True):
        if new != old:
            yield cpu, name, cast("int", new)
    if then.account == now.account:
        return
    for (entry, called), before, after in zip(_ENTRIES, then.account, now.account, strict=True):
        if not called or before == after:
            continue
        if after.events != before.events:
            yield cpu, called, after.events
        if entry in _LOSSES and after.bytes != before.bytes:
            yield cpu, f"{called}_bytes", after.bytes


def _happened(deed: Deed, change: Change) -> Happened:
    operation, then = deed.operation, change.before
    if operation.kind in _SWITCHES:
        return _answer(deed, change)
    if operation.kind is Kind.CONSUME:
        asked = operation.count
        ignored = asked > deed.n_subbufs or asked > then.ready
        return Happened.CLAMPED if ignored else Happened(0)
    if operation.kind is Kind.READ and isinstance(deed.returned, bytes):
        return _reading(deed, then, deed.returned)
    return Happened(0)


def _answer(deed: Deed, change: Change) -> Happened:
    """Return what subbuf_start answered, as the buffer shows it; nothing if it was not asked."""
    if not deed.is_asked(change):
        return Happened(0)
    if change.after.offset <= deed.size:
        return Happened.AGREED
    has_raised = any(one.error is not None for one in deed.decisions)
    return Happened.RAISED if has_raised else Happened.DECLINED


def _reading(deed: Deed, then: Figures, data: bytes) -> Happened:
    """Compare what a read delivered with the plain idea of it: the next unread bytes."""
    buf = deed.channel.buffer(then.cpu)
    if buf is None:
        return Happened(0)
    consumed, read = then.consumed, then.bytes_consumed
    padding, count, size = buf.padding, deed.n_subbufs, deed.size
    at = consumed % count
    is_finished = consumed < then.produced and not (
        at == then.produced % count and then.offset == size
    )
    if is_finished and read + int(padding[at]) == size:  # read to its end before
        consumed, read = consumed + 1, 0
    found = Happened(0)
    is_blocked = then.offset > size
    if not is_blocked and then.produced - consumed >= count:
        consumed, read = then.produced - count + 1, 0
        found |= Happened.LAPPED
    places = np.arange(consumed, then.produced) % count
    ends = size - padding[places].astype(np.int64)
    if not is_blocked:
        places = np.append(places, then.current)
        ends = np.append(ends, then.offset)
    pieces = zip((places * size).tolist(), ends.tolist(), strict=True)
    expected = _bytes(buf.data, pieces, read, deed.operation.length)
    return found if expected == data else found | Happened.ANOMALY


def _bytes(
    memory: NDArray[np.uint8], pieces: Iterable[tuple[int, int]], first: int, most: int
) -> bytes:
    """Return the bytes of some sub-buffers one after the other.

    Args:
        memory: The buffer.
        pieces: Of each sub-buffer: where it begins, and how many bytes of it are used.
        first: Bytes of the first to leave out.
        most: No more than these.
    """
    found, start = bytearray(), first
    for begin, used in pieces:
        if len(found) >= most:
            break
        end = min(used, start + most - len(found))
        found += memory[begin + start : begin + max(start, end)].tobytes()
        start = 0
    return bytes(found)
