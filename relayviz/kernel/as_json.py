"""A report as JSON: the kernel's names, addresses as numbers, null for what is not known."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relayviz.kernel.report import BufferReport, ChannelReport, Report
    from relayviz.model.kernel.look import Buffer

_OF_CHANNEL = (
    *("addr", "version", "subbuf_size", "n_subbufs", "alloc_size", "cb", "kref", "private_data"),
    *("last_toobig", "is_global", "has_base_filename", "base_filename"),
)
_OWN = ("file", "padding", "damage")  # fields of a buffer that are told otherwise
_FOLDER, _FILE = 1, 2  # names of a path that are told: a channel is known by its folder


def as_json(report: Report) -> str:
    """Return a report as one line."""
    return json.dumps(as_plain(report))


def as_plain(report: Report) -> dict[str, Any]:
    """Return a report as values for JSON."""
    return {
        "release": report.release,
        "channels": [_channel(channel) for channel in report.channels],
        "damage": list(report.damage),
    }


def _channel(told: ChannelReport) -> dict[str, Any]:
    channel = told.channel
    return {
        **{name: getattr(channel, name) for name in _OF_CHANNEL},
        "cb_syms": asdict(channel.callbacks) if channel.callbacks else None,
        "parent": _last_of(channel.parent, _FOLDER),
        "parent_path": channel.parent,
        "client": asdict(channel.client) if channel.client else None,
        "inferred_mode": told.mode.name,
        "evidence": list(told.mode.evidence),
        "damage": list(channel.damage),
        "bufs": [_buffer(buffer) for buffer in told.buffers],
    }


def _buffer(told: BufferReport) -> dict[str, Any]:
    buffer = told.buffer
    return {
        **{name: value for name, value in _fields(buffer).items() if name not in _OWN},
        "padding": None if buffer.padding is None else list(buffer.padding),
        "file": _last_of(buffer.file, _FILE),
        "file_path": buffer.file,
        "writer": None if told.writer is None else str(told.writer),
        "mid_switch": told.mid_switch,
        "overwritten_subbufs": told.losses.overwritten,
        "evidence": list(told.losses.evidence),
        "crc32": told.crc32,
        "unread_bytes": told.unread_bytes,
        "unread_sha256": told.unread_sha256,
        "may_be_unwritten": told.may_be_unwritten,
        "damage": list(told.damage),
    }


def _fields(buffer: Buffer) -> dict[str, Any]:
    return {name: getattr(buffer, name) for name in buffer.__slots__}


def _last_of(path: str | None, names: int) -> str | None:
    """Return the last names of a path; the folders above depend on where it is mounted."""
    return None if path is None else "/".join(path.split("/")[-names:])
