"""The results of the consumer's side in plain words, with the numbers of how much and where."""

from __future__ import annotations

import select
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.step.channel.deed import many
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import KEPT_BYTES, Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.channel.deed import Deed
    from relayviz.engines.step.channel.state import Change

NOTHING = " There is nothing to read."
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
    words = f"Counted {many(counted, 'sub-buffer')} as consumed ({then.consumed} → {now.consumed})"
    if asked > then.ready:
        words += f": no more than {then.ready} were ready"
    outcome = Outcome.OK if counted else Outcome.NOTHING
    return Result(outcome, f"{words}; {now.ready} ready now.", value=counted)


def _read(deed: Deed) -> Result:
    data = deed.returned if isinstance(deed.returned, bytes) else b""
    kind = "Moved" if deed.operation.kind is Kind.SPLICE else "Read"
    words = f"{kind} {len(data)} of {deed.operation.length} B asked for."
    words += "".join(_released(deed, change) for change in deed.changes)
    if not data and deed.operation.length:
        words += NOTHING
    outcome = Outcome.OK if data else Outcome.NOTHING
    return Result(outcome, words, data=data[:KEPT_BYTES], value=len(data))


def not_the_next(result: Result) -> Result:
    """Return the result of a read that delivered something else than what comes next."""
    words = result.words.replace(NOTHING, "")
    told = "These are not the next unread bytes" if result.value else "Yet something is unread"
    return replace(result, words=f"{words} {told}: {_ODDITY}.")


def _released(deed: Deed, change: Change) -> str:
    then, now = change.before, change.after
    if then.offset <= deed.size and then.ready >= deed.n_subbufs and now.consumed > then.consumed:
        first = then.produced - deed.n_subbufs + 1
        skipped = first - then.consumed
        if deed.operation.kind is Kind.READ and skipped > 0:
            lapped = (
                f" The writer had lapped the reader, which skipped {many(skipped, 'sub-buffer')}"
            )
            return f"{lapped}: consumed {then.consumed} → {now.consumed}."
    if now.consumed > then.consumed:
        count = many(now.consumed - then.consumed, "sub-buffer")
        return f" Released {count}: consumed {then.consumed} → {now.consumed}."
    return f" {now.bytes_consumed} B of sub-buffer {now.consumed % deed.n_subbufs} are read so far."


def _poll(deed: Deed) -> Result:
    mask = deed.returned if isinstance(deed.returned, int) else 0
    names = " | ".join(name for name in _POLL_NAMES if mask & getattr(select, name))
    ready = deed.changes[0].after.ready if deed.changes else 0
    state = f"{ready} of {many(deed.n_subbufs, 'sub-buffer')} ready"
    if mask & select.POLLERR:
        state = "the channel is closed; what is left can still be read"
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
