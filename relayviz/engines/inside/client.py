"""A subbuf_start in Python inside operations: asked between two steps, never on an actor's stack.

The actor stops, asking; the function is called for a copy of the buffer as it then is, and what it
did is given to the actor: its answer, the header that it reserved, the bytes that it stored. The
machine keeps that, so going back and forward asks nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from relayviz.engines.step.channel.client import Client
from relayviz.model.engine.protocol import OpenError
from relayviz.relay import SizeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.history.step import Decision
    from relayviz.relay import Buffer, ClientCall, Machine


@dataclass(slots=True)
class _Buffer:
    """What the function sees of a buffer: relayviz.relay.Buffer's figures, and the reserve."""

    cpu: int
    offset: int
    subbufs_produced: int
    subbufs_consumed: int
    bytes_consumed: int
    prev_padding: int
    current: int
    full: bool
    subbuf_size: int
    n_subbufs: int
    blocked: bool = False
    finalized: bool = False

    def subbuf_start_reserve(self, length: int) -> None:
        if not 0 <= length < self.subbuf_size - 1:
            raise SizeError(
                f"a header of {length} B must leave 2 bytes of the sub-buffer: "
                f"at most {max(self.subbuf_size - 2, 0)} B."
            )


@dataclass(frozen=True, slots=True)
class Answered:
    """What subbuf_start did: its decision, and both sub-buffers after it; `prev` None: none."""

    decision: Decision
    subbuf: bytes
    prev: bytes | None


class PythonClient:
    """The subbuf_start of a session that brings one in Python.

    Args:
        config: Of the channel.
        functions: What the user has confirmed.

    Raises:
        OpenError: Its source has not been confirmed.
    """

    def __init__(self, config: ChannelConfig, functions: Iterable[SubbufStart]) -> None:
        self._config = config
        known = {one.source: one.function for one in functions}
        self._client = Client(config.n_subbufs, known)
        if not self._client.use(config.source):
            message = "Confirm its subbuf_start in Python first: it runs as a program."
            raise OpenError("source", message)

    @property
    def runs_for(self) -> float:
        """How many seconds the user's code has been running; 0: it is not. Any thread."""
        return self._client.runs_for

    def give_up(self) -> bool:
        """Wait no more for the user's code; False: it is not running. Any thread."""
        return self._client.give_up()

    def opening(self) -> int:
        """Return the header that it reserves when a buffer is opened.

        Raises:
            OpenError: It reserves in each buffer another one, or stores something, or raises: the
                channel is opened before anybody steps.
        """
        size, found = self._config.subbuf_size, set[int]()
        cpus = self._config.online_cpus[:1] if self._config.is_global else self._config.online_cpus
        for cpu in cpus:
            buf = _Buffer(cpu, 0, 0, 0, 0, 0, 0, False, size, self._config.n_subbufs)
            decision = self._ask(buf, bytearray(size), None, 0)
            if decision.error is not None:
                raise OpenError("source", f"At the opening, it raised {decision.error.message}.")
            if decision.stores:
                raise OpenError("source", "Inside operations it may store nothing at the opening.")
            found.add(decision.reserved or 0)
        if len(found) > 1:
            raise OpenError("source", "Inside operations it must reserve the same in each buffer.")
        return found.pop() if found else 0

    def answer(self, machine: Machine, asked: ClientCall) -> Answered:
        """Ask it what a machine's actor asks."""
        seen, size = machine.snapshot(), self._config.subbuf_size
        row = next(at for at, one in enumerate(seen.buffers) if int(one["cpu"]) == asked.cpu)
        memory = machine.memory_of(row)
        new, prev = (
            bytearray(memory[index * size :][:size]) for index in (asked.subbuf, asked.prev)
        )
        buf = _buffer(seen.buffers[row], asked, size, self._config.n_subbufs)
        begins = asked.prev < 0  # else both may be the same one: what is stored is in the new one
        decision = self._ask(buf, new, None if begins else prev, asked.padding)
        return Answered(decision, bytes(new), None if begins else bytes(prev))

    def _ask(self, buf: _Buffer, new: bytearray, prev: bytearray | None, padding: int) -> Decision:
        self._client.ask()
        views = memoryview(new), None if prev is None else memoryview(prev)
        self._client(cast("Buffer", buf), *views, padding)  # it sees no more of one
        return self._client.decisions[-1]


def _buffer(row: np.void, asked: ClientCall, size: int, count: int) -> _Buffer:
    produced, consumed, offset, read = (
        int(row[name]) for name in ("produced", "consumed", "offset", "bytes_consumed")
    )
    padding, current = int(row["prev_padding"]), int(row["current"])
    full = bool(asked.full)
    return _Buffer(
        *(asked.cpu, offset, produced, consumed, read, padding, current, full, size, count)
    )
