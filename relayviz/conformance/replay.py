"""Replaying one sequence: perform each step and look at everything that was recorded."""

from __future__ import annotations

import itertools
import zlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

from relayviz.conformance.compare import Difference, differences
from relayviz.conformance.subject.channel import ChannelSide
from relayviz.conformance.subject.client import MAX_RECORDS, Log
from relayviz.conformance.subject.files import FileSide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from relayviz.conformance.recording import Op, Sequence
    from relayviz.conformance.subject.subject import Buffer, Channel, Directory, File

_serial = itertools.count()


class PerformsOperations(Protocol):
    """A machine on which a sequence is performed."""

    def perform(self, op: Op) -> dict[str, object]:
        """Perform one operation and return what can be observed after it."""

    def close(self) -> None:
        """Let go of whatever the sequence left over."""


class FilesHere(FileSide):
    """The files of a sequence, opened and read by this process."""

    def states(self) -> list[dict[str, object]]:
        """Return the recorded form of what the open files show."""
        return [file_state(slot, file) for slot, file in sorted(self.files.items())]


class Host:
    """A fresh machine for one sequence: no channel, no open file.

    Args:
        relay: The implementation: relayviz.relay or a module with the same names.
        directory: The channel's own folder; None: a new one in memory.
        root: What stands for the root of the host filesystem; None: that itself.
        files: Who opens and reads the files; None: this process.
    """

    def __init__(
        self,
        relay: ModuleType,
        directory: Directory | None = None,
        root: Directory | None = None,
        files: FilesHere | None = None,
    ) -> None:
        self.log = Log()
        self._directory: Directory = directory or relay.Directory(f"conform-{next(_serial)}")
        self._channel_side = ChannelSide(relay, self._directory, self.log, root)
        self._file_side = files or FilesHere(relay, self._directory)

    def perform(self, op: Op) -> dict[str, object]:
        """Perform one operation and return what can be observed after it.

        Returns:
            The fields of a recorded step, but for `op`.
        """
        self.log.clear()
        name = op["op"]
        operation = self._channel_side.operation(name) or self._file_side.operation(name)
        if operation is None:
            raise NotImplementedError(f"operation {name} cannot be replayed")
        seen: dict[str, object] = {"result": operation(op)}
        if name != "cpu_online":  # those of cpu_online were not recorded
            seen |= self.callbacks()
        return seen | self.state()

    def callbacks(self) -> dict[str, object]:
        """Return the callbacks that ran since the log was cleared, as they are recorded."""
        if self.log.total > MAX_RECORDS:
            return {"callbacks": self.log.records, "callbacks_total": self.log.total}
        return {"callbacks": self.log.records}

    def state(self) -> dict[str, object]:
        """Return the state of the channel, or of open files of a closed one, as recorded."""
        channel = self._channel_side.channel
        seen: dict[str, object] = {}
        seen["state"] = None if channel is None else channel_state(channel)
        if channel is None and (fds := self._file_side.states()):
            seen["fds"] = fds
        return seen

    def close(self) -> None:
        """Let go of whatever the sequence left over."""
        with ExitStack() as stack:
            stack.callback(self._directory.remove)
            stack.callback(self._channel_side.close)
            stack.callback(self._file_side.close)


def channel_state(channel: Channel) -> dict[str, object]:
    """Return the recorded form of a channel's state."""
    return {
        "is_global": int(channel.is_global),
        "named": int(channel.base_filename is not None),
        "last_toobig": channel.last_toobig,
        "bufs": [buffer_state(buf, buf.file_size) for buf in channel.buffers],
    }


def file_state(slot: int, file: File) -> dict[str, object]:
    """Return the recorded form of what an open file of a closed channel still shows."""
    return {"fd": slot, **buffer_state(file.buffer, file.size)}


def buffer_state(buf: Buffer, file_size: int | None) -> dict[str, object]:
    """Return the recorded form of a buffer's state, a checksum of its memory included."""
    return {
        "cpu": buf.cpu,
        "produced": buf.subbufs_produced,
        "consumed": buf.subbufs_consumed,
        "offset": buf.offset,
        "cur": buf.current,
        "bytes_consumed": buf.bytes_consumed,
        "prev_padding": buf.prev_padding,
        "padding": buf.padding.tolist(),
        "finalized": int(buf.finalized),
        "i_size": file_size,
        "mem": f"{zlib.crc32(buf.data.data):08x}",
    }


@contextmanager
def _told(found: list[Difference], field: str) -> Iterator[None]:
    """Turn an exception of the implementation into a difference: it is a finding, not our end."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever it is
        found.append(Difference(field, "no exception", f"{type(error).__name__}: {error}"))


def replay(
    sequence: Sequence, make_host: Callable[[], PerformsOperations]
) -> tuple[int, list[Difference]]:
    """Replay a sequence up to its first step that is not as recorded.

    Args:
        sequence: One without problem.
        make_host: Gives a fresh machine, such as a Host.

    Returns:
        The number of steps that were compared, and the differences of the last of them. After
        the last step everything left over is closed; an exception in that counts as one too.
    """
    found: list[Difference] = []
    done = 0
    with ExitStack() as stack:
        with _told(found, "preparation"):
            host = make_host()
            stack.enter_context(_told(found, "clean-up"))
            stack.callback(host.close)
        for step in sequence.steps if not found else ():
            done += 1
            with _told(found, "result"):
                found += differences(step.expected, host.perform(step.op))
            if found:
                break
    return done, found
