"""What is told of a kernel's channel beside its state: what is not known, what follows, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.viewing.state import position_in, rows_of
from relayviz.model.capture.shipped import shipped
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.kernel.evidence import mode_of, too_big_words
from relayviz.model.kernel.texts import printable
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.capture.layout import Layout
    from relayviz.model.kernel.look import Channel

Line = tuple[str, str, str]
SIGNS = {"SystemTap": ("__stp_", "stap_")}  # of a client in names of its functions and files
NO_FILE = -1  # as the size of one
_NEVER_TOLD = ("account", "events", "lost", "header", "reserved", "files", "mappings", "online")


def unknown_of(channel: Channel) -> frozenset[str]:
    """Return the names of what a kernel's memory does not tell of a channel."""
    found = set(_NEVER_TOLD)
    if channel.last_toobig is None:
        found.add("last_toobig")
    if mode_of(channel).name is None:
        found.add("mode")
    for field, is_told in (
        ("prev_padding", lambda buffer: buffer.prev_padding is not None),
        ("file_size", lambda buffer: buffer.i_size is not None),
        ("stat_full", lambda buffer: buffer.full_count is not None),
        ("stat_big", lambda buffer: buffer.big_count is not None),
    ):
        if not all(map(is_told, channel.buffers)):
            found.add(field)
    return frozenset(found)


def contradictory(channel: Channel) -> frozenset[int]:
    """Return the rows of buffers whose counters contradict each other."""
    rows = enumerate(rows_of(channel))
    return frozenset(row for row, buffer in rows if position_in(channel, buffer) is None)


def facts_of(channel: Channel) -> tuple[Line, ...]:
    """Return what is told of a channel, line by line: name, value, what it means."""
    return tuple((name, printable(value), printable(tip)) for name, value, tip in _facts(channel))


def _facts(channel: Channel) -> Iterator[Line]:
    if (client := channel.client) is not None:
        tip = f"What its {client.struct} says."
        yield "client", f"{client.kind} {client.device}", f"{tip} The device that it traces."
        yield "dropped", plural(client.dropped, "event"), f"{tip} Its own count of lost events."
    yield "evidence", "; ".join(mode_of(channel).evidence), "What its mode is inferred from."
    callbacks = channel.callbacks
    start = NOT_KNOWN if callbacks is None else callbacks.subbuf_start or "none (kernel’s own)"
    yield "subbuf_start", start, "The client's function that decides what a full buffer does."
    yield "losses", *_losses(channel)
    yield "files", *_files(channel)
    if channel.parent is not None:
        yield "folder", channel.parent, "Where its files are, below the root of their file system."
    yield "address", f"{channel.addr:#x}", "Of its struct rchan."
    damage = [*channel.damage]
    for buffer in channel.buffers:
        damage += [f"CPU {buffer.percpu_slot}: {sentence}" for sentence in buffer.damage]
    for row in sorted(contradictory(channel)):
        damage.append(
            f"CPU {rows_of(channel)[row].percpu_slot}: its counters contradict each other"
        )
    if damage:
        yield "damage", "; ".join(damage), "What is wrong with it in that memory."


def _files(channel: Channel) -> tuple[str, str]:
    """Say which files the buffers have."""
    names = [one.file for one in rows_of(channel) if one.file is not None]
    unread = sum(one.file is None and one.i_size != NO_FILE for one in channel.buffers)
    if unread:
        names.append(f"{plural(unread, 'file')} {NOT_KNOWN}")
    tip = "Below the root of their file system."
    return ", ".join(names) or "none (buffer-only)", tip


def _losses(channel: Channel) -> tuple[str, str]:
    """Say what is known of losses: this kernel's own counters, or that it has none."""
    counted = [(one.full_count, one.big_count) for one in channel.buffers]
    if any(None in pair for pair in counted):
        words = too_big_words(channel)
        tip = "Kernels before 6.17 do not count lost events."
        return f"{NOT_KNOWN}{f'; {words}' if words else ''}", tip
    full, big = (sum(figure or 0 for figure in column) for column in zip(*counted, strict=True))
    tip = "The kernel counts how often it found all sub-buffers ready, flushes included."
    return f"{plural(big, 'event')} too big; found full {grouped(full)} times", tip


def layouts_of(channel: Channel) -> tuple[Layout, ...]:
    """Return how the records of a channel's client look; none: who that is is not known."""
    told = [channel.parent or "", channel.base_filename]
    if channel.callbacks is not None:
        told.append(channel.callbacks.subbuf_start or "")
    if channel.client is not None:
        told.append(channel.client.kind)
    words = " ".join(told).casefold()
    return tuple(
        layout
        for layout in shipped()
        if any(word in words for word in SIGNS.get(layout.client, (layout.client.casefold(),)))
    )
