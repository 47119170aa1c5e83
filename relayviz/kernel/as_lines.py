"""A report as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.kernel.evidence import too_big_words
from relayviz.model.kernel.position import Writer
from relayviz.model.numbers import THIN, grouped, plural, ready_count, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.kernel.report import BufferReport, ChannelReport, Report
    from relayviz.model.kernel.look import Buffer, Channel

NOT_KNOWN = "not known"
NO_FILE = -1  # as the size of one


def as_lines(report: Report) -> Iterator[str]:
    """Give a report as lines; texts of the kernel cannot move the cursor."""
    for line in _lines(report):
        yield "".join(sign if sign.isprintable() or sign == THIN else "?" for sign in line)


def _lines(report: Report) -> Iterator[str]:
    release = report.release or f"kernel {NOT_KNOWN}"
    yield f"{release}: {plural(len(report.channels), 'relay channel')}"
    if any(buffer.losses.full_count is None for told in report.channels for buffer in told.buffers):
        yield "It does not count what is lost; kernels from 6.17 on do."
    for sentence in report.damage:
        yield f"  damage: {sentence}"
    for channel in report.channels:
        yield ""
        yield from _channel(channel)


def _channel(told: ChannelReport) -> Iterator[str]:
    channel = told.channel
    sizes = f"{grouped(channel.n_subbufs)} × {size(channel.subbuf_size)}"
    shared = ", one buffer for all CPUs" if channel.is_global else ""
    yield f"{channel.name}  {sizes}{shared}, at {channel.addr:#x}"
    mode = told.mode.name or f"mode {NOT_KNOWN}"
    yield f"  {mode}: {'; '.join(told.mode.evidence)}"
    yield f"  client: {_client(channel)}"
    if words := too_big_words(channel):
        yield f"  {words}"
    for sentence in channel.damage:
        yield f"  damage: {sentence}"
    for buffer in told.buffers:
        yield from _buffer(channel, buffer)


def _client(channel: Channel) -> str:
    if channel.callbacks is None:
        return NOT_KNOWN
    known = f"subbuf_start {channel.callbacks.subbuf_start or 'the kernel’s own'}"
    if (client := channel.client) is not None:
        known += f", {client.kind} of device {client.device}"
        known += f", which counted {plural(client.dropped, 'event')} dropped"
    return known


def _buffer(channel: Channel, told: BufferReport) -> Iterator[str]:
    buffer = told.buffer
    yield f"  CPU {buffer.cpu}  {_state(channel, told)}  {_file(buffer)}"
    unread = NOT_KNOWN if told.unread_bytes is None else f"{grouped(told.unread_bytes)} bytes"
    counters = (
        f"produced {grouped(buffer.subbufs_produced)}",
        f"consumed {grouped(buffer.subbufs_consumed)}",
        f"unread {unread}",
        f"lost {_lost(told)}",
    )
    yield f"    {', '.join(counters)}"
    for sentence in told.losses.evidence:
        yield f"    {sentence}"
    for sentence in told.damage:
        yield f"    damage: {sentence}"


def _file(buffer: Buffer) -> str:
    if buffer.file is not None:
        return buffer.file
    return "(no file)" if buffer.i_size == NO_FILE else f"(file {NOT_KNOWN})"


def _state(channel: Channel, told: BufferReport) -> str:
    buffer = told.buffer
    ready = buffer.subbufs_produced - buffer.subbufs_consumed
    words = {
        None: f"state {NOT_KNOWN}",
        Writer.DAMAGED: "damaged",
        Writer.BLOCKED: "BLOCKED",
        Writer.SWITCHING: "in the middle of a switch",
        Writer.WRITING: f"{grouped(buffer.offset)} of {grouped(channel.subbuf_size)} bytes used",
    }
    state = words[told.writer]
    if told.writer in (None, Writer.DAMAGED):
        return state
    if told.mid_switch and told.writer is Writer.WRITING:
        state += ", in the middle of a switch"
    waiting = ", somebody waits in poll" if buffer.waiters else ""
    return f"{ready_count(ready, channel.n_subbufs)} ready, {state}{waiting}"


def _lost(told: BufferReport) -> str:
    """Say what of the losses the kernel counts; it counts events that were too big, and asking."""
    counted = (told.losses.full_count, told.losses.big_count)
    if None in counted:
        return NOT_KNOWN
    full, big = (grouped(count or 0) for count in counted)
    return f"{big} too big; found full {full} times"
