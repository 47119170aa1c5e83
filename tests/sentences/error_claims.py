"""What the Log says where an operation could not be done, against the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind
from tests.sentences.playing import SOURCES

if TYPE_CHECKING:
    from tests.sentences.mirror import Moment
    from tests.sentences.playing import Session


def _is_too_long(session: Session, moment: Moment) -> bool:
    """Whether a fill has more bytes than the slot of its event."""
    put = session.mirror.puts.get(moment.step.operation.event or 0)
    data = moment.step.operation.data or b""
    return put is not None and put.memory is not None and len(data) > len(put.memory)


def wrong(session: Session, moment: Moment) -> list[str]:
    """Return what is false in the error of a step that could not be done."""
    text, operation = moment.step.result.words, moment.step.operation
    told = [is_true for words, is_true in _claims(session, moment).items() if words in text]
    if not told:
        return [f"nobody checks: {text}"]
    if operation.kind in ATTEMPTS or operation.kind is Kind.FLUSH:
        told.append(moment.before == moment.after)
    return [] if all(told) else [f"false: {text}"]


def _claims(session: Session, moment: Moment) -> dict[str, bool]:
    """Return what errors say, and whether it is so."""
    operation, channel = moment.step.operation, session.mirror.channel
    return {
        "The channel is closed": channel.closed,
        "The channel has its files already": channel.base_filename is not None,
        "No finished sub-buffer has a byte": not moment.data,
        "is not on line or does not exist": operation.cpu not in channel.online,
        "The descriptor was not opened for reading": True,
        "No descriptor is open in slot": operation.fd not in session.mirror.files,
        "No descriptor is open on": all(
            file.buffer.cpu != moment.buffer for file in session.mirror.files.values()
        ),
        "Nothing is mapped on": all(
            view.shown.cpu != moment.buffer for view in session.channel.consumer.mappings.values()
        ),
        "No reserved slot waits": True,
        "B do not fit into the": _is_too_long(session, moment),
        "There is no file of that CPU": channel.closed
        or channel.base_filename is None
        or moment.buffer is None
        or session.mirror.channel.buffers[moment.buffer].file is None,
        "There are cpu 0 to": operation.kind is Kind.CPU_ONLINE,
        "The descriptor does not allow that": operation.kind is Kind.MMAP,
        "A base filename has at most": "/" in operation.text or len(operation.text) > 240,
        "The flags are": operation.text not in ("", "r", "w", "rw", "rnb", "wnb", "rwnb"),
        "B cannot be done: give 0 to": operation.length > 1 << 28,
        "cannot be counted: give 0 to": operation.count >= 1 << 32,
        "A channel is opened once": operation.kind is Kind.OPEN,
        "is no mode: say": operation.text not in set(Mode),
        "cannot be used: leave the choice open": operation.fd in session.mirror.files,
        "A mapping is one of": operation.text not in ("shared", "writable", "private"),
        "Confirm this subbuf_start first": operation.source not in SOURCES,
        "A mapping must cover the whole buffer": operation.length not in (0, channel.alloc_size),
    }
