"""What rings say in words: tooltips, the text in their middle, and the text for screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.gui.inside.reaches import spoken, words_of
from relayviz.gui.rings.parts import FINISHED, STATE_WORDS, State, part_at
from relayviz.gui.rings.raster import Paint
from relayviz.model.channel.state import LOSS_WORDS, LOSSES, overwritten
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.numbers import grouped, ready_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relayviz.gui.rings.geometry import Spot
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Reach

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
WRITTEN = "written"  # whether it was read is not known
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
#: The same where nobody knows what was consumed.
LEGEND_WRITTEN = {
    Paint.UNREAD: WRITTEN,
    Paint.PADDING: LEGEND[Paint.PADDING],
    Paint.FREE: LEGEND[Paint.FREE],
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


def brief_ready(ready: int, room: int) -> str:
    """Return model.numbers.ready_count in few characters: 3/8; overwriting, beyond that: 1.2k."""
    return f"{short(ready)}/{short(room)}" if ready <= room else short(ready)


def figure_forms(figure: int, noun: str) -> tuple[str, ...]:
    """Return a figure of a buffer, the longest form first: 12 345 678 produced, 12M produced."""
    return f"{grouped(figure)} {noun}", f"{short(figure)} {noun}"


def ready_forms(snapshot: Snapshot, row: int) -> tuple[str, ...]:
    """Return how many sub-buffers of a buffer are ready, the longest form first."""
    words = ready_words(snapshot.ready(row), snapshot.overwritten(row), snapshot.n_subbufs)
    return words, words.replace("of them ", ""), words.partition(",")[0]


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
    if not snapshot.knows("consumed"):
        return "\n".join(_written(snapshot, row))
    info = snapshot.buffers[row]
    ready, n = snapshot.ready(row), snapshot.n_subbufs
    state = ", blocked" if snapshot.is_blocked(row) else ", full" if ready >= n else ""
    state += ", the channel is closed" if snapshot.closed else ""
    produced, consumed = (grouped(int(info[name])) for name in ("produced", "consumed"))
    figures = f"{produced} produced, {consumed} consumed"
    words = ready_words(ready, snapshot.overwritten(row), n, " of ", " sub-buffers")
    lines = [f"{cpu_title(snapshot, row)}: {words}{state}; {figures}"]
    if lost := losses(snapshot, row):
        lines.append("lost: " + ", ".join(f"{grouped(events)} {words}" for words, events in lost))
    return "\n".join(lines)


def _written(snapshot: Snapshot, row: int) -> Iterator[str]:
    """Say how a buffer stands of which nobody knows what was consumed."""
    finished = count(int(snapshot.buffers["produced"][row]), "sub-buffer")
    events = int(snapshot.buffers["account"]["accepted"]["events"][row])
    yield f"{cpu_title(snapshot, row)}: {finished} finished; consumed: {NOT_KNOWN}"
    if snapshot.knows("account.accepted"):
        yield f"{count(events, 'record')} written"
    for words, lost in losses(snapshot, row):
        yield f"lost: {lost} {words}{', or more' if has_more(snapshot) else ''}"


def has_more(snapshot: Snapshot) -> bool:
    """Return whether more may be lost than is told."""
    return snapshot.is_least("account.refused_full")


def state_words(snapshot: Snapshot, state: State) -> str:
    """Return what a sub-buffer is."""
    if snapshot.closed and state is State.CURRENT:
        return "was being written when the channel was closed"
    is_finished = state in (State.UNREAD, State.DONE)
    return FINISHED if is_finished and not snapshot.knows("consumed") else STATE_WORDS[state]


def part_words(snapshot: Snapshot, paint: Paint) -> str:
    """Return what bytes are."""
    is_read = paint in (Paint.UNREAD, Paint.CONSUMED)
    return WRITTEN if is_read and not snapshot.knows("consumed") else PART_WORDS[paint]


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
        return (
            f"{title}: {state_words(snapshot, state)}, {count(snapshot.subbuf_size, 'byte')} free"
        )
    events = count(int(info["events"]), "event") if snapshot.knows("events") else ""
    figures = [events] if events else []
    figures.append(f"{int(info['used'])} B used")
    figures += [
        f"{name} {int(info[name])} B" for name in ("header", "padding", "read") if int(info[name])
    ]
    lap = "" if int(info["lap"]) == NO_LAP else f" (lap {int(info['lap'])})"
    text = f"{title}{lap}: {state_words(snapshot, state)}; {', '.join(figures)}"
    if lost := int(info["lost"]):
        text += f"; {count(lost, 'event')} overwritten when this lap began"
    return text


def describe(snapshot: Snapshot, hit: Spot, reaches: Iterable[Reach] = ()) -> str:
    """Return what is under the pointer, with numbers, and which actors stand there."""
    if hit.index < 0:
        return describe_buffer(snapshot, hit.row)
    if snapshot.is_gone(hit.row):
        return describe_subbuf(snapshot, hit.row, hit.index)
    part = part_at(snapshot, hit.row, hit.index, hit.offset)
    lines = [
        describe_subbuf(snapshot, hit.row, hit.index),
        (
            f"{part.end - part.start} B {part_words(snapshot, part.paint)}, "
            f"at {part.start}…{part.end - 1}"
        ),
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
    if position.subbuf == hit.index and snapshot.knows("consumed"):
        lines.append(f"consumer position: byte {position.offset} here")
    return "\n".join([*lines, *words_of(reaches, hit.row, hit.index * size + hit.offset)])


def describe_all(snapshot: Snapshot, reaches: Iterable[Reach] = ()) -> str:
    """Return the whole picture for those who cannot see it."""
    if snapshot.rows <= TOLD_APART:
        told = (describe_buffer(snapshot, row) for row in range(snapshot.rows))
        return "\n".join([*told, *spoken(reaches)])
    buffers = snapshot.buffers
    ready = buffers["produced"].astype(np.int64) - buffers["consumed"].astype(np.int64)
    lost = sum(int(buffers["account"][name]["events"].sum()) for name in LOSSES)
    full = int((ready >= snapshot.n_subbufs).sum())
    gone = int(overwritten(buffers, snapshot.config).sum())
    if not snapshot.knows("consumed"):
        finished = int(buffers["produced"].sum())
        words = f"{count(finished, 'sub-buffer')} finished, consumed: {NOT_KNOWN}"
        return f"{snapshot.rows} buffers: {words}"
    lost_words = f"{count(lost, 'event')} lost"
    if not snapshot.knows("account"):
        lost_words = f"how many events were lost is {NOT_KNOWN}"
    words = "the channel is closed, " if snapshot.closed else ""
    words += f"{count(int(ready.sum()), 'sub-buffer')} ready"
    words += f", {grouped(gone)} of them overwritten" if gone else ""
    return f"{snapshot.rows} buffers: {words}; {count(full, 'buffer')} full; {lost_words}"
