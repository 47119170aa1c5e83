"""The engine that shows one channel of another process: looked at, nothing else."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from relayviz.engines.attach.viewing.happened import Happened
from relayviz.engines.attach.viewing.past import AccountPast
from relayviz.engines.attach.viewing.shown import DAMAGED, Shown, read_of, show
from relayviz.engines.attach.viewing.source import ChannelSource
from relayviz.engines.attach.viewing.state import config_of, position_of, state_of
from relayviz.engines.attach.viewing.taking import stepped_from
from relayviz.engines.attach.viewing.told import damaged_rows
from relayviz.engines.looked.engine import LookingEngine, Read
from relayviz.engines.looked.watch import GoneError, Watch
from relayviz.model.channel.config import Mode
from relayviz.model.engine.foreign import WHOLE_BUFFER
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.kernel.changes import change
from relayviz.model.kernel.looks import Following, Looks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from relayviz.engines.attach.viewing.state import ChannelLook
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.kernel.position import Position
    from relayviz.model.live.live import Rates
    from relayviz.model.others import OtherChannel


class AttachEngine(LookingEngine[ChannelSource, Shown]):
    """Shows a channel of another process, running or dead. Its snapshots have `foreign`.

    Args:
        watch: Looks at it.
        look: The first look.

    Raises:
        OpenError: It is too damaged to be drawn.
    """

    kind: ClassVar[str] = "attach"
    can: ClassVar[frozenset[Can]] = frozenset({Can.HAND_OVER, Can.WATCH})

    def __init__(self, watch: Watch[ChannelSource], look: ChannelLook) -> None:
        super().__init__(watch, config_of(look), watching=True)
        self._cpus = tuple(one.cpu for one in look.buffers)
        self._past, self._following = AccountPast(self._cpus), Following(self._cpus)
        self._positions: tuple[Position | None, ...] = (None,) * len(self._cpus)
        self._happened = Happened()
        self._began = time.time()
        self._seconds, self._first = 0.0, watch.seconds  # of the last look; when the first was
        self._follow(look)
        self._begin(self._show(look, None, {}))

    # ---------------------------------------------------------------- for views

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> Rates:
        """Return what looks of a stretch found, in bins."""
        return self._past.rates(seconds, columns, self._seconds - back)

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> NDArray[np.uint32]:
        """Return what looks of a stretch found on each buffer."""
        lanes = np.zeros((self.config.cpus, columns), np.uint32)
        lanes[list(self._cpus)] = self._past.lanes(seconds, columns, self._seconds - back)
        return lanes

    def step_from_here(self) -> StepEngine:
        """Return a stepped channel of the same sizes, in the state that this one is in.

        What is shown stays as it is. One that runs is read for it, one buffer after the other.

        Raises:
            OpenError: It cannot be: a buffer is damaged, or its writer is too fast to be read.
        """
        try:
            config = replace(self.config, mode=self.snapshot.mode)
            return self._watch.ask(lambda source: stepped_from(source, config))
        except GoneError as error:
            raise OpenError(None, f"{error}") from error

    # ---------------------------------------------------------------- for the thread that looks

    def take(self, look: ChannelLook, source: ChannelSource, seconds: float) -> None:
        """Show a look, with the bytes of the rows that views ask for."""
        is_still = not any(any(course.rates) for course in self._following.courses)
        if is_still and _is_same(look, self._shown.look):
            return
        self._seconds = max(0.0, seconds - self._first)
        self._follow(look)
        read = {row: self._read_of(source, look, row) for row in self._still_wanted()}
        with self._guard:
            if self._watching:
                self._publish(self._show(look, self._shown, read))

    # ---------------------------------------------------------------- inside

    def _follow(self, look: ChannelLook) -> None:
        """Take a look in."""
        there = {one.cpu: position_of(one) for one in look.buffers}
        positions = tuple(there.get(cpu) for cpu in self._cpus)  # CPUs may come on line later
        before = self._positions if self._following.count else positions
        changes = [change(*pair) for pair in zip(before, positions, strict=True)]
        self._following.take(self._seconds, positions, changes)
        self._positions = positions
        state = state_of(look, self.config, Mode.DEFAULT)
        self._past.add(self._seconds, state, damaged_rows(look))
        self._happened.take(look)

    def _show(self, look: ChannelLook, before: Shown | None, read: Mapping[int, Read]) -> Shown:
        looks = Looks(
            self._following.count,
            self._seconds,
            self._watch.hz,
            self.watching,
            self._began,
            self._cpus,
            self._following.courses,
            self._following.flushes,
            self._following.finishes,
        )
        seen = self._happened.seen
        return show(look, self.config, before, looks=looks, seen=seen, bytes_read=read)

    def _again(self, bytes_read: Mapping[int, Read]) -> Shown:
        return self._show(self._shown.look, self._shown, bytes_read)

    def _is_of(self, one: Shown, other: Shown) -> bool:
        return one.look is other.look

    def _read(self, source: ChannelSource, shown: Shown, row: int) -> Read:
        return self._read_of(source, shown.look, row)

    def _read_of(self, source: ChannelSource, look: ChannelLook, row: int) -> Read:
        if row >= len(look.buffers) or look.buffers[row].is_damaged:
            return Read(None, {WHOLE_BUFFER: DAMAGED})
        try:
            return read_of(look, row, source.contents(look.buffers[row].cpu))
        except OSError as error:
            why = f"Its bytes cannot be read: {error.strerror or error}."
            return Read(None, {WHOLE_BUFFER: why})


def _is_same(look: ChannelLook, before: ChannelLook) -> bool:
    """Whether nothing has come to a channel that nobody writes to any more."""
    is_over = look.alive is False or look.is_closed
    return is_over and _told(look) == _told(before)


def _told(look: ChannelLook) -> tuple[object, ...]:
    rows = (
        (one.told.alive, one.told.buffer is None or one.told.buffer.tobytes(), one.cpu)
        for one in look.buffers
    )
    return look.heir, *rows


def join(channel: OtherChannel) -> AttachEngine:
    """Look at a channel that was found, from a thread of its own.

    Raises:
        OpenError: It is not there any more, or too damaged to be drawn.
    """
    try:
        source = ChannelSource(channel)
        look = source.look()
    except GoneError as error:
        raise OpenError(None, str(error)) from error
    watch = Watch(source, runs=True, name="attach")
    try:
        return AttachEngine(watch, look)
    finally:
        watch.leave(None, 0.0)  # the engine holds it from now on
