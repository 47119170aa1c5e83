"""Splice against a second judge: no recording has it, the reference is written from the document.

Short programs of writes, flushes, reads, reports and splices on one small buffer, in both modes.
After each operation counters and bytes are the same on both sides, and the account balances.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
from hypothesis import example, given, settings

from relayviz import relay
from tests import reference

if TYPE_CHECKING:
    from types import ModuleType

Program = list[tuple[str, int]]
SIZE = 8
COUNTS = st.integers(0, 40)
STEPS = st.one_of(
    st.tuples(st.just("write"), st.integers(0, SIZE)),
    st.tuples(st.just("splice"), COUNTS),
    st.tuples(st.just("read"), COUNTS),
    st.tuples(st.just("flush"), st.just(0)),
    st.tuples(st.just("consume"), st.integers(0, 3)),
)
WHOLE = ("write", SIZE)


class Side:
    """A channel of one of the two with one open file, and a pipe."""

    def __init__(self, module: ModuleType, n_subbufs: int, *, overwrites: bool) -> None:
        start = module.OVERWRITE if overwrites else module.NO_OVERWRITE
        callbacks = module.Callbacks(subbuf_start=start)
        self.channel: Any = module.Channel(
            "cpu", None, subbuf_size=SIZE, n_subbufs=n_subbufs, callbacks=callbacks, cpus=1
        )
        self.file: Any = module.Directory.root().open("cpu0")
        self.out, self.target = os.pipe()
        self.written = 0

    def do(self, name: str, count: int) -> bytes | int | None:
        """Perform a step; return what came out."""
        if name == "write":
            self.written += 1
            return int(self.channel.write(bytes([self.written % 256]) * count, 0))
        if name == "splice":
            return (
                os.read(self.out, moved) if (moved := self.file.splice(self.target, count)) else b""
            )
        if name == "read":
            return bytes(self.file.read(count))
        if name == "flush":
            self.channel.flush()
        else:
            self.channel.subbufs_consumed(0, count)
        return None

    def counters(self) -> tuple[int, ...]:
        buffer = self.file.buffer
        return (
            buffer.subbufs_produced,
            buffer.subbufs_consumed,
            buffer.bytes_consumed,
            buffer.offset,
        )

    def close(self) -> None:
        os.close(self.out)
        os.close(self.target)
        self.file.close()
        self.channel.close()


def balances(buffer: relay.Buffer) -> bool:
    account = buffer.account
    fates = ("unread", "consumed", "released_unread", "overwritten", "refused_full", "too_big")
    known = sum(getattr(account, name).events for name in fates)
    return bool(account.attempted.events == known)


@settings(max_examples=500)
@given(st.integers(1, 4), st.booleans(), st.lists(STEPS, max_size=30))
@example(2, True, [WHOLE, WHOLE, WHOLE, ("splice", 40)])  # exactly as far behind as there are
@example(2, True, [WHOLE, WHOLE, ("splice", 3), WHOLE, WHOLE, ("splice", 40)])  # lapped half-way
@example(3, False, [("flush", 0), WHOLE, ("write", 1), ("splice", 3), ("splice", 40)])
@example(3, False, [("write", 5), WHOLE, ("splice", 5), ("splice", 1)])  # ends at the padding
def test_the_same_bytes_from_the_same_places(
    n_subbufs: int, overwrites: bool, program: Program
) -> None:
    sides = [Side(module, n_subbufs, overwrites=overwrites) for module in (reference, relay)]
    try:
        for step in program:
            expected, got = (side.do(*step) for side in sides)
            assert got == expected, step
            assert sides[1].counters() == sides[0].counters(), step
            assert balances(sides[1].file.buffer)
    finally:
        for side in sides:
            side.close()
