"""The rules behind the figures, in our words; each names the section of docs/relay-semantics.md."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A rule.

    Attributes:
        section: The heading in docs/relay-semantics.md that it is from.
        words: What it says.
    """

    section: str
    words: str


_ACCOUNT = "What our account adds"
_CLOSE = "Flush, reset, consumed, close"

OFFSET = Rule(
    "Writing",
    "Each event goes behind the bytes in use, and offset moves by its length. A switch puts offset"
    " to 0, or behind the header that subbuf_start reserves.",
)
BLOCKED = Rule(
    "The switch",
    "subbuf_start refused, so the buffer is blocked: offset stands at the size + 1 until a later"
    " write, reserve or flush asks again and is let through.",
)
PRODUCED = Rule("The switch", "A switch that finishes a sub-buffer adds one; a retry adds none.")
CONSUMED = Rule(
    _CLOSE,
    "Reads release a sub-buffer when its last byte was taken, relay_subbufs_consumed as many as it"
    " reports, at most up to produced. A reader that was lapped jumps ahead.",
)
READY = Rule("Vocabulary", "Ready is what was finished and not yet released; full is n or more.")
PREV_PADDING = Rule(
    "The switch",
    "When a sub-buffer is finished, what is left of it is its padding, also kept as prev_padding."
    " A reset does not clear that.",
)
POSITION = Rule(
    "read",
    "How much of the sub-buffer at consumed was read. It belongs to the buffer, not to a"
    " descriptor; relay_subbufs_consumed leaves it as it is.",
)
FILE_SIZE = Rule(
    "Vocabulary",
    "The file grows by the bytes in use each time a sub-buffer is finished, and never shrinks.",
)
ATTEMPTED = Rule(_ACCOUNT, "What was tried was stored, or lost at once, for one of four reasons.")
ACCEPTED = Rule(_ACCOUNT, "What was stored waits to be read, was consumed, or was lost later.")
LOST = Rule(
    _ACCOUNT,
    "Lost is what was not stored, and what was gone before its sub-buffer was read to its end.",
)
UNREAD = Rule(
    _ACCOUNT,
    "An event counts as unread until its sub-buffer is released, also when its bytes were read.",
)
EATEN = Rule(
    _ACCOUNT,
    "All events of a sub-buffer are consumed together: when it was read to its end before it was"
    " released, used again or discarded, or when a consumer that maps the buffer reports it.",
)
RELEASED = Rule(
    _CLOSE,
    "A report, or a read that went wrong, released the sub-buffer before every byte of it was"
    " read; all its events count, also those that a reader got.",
)
OVERWRITTEN = Rule(
    "Modes",
    "When subbuf_start agrees to a switch, the writer takes the next place of the ring, whatever"
    " is in it: it never looks at consumed. A whole sub-buffer is lost at once.",
)
RESET = Rule(
    _CLOSE,
    "A reset begins anew; all events of a sub-buffer that was not read to its end are gone, also"
    " those that a reader got.",
)
CLOSE = Rule(
    _CLOSE,
    "After a close, open files and mappings keep the buffer; with the last of them go all events of"
    " a sub-buffer that was not read to its end, also those that a reader got.",
)
NO_PLACE = Rule(
    "The switch",
    "There was no sub-buffer for the event: subbuf_start returned 0, mostly because all are"
    " finished and not consumed. relay_reserve of 0 bytes gives nothing on a blocked buffer.",
)
FULL = Rule(
    "Modes",
    "No sub-buffer is free for the event, and subbuf_start returned 0. The refusal also finished"
    " the sub-buffer before: smaller events are lost as well.",
)
BLOCKED_ALREADY = Rule(
    "Modes",
    "No sub-buffer is free for the event, and subbuf_start returned 0. The buffer was blocked"
    " already: no event fits until a later try is let through.",
)
REFUSED = Rule("The switch", "subbuf_start returned 0, though the buffer was not full.")
RAISED = Rule("The switch", "subbuf_start raised an exception; that counts as a refusal.")
NOTHING = Rule(
    "The switch",
    "relay_reserve of 0 bytes on a blocked buffer switches and returns NULL all the same: nothing"
    " is reserved. The next one finds the new sub-buffer.",
)
TOO_BIG = Rule(
    "The switch",
    "An event is never cut in two, so one that is longer than a sub-buffer cannot be stored."
    " Nothing is switched for it.",
)
NO_ROOM = Rule(
    "The switch",
    "The event would have fitted into an empty sub-buffer, but not beside the header. It is found"
    " too big only after the switch: each such try uses up a sub-buffer.",
)
BUSY = Rule(_ACCOUNT, "It was written from inside another write to the same buffer.")
LATE = Rule(_ACCOUNT, "It was written while the channel was being closed.")
HEADER = Rule(
    "The switch", "subbuf_start may reserve bytes at the start of a sub-buffer for the client."
)
PADDING = Rule("The switch", "What a finished sub-buffer had left is its padding; it is not read.")
FREE = Rule("Writing", "Events are stored one behind the other; none is known to have come here.")
STALE = Rule(
    _CLOSE,
    "Memory is never cleared, neither by a switch nor by a reset: what was there before stays"
    " until it is written over.",
)
RESERVED = Rule(
    "Writing",
    "relay_reserve hands out the room and protects nothing: a reader gets these bytes as they are"
    " until somebody fills them.",
)
PLACE = Rule("Vocabulary", "Sub-buffer number k lies at index k mod n of the ring.")
STORED = Rule(
    "Writing",
    "If the event fits behind offset it is stored there; else a switch makes room, or it is lost.",
)

ALL_RULES = tuple(value for value in list(globals().values()) if isinstance(value, Rule))
