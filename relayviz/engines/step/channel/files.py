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


class Held(NamedTuple):
    """Descriptors and mappings by slot."""

    files: dict[int, File]
    mappings: dict[int, View]


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
        self._held = Held(self.files, self.mappings)

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
        self.hold(Held({}, {}))

    def ready(self, files: Iterable[OpenFile], mappings: Iterable[Mapping]) -> Held:
        """Return descriptors and mappings as they were: those that are held, others made.

        Either `hold` or `let_go` is told of them. If one cannot be made nothing is left behind.
        """
        ready = Held({}, {})
        try:
            for shown in files:
                file = self.files.get(shown.fd)
                if file is None or file.shown != shown:
                    file = self._open_again(shown)
                ready.files[shown.fd] = file
            for mapping in mappings:
                view = self.mappings.get(mapping.fd)
                if view is None or view.shown != mapping:
                    view = self._map_again(mapping)
                ready.mappings[mapping.fd] = view
        except BaseException:
            self.let_go(ready)
            raise
        return ready

    def hold(self, ready: Held) -> None:
        """Have these descriptors and mappings from now on, and no others."""
        _release(self._held, ready)
        self.files.clear()
        self.files.update(ready.files)
        self.mappings.clear()
        self.mappings.update(ready.mappings)

    def let_go(self, ready: Held) -> None:
        """Give back what was made ready and is not held."""
        _release(ready, self._held)

    def _open_again(self, shown: OpenFile) -> File:
        return File(self._channel.open_file(shown.cpu, shown.flags), shown)

    def _map_again(self, shown: Mapping) -> View:
        """Its descriptor may be closed since."""
        with self._channel.open_file(shown.cpu, "rw") as handle:
            return View(_map(handle, None, shown.kind), shown)

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


def _release(held: Held, kept: Held) -> None:
    """Give back what is in the one and not in the other."""
    for slot, view in held.mappings.items():
        if kept.mappings.get(slot) is not view:
            view.memory.release()
    for slot, file in held.files.items():
        if kept.files.get(slot) is not file:
            file.handle.close()


def _map(handle: RelayFile, length: int | None, kind: str) -> memoryview:
    return handle.mmap(length, writable=kind == "writable", private=kind == "private")


def lowest(slots: Iterable[File | View], cpu: int) -> int | None:
    """Return the lowest slot that belongs to the buffer of `cpu`; None: there is none."""
    return min((one.shown.fd for one in slots if one.shown.cpu == cpu), default=None)
