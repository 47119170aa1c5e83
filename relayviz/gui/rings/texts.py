"""What rings say in words: tooltips, the text in their middle, and the text for screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.gui.rings.parts import STATE_WORDS, State, part_at
from relayviz.gui.rings.raster import Paint
from relayviz.model.channel.state import LOSS_WORDS, LOSSES, overwritten
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.numbers import grouped, ready_words

if TYPE_CHECKING:
    from relayviz.gui.rings.geometry import Spot
    from relayviz.model.engine.snapshot import Snapshot

NO_LAP = 2**64 - 1
GONE = "gone: the channel is closed, and no file or mapping holds the buffer; shown as it was left"
TOLD_APART = 8  # buffers that are described one by one
THOUSAND, TEN = 1000, 10
UNITS = "kMGTPE"
PART_WORDS = {
    Paint.FREE: "free",
    Paint.UNREAD: "unread",
    Paint.CONSUMED: "consumed",
    Paint.HEADER: "header, reserved by the client",
    Paint.PADDING: "padding: left when the sub-buffer was finished",
    Paint.RESERVED: "reserved, not yet filled",
    Paint.LOST: "used again before it was consumed; not yet written",
}
#: The legend's words.
LEGEND = {
    Paint.UNREAD: "unread",
    Paint.CONSUMED: "consumed",
    Paint.HEADER: "header",
    Paint.PADDING: "padding",
    Paint.RESERVED: "reserved",
    Paint.LOST: "overwritten",
    Paint.FREE: "free",
}


def short(number: int) -> str:
    """Return a number in at most four characters: 950, 1.2k, 33k, 5.4M."""
    if number < THOUSAND:
        return str(number)
    power = min((len(str(number)) - 1) // 3, len(UNITS))
    tenths = number * TEN // THOUSAND**power
    value = f"{tenths / TEN}" if tenths < TEN * TEN else str(tenths // TEN)
    return value + UNITS[power - 1]


def count(number: int, noun: str) -> str:
    """Return "1 event", "2 events"."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s".replace(",", " ")


#: Kinds of loss where there is little room.
BRIEFLY = {
    "buffer busy": "busy",
    "written while closing": "late",
    "discarded by reset": "discarded",
    "discarded by close": "discarded",
    "released too early": "released",
}


def loss_forms(words: str, events: int) -> tuple[str, ...]:
    """Return what was lost for one reason, the longest form first."""
    brief = BRIEFLY.get(words, words)
    return f"{grouped(events)} {words}", f"{grouped(events)} {brief}", f"{short(events)} {brief}"


def losses(snapshot: Snapshot, row: int) -> list[tuple[str, int]]:
    """Return what a buffer lost as (words, events), without the kinds of which there is none."""
    lost = snapshot.lost(row).items()
    return [(LOSS_WORDS[name], count.events) for name, count in lost if count.events]


def cpu_title(snapshot: Snapshot, row: int) -> str:
    """Return the name of a buffer."""
    return "all CPUs" if snapshot.is_global else f"cpu {int(snapshot.buffers['cpu'][row])}"


def describe_buffer(snapshot: Snapshot, row: int) -> str:
    """Return a buffer's figures in a line or two."""
    if snapshot.foreign is not None and row in snapshot.foreign.contradictory:
        return f"{cpu_title(snapshot, row)}: its counters contradict each other, nothing is known"
    info = snapshot.buffers[row]
    ready, n = snapshot.ready(row), snapshot.n_subbufs
    state = ", blocked" if snapshot.is_blocked(row) else ", full" if ready >= n else ""
    figures = f"{int(info['produced'])} produced, {int(info['consumed'])} consumed"
    words = ready_words(ready, snapshot.overwritten(row), n, " of ", " sub-buffers")
    lines = [f"{cpu_title(snapshot, row)}: {words}{state}; {figures}"]
    if lost := losses(snapshot, row):
        lines.append("lost: " + ", ".join(f"{events} {words}" for words, events in lost))
    return "\n".join(lines)


def describe_subbuf(snapshot: Snapshot, row: int, index: int) -> str:
    """Return what a sub-buffer holds, in a line."""
    info = snapshot.subbufs[row, index]
    title = f"{cpu_title(snapshot, row)}, sub-buffer {index}"
    state = State(int(info["state"]))
    if snapshot.is_gone(row):
        return f"{title}: {GONE}"
    if snapshot.foreign is not None and row in snapshot.foreign.contradictory:
        return f"{title}: {NOT_KNOWN}"
    if state is State.FREE:
        return f"{title}: {STATE_WORDS[state]}, {count(snapshot.subbuf_size, 'byte')} free"
    events = count(int(info["events"]), "event") if snapshot.knows("events") else ""
    figures = [events] if events else []
    figures.append(f"{int(info['used'])} B used")
    figures += [
        f"{name} {int(info[name])} B" for name in ("header", "padding", "read") if int(info[name])
    ]
    lap = "" if int(info["lap"]) == NO_LAP else f" (lap {int(info['lap'])})"
    words = STATE_WORDS[state]
    if snapshot.closed and state is State.CURRENT:
        words = "was being written when the channel was closed"
    text = f"{title}{lap}: {words}; {', '.join(figures)}"
    if lost := int(info["lost"]):
        text += f"; {count(lost, 'event')} overwritten when this lap began"
    return text


def describe(snapshot: Snapshot, hit: Spot) -> str:
    """Return what is under the pointer, with numbers."""
    if hit.index < 0:
        return describe_buffer(snapshot, hit.row)
    if snapshot.is_gone(hit.row):
        return describe_subbuf(snapshot, hit.row, hit.index)
    part = part_at(snapshot, hit.row, hit.index, hit.offset)
    lines = [
        describe_subbuf(snapshot, hit.row, hit.index),
        f"{part.end - part.start} B {PART_WORDS[part.paint]}, at {part.start}…{part.end - 1}",
    ]
    info, size = snapshot.buffers[hit.row], snapshot.subbuf_size
    if int(info["current"]) == hit.index:
        offset = int(info["offset"])
        lines.append(
            f"write position: blocked, offset {offset} = sub-buffer size + 1"
            if offset > size
            else f"write position: offset {offset} of {size}"
        )
    position = snapshot.read_position(hit.row)
    if position.subbuf == hit.index:
        lines.append(f"consumer position: byte {position.offset} here")
    return "\n".join(lines)


def describe_all(snapshot: Snapshot) -> str:
    """Return the whole picture for those who cannot see it."""
    if snapshot.rows <= TOLD_APART:
        return "\n".join(describe_buffer(snapshot, row) for row in range(snapshot.rows))
    buffers = snapshot.buffers
    ready = buffers["produced"].astype(np.int64) - buffers["consumed"].astype(np.int64)
    lost = sum(int(buffers["account"][name]["events"].sum()) for name in LOSSES)
    full = int((ready >= snapshot.n_subbufs).sum())
    there = int(ready.sum()) - int(overwritten(buffers, snapshot.config).sum())
    lost_words = f"{count(lost, 'event')} lost"
    if not snapshot.knows("account"):
        lost_words = f"how many events were lost is {NOT_KNOWN}"
    return f"{snapshot.rows} buffers: {there} sub-buffers ready, {full} buffers full, {lost_words}"
