"""The result of an operation in plain words, and its error if it could not be done."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.step.channel.deed import which
from relayviz.engines.step.channel.files import StepError
from relayviz.engines.step.words.consumer import CONSUMER_WORDS
from relayviz.engines.step.words.writer import WRITER_WORDS
from relayviz.model.channel.operation import Kind

if TYPE_CHECKING:
    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.channel.deed import Deed
    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.result import Result

_WORDS = WRITER_WORDS | CONSUMER_WORDS

_REMEDIES = {
    (Kind.LATE_SETUP, errno.EINVAL): "A base filename has at most 240 bytes and no slash.",
    (Kind.OPEN_FILE, errno.ENOENT): "There is no file of that CPU: the channel has none yet, is"
    " closed, or the CPU has no buffer or was off line when files were made. Set up files first,"
    " or take another CPU.",
    (Kind.READ, errno.EBADF): "The descriptor was not opened for reading: open one with r or rw.",
    (Kind.SPLICE, errno.EBADF): "The descriptor was not opened for reading: open one with r or rw.",
    (Kind.OPEN_FILE, 0): 'The flags are "r", "w" or "rw", with "nb" behind it for O_NONBLOCK.',
    (
        Kind.SPLICE,
        errno.EAGAIN,
    ): "No finished sub-buffer has a byte to move; this descriptor does not wait.",
    (Kind.MMAP, errno.EINVAL): "A mapping must cover the whole buffer: leave the length open.",
    (Kind.MMAP, errno.EACCES): "The descriptor does not allow that: open it with rw to map it"
    " writable, with r or rw to map it at all.",
}
_BY_TYPE = (
    (relay.ClosedError, "The channel is closed: open a new one."),
    (relay.ExistsError, "The channel has its files already."),
    (MemoryError, "There is not enough memory for that: give a smaller number of bytes."),
)


def result_of(deed: Deed) -> Result:
    """Say what became of an operation that was performed."""
    result = _WORDS[deed.operation.kind](deed)
    raised = [one for one in deed.decisions if one.error is not None]
    words = result.words + deed.losses()
    if not raised:
        return replace(result, words=words)
    error = raised[0].error
    if error is not None:
        line = "" if error.line is None else f" at line {error.line}"
        words += f" subbuf_start raised {error.message}{line}; that counts as a refusal."
    return replace(result, words=words, error=error)


def words_of(channel: StepChannel, operation: Operation, error: Exception) -> str:
    """Say why an operation could not be done, and what would help."""
    if isinstance(error, StepError):
        return str(error)
    for kind, words in _BY_TYPE:
        if isinstance(error, kind):
            return words
    if operation.kind is Kind.CPU_ONLINE:
        return f"There are cpu 0 to {channel.config.cpus - 1}, and at least one stays on line."
    if isinstance(error, relay.CpuError):
        online = which(channel.channel.online)
        return f"cpu {operation.cpu} is not on line or does not exist. On line: {online}."
    number = error.errno if isinstance(error, OSError | relay.RelayError) else 0
    words_by_errno = _REMEDIES.get((operation.kind, number or 0))
    return words_by_errno or f"{(str(error) or type(error).__name__).removesuffix('.')}."
