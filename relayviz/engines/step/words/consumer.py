"""The results of the consumer's side in plain words, with the numbers of how much and where."""

from __future__ import annotations

import select
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.step.channel.deed import many
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import KEPT_BYTES, Outcome, Result
from relayviz.model.numbers import ready_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.channel.deed import Deed
    from relayviz.engines.step.channel.state import Change

NOTHING = " There is nothing to read."
_NOTHING_TO_MOVE = " No finished sub-buffer has a byte to move."
_ODDITY = (
    "the kernel's read does this behind empty sub-buffers or from a stale position, as ours does"
)
_POLL_NAMES = ("POLLIN", "POLLRDNORM", "POLLERR", "POLLHUP")


def _consumed(deed: Deed) -> Result:
    if not deed.changes:
        return Result(Outcome.NOTHING, f"Ignored: cpu {deed.operation.cpu} has no buffer.")
    change, asked = deed.changes[0], deed.operation.count
    then, now = change.before, change.after
    if asked > deed.n_subbufs:
        words = f"Ignored: {asked} are more than the {deed.n_subbufs} that a buffer has."
        return Result(Outcome.NOTHING, words)
    counted = now.consumed - then.consumed
    if asked and then.ready and not counted:  # one buffer for all, and this CPU never came on line
        words = f"Ignored: cpu {deed.operation.cpu} has no buffer."
        return Result(Outcome.NOTHING, words, value=0)
    words = f"Counted {many(counted, 'sub-buffer')} as consumed ({then.consumed} → {now.consumed})"
    if asked > then.ready:
        words += f": no more than {then.ready} were ready"
    outcome = Outcome.OK if counted else Outcome.NOTHING
    gone = deed.overwritten(now)
    words += f"; {now.ready} ready now{f', {gone} of them overwritten' if gone else ''}."
    return Result(outcome, words, value=counted)


def _read(deed: Deed) -> Result:
    data = deed.returned if isinstance(deed.returned, bytes) else b""
    kind = "Moved" if deed.operation.kind is Kind.SPLICE else "Read"
    words = f"{kind} {len(data)} of {deed.operation.length} B asked for."
    words += "".join(_moved(deed, change) for change in deed.changes)
    if not data and deed.operation.length:
        words += NOTHING if deed.operation.kind is Kind.READ else _NOTHING_TO_MOVE
        words += "".join(_polled(deed, change.before.ready) for change in deed.changes)
    outcome = Outcome.OK if data else Outcome.NOTHING
    return Result(outcome, words, data=data[:KEPT_BYTES], value=len(data))


def not_the_next(result: Result) -> Result:
    """Return the result of a read that delivered something else than what comes next."""
    words = result.words.replace(NOTHING, "")
    told = "These are not the next unread bytes" if result.value else "Yet something is unread"
    return replace(result, words=f"{words} {told}: {_ODDITY}.")


def _moved(deed: Deed, change: Change) -> str:
    """Say what became of the read position."""
    then, now, reading = change.before, change.after, deed.reading
    if reading is None or now.consumed == then.consumed:
        where = f"byte {now.bytes_consumed} of sub-buffer {now.consumed % deed.n_subbufs}"
        return f" The reader stands at {where}."
    skipped = reading.skipped[1] - reading.skipped[0]
    words = f" Released {many(reading.released, 'sub-buffer')}"
    if skipped:
        words = " The writer had lapped the reader, which skipped"
        words += f" {many(skipped, 'sub-buffer')}"
        words += f" and released {reading.released}" if reading.released else ""
    return f"{words}: consumed {then.consumed} → {now.consumed}."


def _polled(deed: Deed, ready: int) -> str:
    """Say that a poll before a read that got nothing says the opposite; empty: it does not."""
    is_closed = deed.standing is not None and deed.standing.channel.closed
    if not ready or is_closed:
        return ""
    return f" A poll before it says ready: that counts finished sub-buffers ({ready}), not bytes."


def _poll(deed: Deed) -> Result:
    mask = deed.returned if isinstance(deed.returned, int) else 0
    names = " | ".join(name for name in _POLL_NAMES if mask & getattr(select, name))
    ready, state = deed.changes[0].after.ready if deed.changes else 0, ""
    if deed.changes:
        noun = " sub-buffer" if deed.n_subbufs == 1 else " sub-buffers"
        gone = deed.overwritten(deed.changes[0].after)
        state = ready_words(ready, gone, deed.n_subbufs, " of ", noun)
    if mask & select.POLLERR:
        left = "what is left can still be read" if deed.is_left else "nothing is left to read"
        state = f"the channel is closed; {left}"
    outcome = Outcome.OK if mask else Outcome.NOTHING
    return Result(outcome, f"{names or 'Nothing to be had'}: {state}.", value=mask)


def _open(deed: Deed) -> Result:
    fd = deed.returned if isinstance(deed.returned, int) else 0
    shown = deed.channel.consumer.files[fd].shown
    name = f"{deed.channel.channel.base_filename}{shown.cpu}"
    words = f'Opened {name} as descriptor {fd}, flags "{shown.flags}".'
    return Result(Outcome.OK, words, value=fd)


def _close(deed: Deed) -> Result:
    return Result(Outcome.OK, f"Closed descriptor {deed.operation.fd}.", value=deed.operation.fd)


def _mmap(deed: Deed) -> Result:
    number = deed.returned if isinstance(deed.returned, int) else 0
    view = deed.channel.consumer.mappings[number]
    words = f"Mapped {len(view.memory)} B of cpu {view.shown.cpu}, {view.shown.kind}"
    return Result(Outcome.OK, f"{words}, as mapping {number}.", value=number)


def _unmap(deed: Deed) -> Result:
    return Result(Outcome.OK, f"Gave mapping {deed.operation.fd} back.", value=deed.operation.fd)


CONSUMER_WORDS: dict[Kind, Callable[[Deed], Result]] = {
    Kind.CONSUME: _consumed,
    Kind.READ: _read,
    Kind.SPLICE: _read,
    Kind.POLL: _poll,
    Kind.OPEN_FILE: _open,
    Kind.CLOSE_FILE: _close,
    Kind.MMAP: _mmap,
    Kind.UNMAP: _unmap,
}
"""What puts each operation of the consumer's side into words."""
