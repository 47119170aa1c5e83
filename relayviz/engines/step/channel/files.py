"""The consumer of a stepped channel: its open descriptors and mappings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.channel.operation import Kind, lowest_free
from relayviz.model.channel.state import Mapping, OpenFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relayviz.model.channel.operation import Operation
    from relayviz.relay import Channel, RelayFile

MAPPING_KINDS = ("shared", "writable", "private")


class StepError(Exception):
    """An operation that cannot be performed; the text says what would help."""


class File(NamedTuple):
    """A descriptor and how it is shown."""

    handle: RelayFile
    shown: OpenFile


class View(NamedTuple):
    """A mapping and how it is shown."""

    memory: memoryview
    shown: Mapping


class Consumer:
    """Descriptors and mappings of one channel.

    Threads: one at a time.

    Args:
        channel: The channel.

    Attributes:
        files: The open descriptors by slot.
        mappings: The mappings by slot.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.files: dict[int, File] = {}
        self.mappings: dict[int, View] = {}

    def methods(self) -> dict[Kind, Callable[[Operation, int | None], object]]:
        """Return what performs the operations of a consumer."""
        return {
            Kind.OPEN_FILE: self._open,
            Kind.CLOSE_FILE: self._close,
            Kind.READ: lambda op, _: self.file(op).handle.read(op.length),
            Kind.POLL: lambda op, _: self.file(op).handle.poll(),
            Kind.SPLICE: self._splice,
            Kind.MMAP: self._mmap,
            Kind.UNMAP: self._unmap,
        }

    def file(self, operation: Operation) -> File:
        """Return the descriptor that a resolved operation means; StepError: there is none."""
        if operation.fd in self.files:
            return self.files[operation.fd]
        which = f"on cpu {operation.cpu}" if operation.fd is None else f"in slot {operation.fd}"
        raise StepError(f"No descriptor is open {which}: open the file first.")

    def mapping(self, operation: Operation) -> View:
        """Return the mapping that a resolved operation means; StepError: there is none."""
        if operation.fd in self.mappings:
            return self.mappings[operation.fd]
        which = f"on cpu {operation.cpu}" if operation.fd is None else f"in slot {operation.fd}"
        raise StepError(f"Nothing is mapped {which}: map a file first.")

    def close(self) -> None:
        """Give everything back."""
        for view in self.mappings.values():
            view.memory.release()
        for file in self.files.values():
            file.handle.close()
        self.mappings.clear()
        self.files.clear()

    def open_again(self, shown: OpenFile) -> None:
        """Open a descriptor as it was."""
        self.files[shown.fd] = File(self._channel.open_file(shown.cpu, shown.flags), shown)

    def map_again(self, shown: Mapping) -> None:
        """Make a mapping as it was; its descriptor may be closed since."""
        with self._channel.open_file(shown.cpu, "rw") as handle:
            self.mappings[shown.fd] = View(_map(handle, None, shown.kind), shown)

    def _open(self, operation: Operation, _event: int | None) -> int:
        fd = lowest_free(self.files) if operation.fd is None else operation.fd
        if fd in self.files or fd < 0:
            raise StepError(f"Slot {fd} cannot be used: leave the choice open, or close it first.")
        flags = operation.text or "r"
        handle = self._channel.open_file(operation.cpu, flags)
        self.files[fd] = File(handle, OpenFile(fd, handle.buffer.cpu, flags))
        return fd

    def _close(self, operation: Operation, _event: int | None) -> None:
        file = self.file(operation)
        del self.files[file.shown.fd]
        file.handle.close()

    def _splice(self, operation: Operation, _event: int | None) -> bytes:
        """Move into a file in memory; return what arrived there."""
        handle = self.file(operation).handle
        with os.fdopen(os.memfd_create("splice"), "w+b", buffering=0) as sink:
            moved = handle.splice(sink, operation.length)
            return os.pread(sink.fileno(), moved, 0)

    def _mmap(self, operation: Operation, _event: int | None) -> int:
        file, kind = self.file(operation), operation.text or "shared"
        if kind not in MAPPING_KINDS:
            raise StepError(f'A mapping is one of {", ".join(MAPPING_KINDS)}, not "{kind}".')
        memory = _map(file.handle, operation.length or None, kind)
        number = lowest_free(self.mappings)
        self.mappings[number] = View(memory, Mapping(number, file.shown.cpu, kind))
        return number

    def _unmap(self, operation: Operation, _event: int | None) -> None:
        view = self.mapping(operation)
        del self.mappings[view.shown.fd]
        view.memory.release()


def _map(handle: RelayFile, length: int | None, kind: str) -> memoryview:
    return handle.mmap(length, writable=kind == "writable", private=kind == "private")


def lowest(slots: Iterable[File | View], cpu: int) -> int | None:
    """Return the lowest slot that belongs to the buffer of `cpu`; None: there is none."""
    return min((one.shown.fd for one in slots if one.shown.cpu == cpu), default=None)
