"""Long random sessions, and the states of their steps found without any keyframe."""

from __future__ import annotations

import hashlib
import random
import zlib
from typing import TYPE_CHECKING

from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.channel.state import look
from relayviz.model.channel.operation import ALL, Kind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.channel.state import State

BATCH = 1000  # operations that an engine is given at once
REPLAYED = 10_000  # steps between two looks of a replay at its goal


# how often each comes, of a hundred or so, and what it is: (numbers, CPU, bytes of a sub-buffer)
_KINDS: tuple[tuple[float, Callable[[random.Random, int, int], Operation]], ...] = (
    (50, lambda r, cpu, size: Operation(Kind.WRITE, cpu, r.randint(0, size // 4))),
    (4, lambda r, cpu, size: Operation(Kind.WRITE_NOLOCK, cpu, r.randint(0, size + 20))),
    (5, lambda r, cpu, size: Operation(Kind.RESERVE, cpu, r.randint(0, size // 8))),
    (5, lambda _r, cpu, _size: Operation(Kind.FILL, cpu)),
    (12, lambda r, cpu, size: Operation(Kind.READ, cpu, r.choice([100, size, 10 * size]))),
    (3, lambda r, cpu, size: Operation(Kind.SPLICE, cpu, r.randint(0, size))),
    (5, lambda r, cpu, _size: Operation(Kind.CONSUME, cpu, count=r.randint(0, 3))),
    (2, lambda r, cpu, size: Operation(Kind.SWITCH, cpu, r.randint(0, size + 1))),
    (2, lambda _r, _cpu, _size: Operation(Kind.FLUSH)),
    (0.2, lambda _r, _cpu, _size: Operation(Kind.RESET)),
    (3, lambda _r, cpu, _size: Operation(Kind.POLL, cpu)),
    (2, lambda r, cpu, _size: Operation(Kind.OPEN_FILE, cpu, text=r.choice(["r", "rw", "rnb"]))),
    (2.1, lambda _r, cpu, _size: Operation(Kind.CLOSE_FILE, cpu)),
    (1, lambda r, cpu, _size: Operation(Kind.MMAP, cpu, text=r.choice(["", "writable"]))),
    (1.2, lambda _r, cpu, _size: Operation(Kind.UNMAP, cpu)),
    (0.5, lambda r, cpu, _size: Operation(Kind.CPU_ONLINE, cpu, count=r.randint(0, 1))),
    (0.3, lambda r, _c, _s: Operation(Kind.SET_MODE, text=r.choice(["overwrite", "no-overwrite"]))),
    (0.3, lambda r, cpu, _size: Operation(Kind.WRITE, cpu, data=r.randbytes(20))),
)


def operations(number: int, cpus: int, size: int, seed: int = 1) -> Iterator[Operation]:
    """Give random operations of all kinds but those that end a session.

    Args:
        number: How many.
        cpus: Possible CPUs.
        size: Bytes of a sub-buffer.
        seed: Of the random numbers.
    """
    chance = random.Random(seed)  # noqa: S311  no secret
    weights, makes = zip(*_KINDS, strict=True)
    yield Operation(Kind.OPEN_FILE, ALL)
    for make in chance.choices(makes, weights, k=number - 1):
        yield make(chance, chance.randrange(cpus), size)


def walk(engine: StepEngine, wanted: Iterable[Operation]) -> None:
    """Have an engine do operations, as many at once as it takes well."""
    batch: list[Operation] = []
    for operation in wanted:
        batch.append(operation)
        if len(batch) == BATCH:
            engine.submit(*batch)
            assert engine.wait_idle(600)
            batch = []
    engine.submit(*batch)
    assert engine.wait_idle(600)


def print_of(state: State, bytes_of: Callable[[int], bytes]) -> tuple[object, ...]:
    """Return all that a state is, in a form to compare."""
    crcs = [zlib.crc32(bytes_of(row)) for row in range(state.rows)]
    whole = (state.base_filename, state.online, state.last_toobig, state.closed, state.mode)
    opened = (state.source, state.reserved, state.files, state.mappings)
    subbufs = hashlib.blake2b(state.subbufs.tobytes()).digest()  # of many states they are much
    return state.buffers.tobytes(), subbufs, crcs, whole, opened


def shown(engine: StepEngine) -> tuple[object, ...]:
    """Return what an engine shows."""
    seen = engine.snapshot

    def bytes_of(row: int) -> bytes:
        data = engine.bytes_of(seen, row)
        assert data is not None
        return data.tobytes()

    return print_of(seen, bytes_of)


def replayed(engine: StepEngine, branch: int, depths: Iterable[int]) -> Mapping[int, object]:
    """Return the states of steps of a branch, found by one replay from its opening on."""
    config, history = engine.config, engine.history
    client = Client(config.n_subbufs, engine._functions)
    client.repeat(history.at(branch, 0).decisions)
    channel, at = StepChannel(config, client), 0
    found = {}
    for depth in sorted(set(depths)):
        while at < depth:
            last = min(depth, at + REPLAYED)
            channel.replay(history.deeds(branch, at + 1, last))
            at = last
        state = look(channel)
        found[depth] = print_of(state, lambda row: channel.buffers[row].data.tobytes())
    channel.close()
    return found
