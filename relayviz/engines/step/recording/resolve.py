"""From what is asked for to what is meant: every CPU, the descriptor, the slot, all checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.step.channel.files import StepError, lowest
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import ALL, ATTEMPTS, ON_ONE_CPU, Kind, Operation

if TYPE_CHECKING:
    from collections.abc import Collection

    from relayviz.engines.step.channel.channel import StepChannel

_MAX_LENGTH = 2**28  # bytes of one event: far more than fits any sub-buffer one would look at
_MAX_COUNT = 2**32 - 1
_ON_FILES = frozenset({Kind.CLOSE_FILE, Kind.READ, Kind.POLL, Kind.SPLICE, Kind.MMAP})


def spread(channel: StepChannel, operation: Operation) -> list[Operation]:
    """Return the operations that one stands for: on ALL CPUs, or behind the opening of a file."""
    each = [operation]
    if operation.cpu == ALL and operation.kind in ON_ONE_CPU:
        cpus = sorted(_all_cpus(channel, operation))
        each = [replace(operation, cpu=cpu) for cpu in cpus or channel.config.online_cpus[:1]]
    if not operation.opens:
        return each
    return [one for asked in each for one in _opening(channel, asked)]


def _opening(channel: StepChannel, asked: Operation) -> list[Operation]:
    """Return an operation, behind the opening of the file that it needs if none is open."""
    operation = replace(asked, opens=False)
    has_files = channel.channel.base_filename is not None and not channel.channel.closed
    fd = operation.fd
    if fd is None:
        fd = lowest(channel.consumer.files.values(), _cpu_of(channel, operation))
    if fd is not None or not has_files:  # the operation itself says what is missing
        return [operation]
    return [Operation(Kind.OPEN_FILE, operation.cpu, text="r"), operation]


def _all_cpus(channel: StepChannel, operation: Operation) -> Collection[int]:
    kind = operation.kind
    if kind is Kind.CPU_ONLINE:
        return range(channel.config.cpus)
    if kind in _ON_FILES and not operation.opens:
        return {file.shown.cpu for file in channel.consumer.files.values()}
    if kind is Kind.UNMAP:
        return {view.shown.cpu for view in channel.consumer.mappings.values()}
    if kind is Kind.FILL:
        return {slot.shown.cpu for slot in channel.slots.values()}
    buffers = {buf.cpu for buf in channel.buffers}
    if operation.opens or kind in (Kind.CONSUME, Kind.OPEN_FILE) or channel.channel.is_global:
        return buffers
    return buffers.intersection(channel.channel.online)


def resolve(channel: StepChannel, operation: Operation) -> Operation:
    """Fill in what an operation leaves open: the descriptor, the mapping, the reserved event.

    Raises:
        StepError: A number is out of range.
    """
    _check(operation)
    cpu, consumer = _cpu_of(channel, operation), channel.consumer
    if operation.kind is Kind.FILL and operation.event is None:
        waiting = (slot.shown for slot in channel.slots.values())
        event = next((one.event for one in waiting if one.cpu == operation.cpu), None)
        return replace(operation, event=event)
    if operation.kind is Kind.UNMAP and operation.fd is None:
        return replace(operation, fd=lowest(consumer.mappings.values(), cpu))
    if operation.kind in _ON_FILES and operation.fd is None:
        return replace(operation, fd=lowest(consumer.files.values(), cpu))
    return operation


def _cpu_of(channel: StepChannel, operation: Operation) -> int:
    buf = channel.buffer(operation.cpu)
    return operation.cpu if buf is None else buf.cpu


def _check(operation: Operation) -> None:
    most = _MAX_LENGTH if operation.kind in ATTEMPTS else _MAX_COUNT
    if not 0 <= operation.length <= most:
        raise StepError(f"{operation.length} B cannot be done: give 0 to {most} bytes.")
    if not 0 <= operation.count <= _MAX_COUNT:
        raise StepError(f"{operation.count} cannot be counted: give 0 to {_MAX_COUNT}.")
    if operation.kind is Kind.OPEN:
        raise StepError("A channel is opened once, with its history: make a new one.")
    if operation.kind is Kind.SET_MODE and operation.text not in set(Mode):
        raise StepError(f'"{operation.text}" is no mode: say {", ".join(Mode)}.')
