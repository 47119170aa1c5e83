"""A machine as a session describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relayviz import relay
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.condition import Codes
from relayviz.model.inside.program import Own, Role, Rule
from relayviz.relay import BUFFER_DTYPE, Code, MachineConfig, MachineMode, What

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.inside.program import Deed, InsideSession

STOP_NAMES = tuple(stop.name for stop in relay.STOPS)
"""The names of stops by number."""

_MODES = {
    Mode.NO_OVERWRITE: MachineMode.NO_OVERWRITE,
    Mode.OVERWRITE: MachineMode.OVERWRITE,
    Mode.DEFAULT: MachineMode.DEFAULT,
    Mode.PYTHON: MachineMode.ASK,
}
_WHATS = {
    Kind.WRITE: What.WRITE,
    Kind.WRITE_NOLOCK: What.WRITE_NOLOCK,
    Kind.RESERVE: What.RESERVE,
    Kind.FILL: What.FILL,
    Kind.SWITCH: What.SWITCH,
    Kind.FLUSH: What.FLUSH,
    Kind.RESET: What.RESET,
    Kind.CONSUME: What.CONSUME,
    Kind.CLOSE: What.CLOSE,
    Kind.LATE_SETUP: What.LATE_SETUP,
    Kind.READ: What.READ,
    Kind.POLL: What.POLL,
    Kind.SPLICE: What.SPLICE,
}
_OWN = {Own.SLEEP: What.SLEEP, Own.MAP_READ: What.MAP_READ}


def build(session: InsideSession, faults: int = 0, header: int | None = None) -> relay.Machine:
    """Make the machine of a session, with its actors and their queues.

    Args:
        session: The session.
        faults: For tests: protections that are left out, bits of relay.Fault.
        header: What a subbuf_start in Python reserves at the opening; None: it is none in Python.

    Raises:
        OpenError: The channel cannot be opened.
    """
    config = session.config
    online = bytes(cpu in config.online_cpus for cpu in range(config.cpus))
    try:
        machine = relay.Machine(
            MachineConfig(
                subbuf_size=config.subbuf_size,
                n_subbufs=config.n_subbufs,
                cpus=config.cpus,
                online=online,
                rule=list(Rule).index(session.rule),
                writers=int(session.declared),
                faults=faults,
                base_filename=config.base_filename,
                mode=_MODES[config.mode],
                is_global=config.is_global,
                header=config.used_header if header is None else header,
                stores_padding=header is None,
            )
        )
    except relay.RelayError as error:
        raise OpenError(None, str(error)) from error
    for actor in session.actors:
        number = machine.add(list(Role).index(actor.role), actor.cpu)
        for deed in actor.queue:
            _queue(machine, number, deed)
    return machine


def _queue(machine: relay.Machine, actor: int, deed: Deed) -> None:
    op = deed.operation
    what = _WHATS.get(op.kind) if deed.own is None else _OWN[deed.own]
    if op.kind is Kind.CPU_ONLINE:
        what = What.ONLINE if op.count else What.OFFLINE
    assert what is not None, "lines refuse the others"  # noqa: S101
    data = op.text.encode() if op.kind is Kind.LATE_SETUP else op.data
    count = op.count if op.kind is Kind.CONSUME else 1
    fd = -1 if op.fd is None else op.fd
    event = 0 if op.event is None else op.event
    machine.queue(actor, what, op.cpu, length=op.length, count=count, fd=fd, event=event, data=data)


def codes_of(config: ChannelConfig) -> Codes:
    """Return what conditions need to be computed on such a machine."""
    return Codes({code.name: code.value for code in Code}, dict(_fields(BUFFER_DTYPE)), config)


def _fields(rows: np.dtype[Any], start: int = 0, within: str = "") -> Iterator[tuple[str, int]]:
    """Give the numbers in a row by name: the byte of each, and its size << 16.

    Of a count that has events and bytes: of the events by the name of the count itself.
    """
    for name, (inner, at, *_) in (rows.fields or {}).items():
        path, here = f"{within}{name}", start + at
        if inner.fields is None:
            yield path, here + (inner.itemsize << 16)
            continue
        for entry, value in _fields(inner, here, f"{path}."):
            yield entry.removesuffix(".events"), value
