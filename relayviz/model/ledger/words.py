"""What became of an event in words: the same in Why, in the Fate dock and in its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.state import LOSS_WORDS
from relayviz.model.channel.trail import Fate
from relayviz.model.numbers import grouped, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.ledger.delivery import Got
    from relayviz.model.ledger.fate import EventFate

FATE_WORDS = LOSS_WORDS | {"unread": "unread", "consumed": "consumed"}
_NEVER = "its sub-buffer was never released"
_RELEASES = {
    Fate.UNREAD: "its sub-buffer is not released yet",
    Fate.OVERWRITTEN: _NEVER,
    Fate.DISCARDED_RESET: _NEVER,
    Fate.DISCARDED_CLOSE: _NEVER,
    Fate.RELEASED_UNREAD: "its sub-buffer was released before all of it was read",
}


def fate_words(event: EventFate) -> str:
    """Return what became of an event, with the marks it has."""
    words = FATE_WORDS[event.fate.entry] if event.refusal is None else event.refusal.value
    if event.is_unfilled:
        words += ", reserved and not filled"
    if event.clobbered is not None:
        words += f", bytes gone over by {event.clobbered.by}"
    return words


def got_words(event: EventFate, got: Sequence[Got]) -> str:
    """Return who read an event, and why it is not consumed for all that; empty: nobody did.

    Args:
        event: The event.
        got: What FateIndex.got says of it.
    """
    if not got:
        return ""
    words = ", ".join(_reader(event, one) for one in got)
    release = _RELEASES.get(event.fate)
    return f"{words}; {release}" if release else words


def _reader(event: EventFate, got: Got) -> str:
    what = "" if got.length == event.length else f"{size(got.length)} of {size(event.length)} "
    words = f"{what}read by fd {got.fd} at step {grouped(got.step)}"
    if event.is_reserved and (event.filled is None or event.filled > got.step):
        words += " before it was filled"
    if got.over is not None:
        words += f" after {got.over.by} had gone over its bytes"
    return words
