"""Draws a ring as a strip of sub-buffers, side by side and to scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.demo.experiment import State, Subbuf
    from relayviz.demo.pen import Kind, Pen

CELLS = 16  # the width of a sub-buffer
_INDENT = "  "
_STATE_WORDS = {"free": "free", "current": "being written", "unread": "unread", "done": "read"}


def strip(state: State, subbuf_size: int, pen: Pen, width: int) -> list[str]:
    """Lines of text: the sub-buffers, what is in them, where writer and reader stand."""
    per_row = max(1, (width - len(_INDENT) - 1) // (CELLS + 1))
    lines: list[str] = []
    for first in range(0, len(state.subbufs), per_row):
        row = state.subbufs[first : first + per_row]
        side = pen.signs.side
        lines += [
            _INDENT + " " + _captions([f"sub-buffer {subbuf.index}" for subbuf in row]),
            _INDENT + _rule(len(row), pen.signs.top, pen),
            _INDENT + side + side.join(_cells(subbuf, subbuf_size, pen) for subbuf in row) + side,
            _INDENT + _rule(len(row), pen.signs.bottom, pen),
            _INDENT + " " + _captions([_STATE_WORDS[subbuf.state] for subbuf in row]),
            _INDENT + " " + _captions([_whereabouts(subbuf, state, pen) for subbuf in row]),
        ]
    return [line.rstrip() for line in lines]


def legend(pen: Pen) -> str:
    """What the signs of a strip mean."""
    signs = pen.signs
    return _INDENT + "   ".join(
        (
            pen.paint("event", f"7{signs.event * 3}") + " event 7",
            pen.paint("read", f"7{signs.read * 3}") + " the same, read",
            pen.paint("padding", signs.padding * 2) + " padding",
            pen.paint("free", signs.free * 2) + " room",
            f"{signs.writer} writer",
            f"{signs.reader} reader",
        )
    )


def _captions(words: list[str]) -> str:
    return " ".join(word.ljust(CELLS)[:CELLS] for word in words)


def _rule(subbufs: int, corners: tuple[str, str, str], pen: Pen) -> str:
    left, between, right = corners
    return left + between.join([pen.signs.level * CELLS] * subbufs) + right


def _cells(subbuf: Subbuf, subbuf_size: int, pen: Pen) -> str:
    """The inside of one sub-buffer: its events, its padding, the room that is left."""

    def cell(byte: int) -> int:
        return byte * CELLS // subbuf_size

    text = ""
    drawn = 0
    for start, length, number in subbuf.events:
        room = cell(start + length) - cell(start)
        text += _event(number, room, pen, read=subbuf.state == "done")
        drawn += room
    filled = max(0, cell(subbuf.used) - drawn)  # bytes that are no event of ours, a header say
    text += pen.signs.event * filled
    left = CELLS - drawn - filled
    if subbuf.state in ("unread", "done") and subbuf.padding:
        return text + pen.paint("padding", pen.signs.padding * left)
    return text + pen.paint("free", pen.signs.free * left)


def _event(number: int, room: int, pen: Pen, *, read: bool) -> str:
    """An event of `room` cells, with its number where that leaves a cell to end it."""
    sign = pen.signs.read if read else pen.signs.event
    kind: Kind = "read" if read else "event2" if number % 2 else "event"
    label = str(number)
    return pen.paint(kind, label.ljust(room, sign) if len(label) < room else sign * room)


def _whereabouts(subbuf: Subbuf, state: State, pen: Pen) -> str:
    """Who stands at a sub-buffer: the writer, the reader, both or nobody."""
    n = len(state.subbufs)
    words = []
    if subbuf.index == state.produced % n:
        words.append(pen.signs.writer + (" blocked" if state.blocked else ""))
    if subbuf.index == state.consumed % n:
        words.append(pen.signs.reader)
    return " ".join(words)
