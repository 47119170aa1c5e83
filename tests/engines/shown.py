"""Reading what an engine shows, in forms that can be compared."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from relayviz.model.channel.state import LOSSES, Count

if TYPE_CHECKING:
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.snapshot import Snapshot


def do(engine: StepEngine, *operations: Operation) -> Snapshot:
    """Have operations done, and return what is then shown."""
    engine.submit(*operations)
    return settled(engine)


def settled(engine: StepEngine) -> Snapshot:
    """Wait until the engine has nothing to do, and return what it shows."""
    assert engine.wait_idle(60)
    return engine.snapshot


def memory(engine: StepEngine, snapshot: Snapshot, row: int) -> bytes:
    """Return the bytes of a buffer as the engine shows them."""
    data = engine.bytes_of(snapshot, row)
    assert data is not None
    return data.tobytes()


def fingerprint(engine: StepEngine) -> tuple[object, ...]:
    """Return all that an engine shows of a channel's state."""
    seen = engine.snapshot
    crcs = [zlib.crc32(memory(engine, seen, row)) for row in range(seen.rows)]
    scalars = (seen.base_filename, seen.online, seen.last_toobig, seen.closed, seen.mode)
    opened = (seen.reserved, seen.files, seen.mappings, seen.source)
    return (seen.buffers.tobytes(), seen.subbufs.tobytes(), crcs, scalars, opened)


def assert_balanced(snapshot: Snapshot) -> None:
    """Check that every event that was tried is somewhere."""
    for row in range(snapshot.rows):
        account = snapshot.account(row)
        parts = [account["unread"], account["consumed"], *(account[name] for name in LOSSES)]
        total = Count(sum(one.events for one in parts), sum(one.bytes for one in parts))
        assert total == account["attempted"], account
