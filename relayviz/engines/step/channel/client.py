"""The user's subbuf_start between the channel and Python: asked once, repeated ever after.

What a call did (its answer, the header it reserved, the bytes it stored, what it raised) becomes a
Decision. A replay repeats decisions and never runs the user's code.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from relayviz.model.channel.client import TimeLimit, explain, first_line
from relayviz.model.channel.trail import Over
from relayviz.model.history.history import Decision, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from relayviz.model.channel.call import Call
    from relayviz.relay import Buffer


class GivenUpError(BaseException):
    """Nobody waits any more for what the user's code was asked."""


class Client:
    """What relayviz.relay calls as subbuf_start in the mode "python".

    Threads: the one that performs operations; runs_for and give_up: any.

    Args:
        n_subbufs: Sub-buffers of a buffer.
        functions: What the user has confirmed, by source; may grow.

    Attributes:
        source: The source of the function that is asked.
        decisions: What it decided since `ask`.
        noted: Callbacks for files that ran since then.
        over: What it stored since then where events may lie.
    """

    def __init__(self, n_subbufs: int, functions: Mapping[str, Callable[..., object]]) -> None:
        self.source = ""
        self.decisions: list[Decision] = []
        self.noted: list[Call] = []
        self.over: list[Over] = []
        self._n_subbufs, self._functions = n_subbufs, functions
        self._repeated: Iterator[Decision] | None = None
        self._limit = TimeLimit()
        self._guard = threading.Lock()  # of the two below
        self._asked_at = 0.0  # when the user's code was called; 0: it is not running
        self._is_given_up = False

    @property
    def runs_for(self) -> float:
        """How many seconds the user's code has been running; 0: it is not."""
        with self._guard:
            return time.monotonic() - self._asked_at if self._asked_at else 0.0

    def give_up(self) -> bool:
        """Wait no more for the user's code: when it returns, GivenUpError ends the operation.

        Returns:
            False: it is not running.
        """
        with self._guard:
            self._is_given_up |= bool(self._asked_at)
            return self._is_given_up

    def use(self, source: str) -> bool:
        """Ask the function of another source from now on; False: it has not been confirmed."""
        if source in self._functions:
            self.source = source
        return source in self._functions

    def ask(self) -> None:
        """Ask the user's function from now on; begin new lists of what ran."""
        self._repeated, self.decisions, self.noted, self.over = None, [], [], []
        self._limit = TimeLimit()  # for all calls together: a flush makes one for each CPU

    def repeat(self, decisions: Iterable[Decision]) -> None:
        """Do from now on what was decided before, in the same order."""
        self._repeated = iter(decisions)

    def note(self, call: Call) -> None:
        """Note a callback that ran, unless it ran in a replay."""
        if self._repeated is None:
            self.noted.append(call)

    def __call__(
        self, buf: Buffer, subbuf: memoryview, prev: memoryview | None, prev_padding: int
    ) -> bool:
        """Decide what happens at a switch: True goes on, False refuses."""
        if self._repeated is not None:
            decision = next(self._repeated)
            if decision.reserved is not None:
                buf.subbuf_start_reserve(decision.reserved)
        else:
            is_same = prev is not None and buf.subbufs_produced % self._n_subbufs == buf.current
            decision = self._decide(buf, subbuf, subbuf if is_same else prev, prev_padding)
            self.decisions.append(decision)
            if prev is not None:
                self.over += self._over(buf, decision)
        for store in decision.stores:
            target = prev if store.into == "previous" and prev is not None else subbuf
            target[store.offset : store.offset + len(store.data)] = store.data
        return decision.accepted

    def _over(self, buf: Buffer, decision: Decision) -> Iterator[Over]:
        """Give what a decision stores into a sub-buffer that has its events still.

        A new one that it agrees to has none any more; one that it refuses is the oldest.
        """
        for store in decision.stores:
            is_new = store.into == "new"
            if not (is_new and decision.accepted):
                index = buf.subbufs_produced % self._n_subbufs if is_new else buf.current
                yield Over(buf.cpu, index, store.offset, store.offset + len(store.data))

    def _decide(
        self, buf: Buffer, subbuf: memoryview, prev: memoryview | None, prev_padding: int
    ) -> Decision:
        """Ask the user's function. It gets copies: what it keeps of them can do no harm later."""
        function = self._functions[self.source]
        new = bytearray(subbuf)
        old = None if prev is None else new if prev is subbuf else bytearray(prev)
        views = memoryview(new), None if old is None else memoryview(old)
        seen = ClientBuffer(buf)
        accepted, error = False, None
        try:
            accepted = _answer(self._call(function, seen, *views, prev_padding))
        except GivenUpError:
            raise
        except BaseException as raised:  # noqa: BLE001  whatever it raises, an exit too
            error = explain(raised)
            if error.line is None:  # nothing of it raised: what it returned is wrong
                error = replace(error, line=first_line(function))
        stores = [*_stores("new", subbuf, new)]
        if prev is not None and old is not None and old is not new:
            stores += _stores("previous", prev, old)
        return Decision(accepted, seen.end(), tuple(stores), error)

    def _call(self, function: Callable[..., object], *arguments: object) -> object:
        self._note(time.monotonic())
        try:
            return self._limit.call(function, *arguments)
        finally:
            self._note(0.0)

    def _note(self, asked_at: float) -> None:
        with self._guard:
            self._asked_at = asked_at
            if self._is_given_up:
                raise GivenUpError


class ClientBuffer:
    """What the user's subbuf_start sees of a buffer: all that can be read, and the reserve.

    Args:
        buf: The buffer.
    """

    __slots__ = ("_buf", "_reserved")

    def __init__(self, buf: Buffer) -> None:
        self._buf: Buffer | None = buf
        self._reserved: int | None = None

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or self._buf is None:
            raise AttributeError(f"buf.{name}: there is no such thing, or subbuf_start is over")
        return getattr(self._buf, name)

    def subbuf_start_reserve(self, length: int) -> None:
        """Keep `length` bytes at the start of the new sub-buffer for a header."""
        if self._buf is None:
            raise RuntimeError("subbuf_start_reserve can only be called inside subbuf_start")
        self._buf.subbuf_start_reserve(length)
        self._reserved = length

    def end(self) -> int | None:
        """Let nothing be done any more; return what was reserved."""
        self._buf = None
        return self._reserved


def _answer(answer: object) -> bool:
    if not isinstance(answer, int):
        raise TypeError(f"subbuf_start must return True or False, not {answer!r:.60}")
    return bool(answer)


def _stores(
    into: Literal["new", "previous"], before: memoryview, after: bytearray
) -> Iterator[Store]:
    """Give each run of bytes that is not as before."""
    if before == after:
        return
    differs = np.flatnonzero(np.frombuffer(before, np.uint8) != np.frombuffer(after, np.uint8))
    for run in np.split(differs, np.flatnonzero(np.diff(differs) > 1) + 1):
        start, end = int(run[0]), int(run[-1]) + 1
        yield Store(into, start, bytes(after[start:end]))
