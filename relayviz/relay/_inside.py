"""Machines whose actors are stepped through the core's code, from one probe to the next."""

from __future__ import annotations

from dataclasses import fields
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from relayviz import _relay
from relayviz.relay._inside_data import (
    ActorLook,
    ClientCall,
    Explored,
    FileLook,
    Judged,
    MachineConfig,
    Pruning,
    Site,
    Stepped,
)
from relayviz.relay._observing import BUFFER_DTYPE, SUBBUF_DTYPE, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


def sites() -> list[Site]:
    """Return the places in the source at which actors stop."""
    return [Site(*row) for row in _relay.inside_sites()]


def failed_calls() -> tuple[list[ClientCall], int]:
    """Return the callbacks of the last machine that could not be opened in this thread."""
    rows, count = _relay.inside_failed_calls()
    return [ClientCall(*row) for row in rows], count


def _plain(value: object) -> object:
    return int(value) if isinstance(value, IntEnum) else value


class Machine:
    """A machine with a channel and actors. One thread at a time.

    Args:
        config: What it is like.

    Raises:
        RelayError: The channel cannot be opened.
    """

    def __init__(self, config: MachineConfig) -> None:
        self.config = config
        self._inside = _relay.Inside(
            {each.name: _plain(getattr(config, each.name)) for each in fields(MachineConfig)}
        )
        self.actors = 0

    def add(self, kind: int, cpu: int) -> int:
        """Return the number of a new actor; IndexError: there are too many, or no such CPU."""
        number = self._inside.add(kind, cpu)
        if number < 0:
            raise IndexError("there are too many actors, or there is no such CPU")
        self.actors += 1
        return number

    def queue(
        self,
        actor: int,
        what: int,
        cpu: int,
        *,
        length: int = 0,
        count: int = 1,
        fd: int = -1,
        event: int = 0,
        data: bytes | None = None,
    ) -> None:
        """Put an operation behind an actor's queue."""
        self._inside.queue(actor, what, cpu, length, count, fd, event, data)

    def step(self, actor: int) -> Stepped:
        """Let an actor go to its next stop."""
        return Stepped(self._inside.run(actor, -1, 1)[0])

    def run(self, actor: int, *, stop: int = -1, most: int = 1 << 40) -> tuple[Stepped, int]:
        """Let an actor go on until its operation ends, or to a stop; how it ended, and steps."""
        ended, steps = self._inside.run(actor, stop, most)
        return Stepped(ended), steps

    def look(self, actor: int) -> ActorLook:
        """Return how an actor stands."""
        return ActorLook(*self._inside.look(actor))

    def judged(self) -> Judged:
        """Return what was counted so far."""
        return Judged(*self._inside.figures())

    def snapshot(self) -> Snapshot:
        """Return what the channel looks like."""
        config, channel = self.config, self._inside.channel_of()
        rows = 1 if config.is_global else config.cpus
        buffers = np.zeros(rows * BUFFER_DTYPE.itemsize, np.uint8)
        subbufs = np.zeros(rows * config.n_subbufs * SUBBUF_DTYPE.itemsize, np.uint8)
        count = self._inside.fill_snapshot(buffers, subbufs)
        is_global, named, last_toobig, alloc_size, online = channel or (
            *(config.is_global, config.base_filename is not None, 0),
            *(-(-config.subbuf_size * config.n_subbufs // 4096) * 4096, [False] * config.cpus),
        )
        return Snapshot(
            buffers.view(BUFFER_DTYPE)[:count],
            subbufs.view(SUBBUF_DTYPE).reshape(rows, config.n_subbufs)[:count],
            config.base_filename if named else None,
            config.subbuf_size,
            config.n_subbufs,
            alloc_size,
            config.cpus,
            tuple(cpu for cpu, on in enumerate(online) if on),
            is_global,
            last_toobig,
            channel is None,
        )

    @property
    def is_closed(self) -> bool:
        """Whether relay_close has ended."""
        return self._inside.channel_of() is None

    @property
    def named(self) -> bool:
        """Whether the channel has files."""
        channel = self._inside.channel_of()
        return channel is not None and channel[1]

    def memory_of(self, row: int) -> bytes:
        """Return the memory of a snapshot's row, or of descriptor -1 - row."""
        return self._inside.memory_of(row, self.config.subbuf_size * self.config.n_subbufs) or b""

    def ages(self, row: int) -> NDArray[np.uint32]:
        """Return who wrote each byte: numbers of events, with marks above them."""
        size = self.config.subbuf_size * self.config.n_subbufs
        return np.frombuffer(self._inside.ages(row, size) or b"", np.uint32)

    def copy_of(self, actor: int) -> tuple[bytes, NDArray[np.uint32]]:
        """Return what a reader has got so far, and who wrote it."""
        copied, ages = self._inside.copy_of(actor)
        return copied, np.frombuffer(ages, np.uint32)

    def calls(self) -> tuple[list[ClientCall], int]:
        """Return the callbacks since the last call of this: the first rows, and how many."""
        rows, count = self._inside.calls()
        return [ClientCall(*row) for row in rows], count

    def asked(self, actor: int) -> ClientCall | None:
        """Return what subbuf_start is asked; None: nothing."""
        row = self._inside.asked(actor)
        return None if row is None else ClientCall(*row)

    def answer(
        self,
        actor: int,
        answer: int,
        header: int = 0,
        subbuf: bytes | None = None,
        prev: bytes | None = None,
    ) -> None:
        """Answer for subbuf_start; a step of its own.

        Args:
            actor: Who asks.
            answer: 1: go on in the new sub-buffer; 0: refuse.
            header: Bytes that are reserved in it.
            subbuf: All bytes of the new sub-buffer, with what was stored there; None: nothing was.
            prev: The same of the one before.
        """
        self._inside.answer(actor, answer, header, subbuf, prev)

    def time_out(self, actor: int) -> None:
        """Let the time of a sleeping poll be up; a step of its own."""
        self._inside.time_out(actor)

    def file_of(self, fd: int) -> FileLook | None:
        """Return the figures of a descriptor's buffer; None: it is not open."""
        row = self._inside.file_of(fd)
        return None if row is None else FileLook(*row)

    def digest(self) -> int:
        """Return a digest of all that decides about what comes; of this process alone."""
        return self._inside.hash()

    @property
    def position(self) -> int:
        """Steps on the way to here."""
        return self._inside.position()

    @property
    def length(self) -> int:
        """Steps that are known, those ahead included."""
        return self._inside.length()

    def decision(self, index: int) -> int:
        """Return the actor of a step."""
        return self._inside.decision(index)

    def seek(self, position: int) -> bool:
        """Go to a moment; false: it lies beyond what is known."""
        return self._inside.seek(position)

    def compute(self, code: Sequence[tuple[int, int]]) -> float:
        """Return the value of an expression in postfix form, here and now; 0: no number."""
        return self._inside.compute([(int(word), value) for word, value in code])

    def explore(
        self,
        code: Sequence[tuple[int, int]],
        *,
        pruning: Pruning = Pruning.STATE,
        switches: int | None = None,
        interrupts: int | None = None,
        states: int = 0,
        memory: int = 0,
        last: int | None = None,
        by_steps: bool = False,
        goes_on: Callable[[int], bool] | None = None,
    ) -> Explored:
        """Look for a schedule in which `code` is not 0, from the moment that is shown.

        Args:
            code: In postfix form; empty: nothing is looked for, all is gone through.
            pruning: What is left out.
            switches: At most so many times another actor goes on.
            interrupts: At most so many interrupts.
            states: At most so many states.
            memory: At most so many bytes of states that wait.
            last: Who went on before: that another one does is a switch.
            by_steps: Of the schedules that lead there the one with the fewest steps, and of those
                the fewest switches; not by order. Else the fewest switches come first.
            goes_on: Asked now and then with the number of states.
        """
        row = self._inside.explore(
            [(int(word), value) for word, value in code],
            int(pruning),
            -1 if switches is None else switches,
            -1 if interrupts is None else interrupts,
            states,
            memory,
            -1 if last is None else last,
            by_steps,
            goes_on,
        )
        return Explored(*row)
