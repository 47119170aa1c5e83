"""The engine that shows one channel of a kernel: looked at, nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.viewing.past import Past
from relayviz.engines.kernel.viewing.shown import Shown, Status, read_of, show
from relayviz.engines.kernel.viewing.state import config_of, position_in, rows_of
from relayviz.engines.kernel.viewing.taking import can_be_saved, save_seen, stepped_from
from relayviz.engines.looked.engine import LookingEngine, Read
from relayviz.engines.looked.watch import GoneError
from relayviz.model.engine.foreign import WHOLE_BUFFER
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.kernel.looks import Following, Looks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.engines.kernel.source import Source
    from relayviz.engines.looked.watch import Watch
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.kernel import Where
    from relayviz.model.kernel.look import Channel, Look
    from relayviz.model.live.live import Rates

CLOSED = "The kernel has this channel no more: it was closed. This is how it was looked at last."


class KernelEngine(LookingEngine["Source", Shown]):
    """Shows a channel of a kernel. Its snapshots have `foreign`.

    Args:
        watch: Looks at the kernel.
        where: Which kernel it is.
        channel: As it was looked at first.
        release: Of the kernel.

    Raises:
        OpenError: It is too damaged to be drawn.
    """

    kind: ClassVar[str] = "kernel"

    def __init__(
        self, watch: Watch[Source], where: Where, channel: Channel, release: str | None
    ) -> None:
        super().__init__(watch, config_of(channel), watching=where.runs)
        self._where = where
        self._release = release or "a kernel that does not say which"
        self._cpus = tuple(buffer.percpu_slot for buffer in rows_of(channel))
        self._past = Past(len(self._cpus)) if where.runs else None
        self._following = Following(self._cpus)
        self._began = time.time()
        self._seconds, self._first = 0.0, 0.0  # of the last look; the watch's time at the first
        self._dropped: int | None = None  # at the first look
        self._follow(channel, 0.0)
        status, looks = self._status(), self._looks(channel)
        self._begin(show(channel, self.config, None, status, bytes_read={}, looks=looks))

    # ---------------------------------------------------------------- for views

    @property
    def can(self) -> frozenset[Can]:
        """What it is like can be taken along; one that runs can be looked at again and again."""
        if self._gone:
            return frozenset()
        can = {Can.HAND_OVER} | ({Can.SAVE} if can_be_saved(self._where) else set())
        return frozenset(can | ({Can.WATCH} if self._where.runs else set()))

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> Rates | None:
        """Return what looks of a stretch found, in bins; None: there is but one look."""
        if self._past is None:
            return None
        return self._past.rates(seconds, columns, self._seconds - back)

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> NDArray[np.uint32] | None:
        """Return what looks of a stretch found on each buffer; None: there is but one look."""
        if self._past is None:
            return None
        lanes = np.zeros((self.config.cpus, columns), np.uint32)
        lanes[list(self._cpus)] = self._past.lanes(seconds, columns, self._seconds - back)
        return lanes

    def step_from_here(self) -> StepEngine:
        """Return a stepped channel of the same sizes, in the state that this one is in.

        What is shown stays as it is. A kernel that runs is read for it, one buffer after the other.

        Raises:
            OpenError: It cannot be: a buffer is damaged, its writer is in the middle of a switch,
                or the kernel is gone.
        """
        try:
            channel = self._shown.channel
            return self._watch.ask(lambda source: stepped_from(source, self.config, channel))
        except GoneError as error:
            raise OpenError(None, f"{error}") from error

    def save_seen(self, path: Path) -> str:
        """Write a dump with the pages that looking at this channel needs; say what is in it.

        Raises:
            OpenError: It cannot be written, or the kernel is gone.
        """
        try:
            channel = self._shown.channel
            return self._watch.ask(lambda source: save_seen(source, channel, path))
        except GoneError as error:
            raise OpenError(None, f"{error}") from error

    # ---------------------------------------------------------------- for the thread that looks

    def take(self, look: Look, source: Source, seconds: float) -> None:
        """Show a look, with the bytes of the rows that views ask for."""
        channel = self._mine(look)
        if channel is None:
            self.lose(CLOSED)
            return
        self._follow(channel, seconds)
        shown = self._shown
        read = {row: self._read_of(source, channel, row) for row in self._still_wanted()}
        with self._guard:
            if self._watching:
                status, looks = self._status(), self._looks(channel)
                self._publish(
                    show(channel, self.config, shown, status, bytes_read=read, looks=looks)
                )

    # ---------------------------------------------------------------- inside

    def _again(self, bytes_read: Mapping[int, Read]) -> Shown:
        shown = self._shown
        looks = self._looks(shown.channel)
        channel, status = shown.channel, self._status()
        return show(channel, self.config, shown, status, bytes_read=bytes_read, looks=looks)

    def _follow(self, channel: Channel, seconds: float) -> None:
        """Take a look in, so long after the kernel was opened."""
        following = self._following
        if self._past is None:
            return
        if not following.count:
            self._dropped = channel.client.dropped if channel.client is not None else None
            self._first = self._watch.seconds
        else:
            self._seconds = max(0.0, seconds - self._first)
        there = {one.percpu_slot: position_in(channel, one) for one in channel.buffers}
        positions = [there.get(cpu) for cpu in self._cpus]  # CPUs may come on line later
        following.take(self._seconds, positions, self._past.add(self._seconds, positions))

    def _looks(self, channel: Channel) -> Looks | None:
        """Return what all looks tell; None: there is but one."""
        following, client = self._following, channel.client
        if self._past is None:
            return None
        dropped = None
        if client is not None and self._dropped is not None:
            dropped = client.dropped - self._dropped
        return Looks(
            following.count,
            self._seconds,
            self._watch.hz,
            self.watching,
            self._began,
            self._cpus,
            following.courses,
            following.flushes,
            following.finishes,
            dropped,
        )

    def _mine(self, look: Look) -> Channel | None:
        """Return the channel in a look, if its buffers are those that are drawn."""
        mine = self._shown.channel
        for one in look.channels:
            same = one.addr == mine.addr and one.subbuf_size == mine.subbuf_size
            if same and one.n_subbufs == mine.n_subbufs and one.buffers:
                return one
        return None

    def _read(self, source: Source, shown: Shown, row: int) -> Read:
        return self._read_of(source, shown.channel, row)

    def _is_of(self, one: Shown, other: Shown) -> bool:
        return one.channel is other.channel

    def _read_of(self, source: Source, channel: Channel, row: int) -> Read:
        rows = rows_of(channel)
        if row >= len(rows):
            return Read(None, {WHOLE_BUFFER: "This buffer is not there any more."})
        try:
            contents = source.contents(channel, rows[row])
        except UnreadableError as error:
            return Read(None, {WHOLE_BUFFER: f"The memory of this buffer cannot be read: {error}."})
        if contents.after.chan != channel.addr:
            return Read(None, {WHOLE_BUFFER: CLOSED})
        return read_of(channel, rows[row], contents)

    def _status(self) -> Status:
        name = self._where.name
        if self._gone:
            return Status(f"{name}: {self._gone}", changes=True, is_gone=True)
        if not self._where.runs:
            return Status(f"{self._release}, as its memory was saved in {name}.")
        if not self._watching:
            return Status(f"{self._release} on {name}: paused; it goes on.", changes=True)
        return Status(f"{self._release} on {name}: looked at all the time.", True, True)
