"""From operations to rows that the core carries out many of: which can be, and what they mean."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.engines.step.channel.files import lowest
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import ATTEMPTS, PATTERN_LONGEST, Kind
from relayviz.model.history.facts import KINDS
from relayviz.relay import BatchDeed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.model.channel.operation import Operation
    from relayviz.model.history.history import History
    from relayviz.relay import RelayFile

DEEDS = {
    Kind.WRITE: BatchDeed.WRITE,
    Kind.WRITE_NOLOCK: BatchDeed.WRITE_NOLOCK,
    Kind.SWITCH: BatchDeed.SWITCH,
    Kind.CONSUME: BatchDeed.CONSUME,
    Kind.FLUSH: BatchDeed.FLUSH,
    Kind.READ: BatchDeed.READ,
    Kind.POLL: BatchDeed.POLL,
}
MANY = 64  # buffers: whether all have the same marks is told as exactly as for few
_LONGEST = 2**16 - 1  # bytes of a read; longer ones are done one by one
_MOST = 2**32 - 1  # of other numbers
_KNOWN = 2**16  # operations that are remembered
_KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}


class Plan(NamedTuple):
    """An operation in numbers."""

    code: int  # by which the history knows it
    kind: int  # its place in KINDS
    cpu: int
    length: int
    subbufs: int  # to report as consumed
    deed: int
    file: int
    fd: int
    is_attempt: int


PLAN = np.dtype([(name, np.int64) for name in Plan._fields])


class Plans:
    """What a channel can be given in batches, as long as descriptors and CPUs stay as they are.

    Args:
        channel: The channel.
        history: The history that knows the operations.
    """

    def __init__(self, channel: StepChannel, history: History) -> None:
        self._channel, self._history = channel, history
        self._files = channel.consumer.files
        self._state = self._state_now()
        self._places = {fd: place for place, fd in enumerate(self._files)}
        self.files: list[RelayFile] = [file.handle for file in self._files.values()]
        self._known: dict[Operation, int | None] = {}
        self._plans: list[Plan] = []
        self._table = np.zeros(0, PLAN)

    def _state_now(self) -> tuple[object, ...]:
        channel = self._channel
        return (*self._files.items(), channel.mode, channel.channel.closed, len(channel.buffers))

    def hold_for(self, channel: StepChannel) -> bool:
        """Return whether this still is about a channel as it stands."""
        is_same = channel is self._channel and self._state == self._state_now()
        return is_same and len(self._known) < _KNOWN

    def of(self, operations: Iterable[Operation]) -> NDArray[np.void]:
        """Return the plans (PLAN) of operations up to the first that has none."""
        known = self._known
        found: list[int] = []
        for operation, alike in groupby(operations):  # "times=1000000" is the same, often
            try:
                number = known[operation]
            except KeyError:
                number = known[operation] = self._make(operation)
            if number is None:
                break
            found += [number] * len([*alike])
        if len(self._table) < len(self._plans):
            self._table = np.array(self._plans, PLAN)
        return self._table[found]

    def _make(self, operation: Operation) -> int | None:
        """Return the place of an operation's plan; None: it is done by itself."""
        kind = operation.kind
        if kind not in DEEDS or not self._is_plain(operation):
            return None
        file = 0
        if kind in (Kind.READ, Kind.POLL):
            if operation.fd is None:
                fd = lowest(self._files.values(), self._cpu_of(operation))
                operation = replace(operation, fd=fd, opens=False)
            if operation.fd not in self._places:
                return None
            file = self._places[operation.fd]
        self._plans.append(
            Plan(
                self._history.code_of(operation),
                _KIND_CODES[kind],
                operation.cpu,
                operation.length,
                operation.count,
                DEEDS[kind],
                file,
                operation.fd or 0,
                kind in ATTEMPTS,
            )
        )
        return len(self._plans) - 1

    def _cpu_of(self, operation: Operation) -> int:
        buf = self._channel.buffer(operation.cpu)
        return operation.cpu if buf is None else buf.cpu

    def _is_plain(self, operation: Operation) -> bool:
        channel, kind = self._channel, operation.kind
        if operation.data is not None or channel.mode is Mode.PYTHON or channel.channel.closed:
            return False
        if kind is Kind.FLUSH and len(channel.buffers) > MANY:
            return False
        longest = _MOST
        if kind in ATTEMPTS:
            longest = PATTERN_LONGEST
        elif kind is Kind.READ:
            longest = _LONGEST
        is_sized = 0 <= operation.length <= longest and 0 <= operation.count <= _MOST
        return is_sized and 0 <= operation.cpu < channel.config.cpus
