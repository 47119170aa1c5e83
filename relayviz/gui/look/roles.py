"""What colours mean: views ask for a role, never for a colour."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A meaning that has a colour in each theme.

    The first group is what is in a channel. None of it is told by colour alone: PADDING, RESERVED
    and LOST are hatched, positions have a mark of their own.
    """

    UNREAD = "unread"
    CONSUMED = "consumed"
    HEADER = "header"
    PADDING = "padding"
    RESERVED = "reserved"
    LOST = "lost"
    FREE = "free"
    GAP = "gap"  # between sub-buffers, and behind a ring
    STALE = "stale"  # bytes of an earlier lap
    EVENT_A = "event-a"  # payloads of neighbouring events alternate
    EVENT_B = "event-b"
    WRITE_POSITION = "write-position"
    CONSUMER_POSITION = "consumer-position"
    CHANGED = "changed"  # what the last step changed
    SELECTION = "selection"
    LANE = "lane"
    CURSOR = "cursor"

    WINDOW = "window"
    PANEL = "panel"
    BORDER = "border"
    TEXT = "text"
    TEXT_DIM = "text-dim"
    TEXT_STRONG = "text-strong"
    ACCENT = "accent"
    ACCENT_TEXT = "accent-text"
    BUTTON = "button"
    BUTTON_HOVER = "button-hover"
    FIELD = "field"
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
