"""Where a read or splice finds its bytes: the core's own walk through a buffer, done on figures.

The core hands out bytes and does not say where they lay. What it does is a function of the counters
and paddings it begins with, so it is done here once more, before the call, with the same steps as
core/src/read.c and splice.c. The tests hold it to the bytes that came back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.trail import NO_LAP, Reading, Run

if TYPE_CHECKING:
    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.model.channel.operation import Operation
    from relayviz.relay import Buffer


def foresee(channel: StepChannel, operation: Operation) -> Reading | None:
    """Say what a read or splice is about to deliver; None: it is neither, or has no descriptor."""
    if operation.kind not in (Kind.READ, Kind.SPLICE) or operation.fd is None:
        return None
    file = channel.consumer.files.get(operation.fd)
    if file is None:
        return None
    config, buf = channel.config, file.handle.buffer
    walk = _Walk(buf, config.subbuf_size, config.n_subbufs)
    runs = walk.read if operation.kind is Kind.READ else walk.splice
    delivered = tuple(runs(operation.length))
    return Reading(buf.cpu, delivered, walk.skipped, walk.released)


class _Walk:
    """A reader's way through a buffer; the attributes are named as in relay-semantics.md."""

    def __init__(self, buf: Buffer, size: int, count: int) -> None:
        self.size, self.count = size, count
        self.produced, self.consumed = buf.subbufs_produced, buf.subbufs_consumed
        self.offset, self.bytes_consumed = buf.offset, buf.bytes_consumed
        self.padding: list[int] = buf.padding.tolist()
        self.current = buf.current
        self.skipped, self.released = (0, 0), 0

    @property
    def _blocked(self) -> bool:
        return self.offset > self.size

    def lap_at(self, index: int) -> int:
        """Return the lap that a sub-buffer holds."""
        newest = self.produced - self._blocked
        lap = newest - (newest - index) % self.count
        return lap if lap >= 0 else NO_LAP

    def _release(self) -> None:
        self.released += self.consumed < self.produced
        self.consumed = min(self.consumed + 1, self.produced)
        self.bytes_consumed = 0

    def _skip_to(self, lap: int) -> None:
        """Put a reader that was lapped in front of the writer."""
        self.skipped = (self.consumed, lap)
        self.consumed, self.bytes_consumed = lap, 0

    # -- read ----------------------------------------------------------------------------------

    def read(self, wanted: int) -> list[Run]:
        """Return what a read of so many bytes delivers."""
        runs = []
        while wanted > 0 and (run := self._next_run()) is not None:
            taken = min(run.length, wanted)
            runs.append(run._replace(length=taken))
            self._advance(run, taken)
            wanted -= taken
        return runs

    def _settle(self, index: int) -> None:
        if self.bytes_consumed + self.padding[index] != self.size:
            return
        if index == self.produced % self.count and self.offset == self.size:
            return
        self._release()

    def _next_run(self) -> Run | None:
        self._settle(self.consumed % self.count)
        return self._find_run() if self._is_something_unread() else None

    def _is_something_unread(self) -> bool:
        if self._blocked:
            return self.produced != self.consumed
        if self.produced - self.consumed >= self.count:
            self._skip_to(self.produced - self.count + 1)
        ring = self.count * self.size
        writer = self.produced % self.count * self.size + self.offset
        reader = self.consumed % self.count * self.size + self.bytes_consumed
        if reader in (writer, writer + ring):
            return self.offset == self.size and self.produced > self.consumed
        return True

    def _find_run(self) -> Run | None:
        at = self.consumed % self.count * self.size + self.bytes_consumed
        index, start = divmod(at % (self.count * self.size), self.size)
        if start >= self.size - self.padding[index]:
            index, start = (index + 1) % self.count, 0
        end = min(self.offset, self.size) if index == self.current else self.size
        length = end - self.padding[index] - start
        return Run(self.lap_at(index), index, start, length) if length > 0 else None

    def _advance(self, run: Run, taken: int) -> None:
        if self.bytes_consumed + taken > self.size:
            self._release()
        self.bytes_consumed += taken
        is_first_byte = run.subbuf == run.start == 0  # the kernel tells places apart by the byte
        self._settle(self.consumed % self.count if is_first_byte else run.subbuf)

    # -- splice --------------------------------------------------------------------------------

    def splice(self, wanted: int) -> list[Run]:
        """Return what a splice of so many bytes moves: finished sub-buffers only."""
        held = self.count - (not self._blocked)
        runs = []
        while wanted > 0:
            if self.produced - self.consumed > held:
                self._skip_to(self.produced - held)
            while self.consumed != self.produced and self._left() <= 0:
                self._release()
            if self.consumed == self.produced:
                break
            index = self.consumed % self.count
            taken = min(self._left(), wanted)
            runs.append(Run(self.consumed, index, self.bytes_consumed, taken))
            self.bytes_consumed += taken
            if self._left() <= 0:
                self._release()
            wanted -= taken
        return runs

    def _left(self) -> int:
        """Return how many bytes of the sub-buffer being read are still to come."""
        return self.size - self.padding[self.consumed % self.count] - self.bytes_consumed
