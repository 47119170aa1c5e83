"""From the steps of a channel to a session inside operations: the same was done, then the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind, Operation
from relayviz.model.inside.file import MAX_ACTORS, MAX_CPUS
from relayviz.model.inside.program import Actor, Deed, InsideSession, Role, RunTo, Scheduled
from relayviz.model.session.line import normal, write_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from relayviz.model.channel.config import ChannelConfig

LEFT_OUT = frozenset({Kind.OPEN_FILE, Kind.CLOSE_FILE, Kind.MMAP, Kind.UNMAP})
"""A reader opens its own file; nothing of the channel depends on these."""

READS = frozenset({Kind.READ, Kind.POLL, Kind.SPLICE})
OTHER = 16  # bytes that an interrupt writes, or as many as fit


class CannotStepIntoError(ValueError):
    """What was done cannot be done inside operations; says why."""


def stepped_into(
    config: ChannelConfig, done: Sequence[Operation], then: Operation, *, title: str = ""
) -> InsideSession:
    """Return a session whose schedule does what was done, and whose actors can then do the next.

    Beside the actor of the next operation stands an interrupt on its CPU that can come upon it.

    Args:
        config: The channel's.
        done: What was done, in order.
        then: What is about to be done.
        title: What the session is about.

    Raises:
        CannotStepIntoError: It cannot be; says why.
    """
    _refuse(config, (*done, then))
    queues: dict[tuple[Role, int], list[Deed]] = {}
    schedule: list[Scheduled] = []
    for operation in done:
        if operation.kind in LEFT_OUT:
            continue
        who = _who(operation)
        queues.setdefault(who, []).append(_deed(operation))
        schedule.append(Scheduled(RunTo(_name(who)), len(schedule)))
    queues.setdefault(_who(then), []).append(_deed(then))
    if then.kind in ATTEMPTS:
        other = Operation(Kind.WRITE, then.cpu, min(OTHER, config.subbuf_size))
        queues.setdefault((Role.INTERRUPT, then.cpu), []).append(_deed(other))
    if len(queues) > MAX_ACTORS:
        raise CannotStepIntoError(
            f"What was done needs {len(queues)} actors: on each CPU a task and a reader. Inside "
            f"operations there are {MAX_ACTORS} at most: step into a channel of fewer CPUs."
        )
    actors = (Actor(_name(who), *who, tuple(queue)) for who, queue in queues.items())
    return InsideSession(config, actors=tuple(actors), schedule=tuple(schedule), title=title)


def _refuse(config: ChannelConfig, operations: Iterable[Operation]) -> None:
    if config.cpus > MAX_CPUS:
        raise CannotStepIntoError(
            f"Inside operations there are {MAX_CPUS} CPUs at most, and this channel has "
            f"{config.cpus}."
        )
    if config.mode is Mode.PYTHON:
        raise CannotStepIntoError(
            "Inside operations subbuf_start is no Python: choose another mode for the channel."
        )
    for operation in operations:
        if operation.kind is Kind.SET_MODE:
            raise CannotStepIntoError(
                "The mode was changed on the way here, and inside operations there is one from "
                "the beginning: step into a step before that."
            )


def _who(operation: Operation) -> tuple[Role, int]:
    role = Role.READER if operation.kind in READS else Role.TASK
    return role, max(operation.cpu, 0)


def _name(who: tuple[Role, int]) -> str:
    role, cpu = who
    return {Role.TASK: "task", Role.READER: "reader", Role.INTERRUPT: "irq"}[role] + str(cpu)


def _deed(operation: Operation) -> Deed:
    plain = replace(operation, event=None, fd=None)  # its reader's own file, the oldest slot
    return Deed(write_line(normal(plain), {}, 1), plain)
