"""How many sub-buffers are ready and still there: against the reference, which keeps what is where.

The reference's switches are watched one by one: which sub-buffer was finished, which is begun.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.state import overwritten
from relayviz.model.numbers import THIN, ready_words
from relayviz.relay import BUFFER_DTYPE
from tests.reference import NO_OVERWRITE, OVERWRITE, Callbacks, Channel

if TYPE_CHECKING:
    from tests.reference import Buffer

SIZE = 16
EITHER = (NO_OVERWRITE, OVERWRITE)


class Watched(Channel):
    """A channel that notes at each switch which sub-buffer holds what."""

    def __init__(self, count: int) -> None:
        self.overwrites = True
        self.refuses = False
        self.finished = 0
        self.slots: dict[int, int] = {}  # sub-buffer: which of the finished ones it holds
        super().__init__(
            "cpu", subbuf_size=SIZE, n_subbufs=count, callbacks=Callbacks(self.answer), cpus=1
        )

    def answer(self, buf: Buffer, new: memoryview, prev: memoryview | None, padding: int) -> bool:
        return not self.refuses and EITHER[self.overwrites](buf, new, prev, padding)

    def subbuf_start(self, buf: Buffer, new: int, prev: int | None, prev_padding: int) -> bool:
        if prev is not None and buf.subbufs_produced > self.finished:  # else it asks again
            self.slots[prev] = self.finished
            self.finished += 1
        agreed = super().subbuf_start(buf, new, prev, prev_padding)
        if agreed:
            self.slots.pop(new, None)
        return agreed

    def reset(self) -> None:
        self.slots, self.finished = {}, 0
        super().reset()

    def there(self) -> int:
        """Count the finished ones that are in the ring and were not consumed."""
        consumed = self.buffers[0].subbufs_consumed
        return sum(1 for serial in self.slots.values() if serial >= consumed)


OPERATIONS = st.lists(
    st.tuples(st.just("write"), st.integers(0, SIZE + 1))
    | st.tuples(st.sampled_from(["flush", "flush", "reset", "overwrite", "refuse"]), st.booleans())
    | st.tuples(st.just("read"), st.integers(0, 3 * SIZE))
    | st.tuples(st.just("consume"), st.integers(0, 3)),
    max_size=60,
)


def perform(channel: Watched, name: str, amount: int) -> None:
    match name:
        case "write":
            channel.write(bytes(amount))
        case "read":
            channel.open_file(0).read(amount)
        case "consume":
            channel.subbufs_consumed(0, amount)
        case "overwrite":
            channel.overwrites = bool(amount)
        case "refuse":
            channel.refuses = bool(amount)
        case _:
            getattr(channel, name)()


@given(st.integers(1, 5), OPERATIONS)
@settings(max_examples=300, deadline=None)
def test_the_words_count_what_the_ring_holds(count: int, operations: list[tuple[str, int]]) -> None:
    with Watched(count) as channel:
        (buf,) = channel.buffers
        config = ChannelConfig(subbuf_size=SIZE, n_subbufs=count)
        for name, amount in operations:
            perform(channel, name, amount)
            row = np.zeros(1, BUFFER_DTYPE)
            row["produced"], row["consumed"] = buf.subbufs_produced, buf.subbufs_consumed
            row["offset"] = buf.offset
            ready = channel.finished - buf.subbufs_consumed
            text = ready_words(ready, int(overwritten(row, config)[0]), count)
            room = count if ready <= count else None
            assert told(text) == (ready, room, ready - channel.there()), name


def told(text: str) -> tuple[int, int | None, int]:
    """Return what a text says: ready, of how many, overwritten."""
    form = r"(\d+)(?:/(\d+))? ready(?:, (\d+) of them overwritten)?"
    found = re.fullmatch(form, text.replace(THIN, ""))
    assert found, text
    ready, room, gone = found.groups()
    return int(ready), int(room) if room else None, int(gone or 0)


@pytest.mark.parametrize(
    ("ready", "gone", "text"),
    [
        (0, 0, "0/8 ready"),
        (8, 0, "8/8 ready"),
        (8, 1, "8/8 ready, 1 of them overwritten"),
        (34, 27, "34 ready, 27 of them overwritten"),
        (34, 26, "34 ready, 26 of them overwritten"),
        (3_000, 2_993, f"3{THIN}000 ready, 2{THIN}993 of them overwritten"),
    ],
)
def test_what_it_looks_like(ready: int, gone: int, text: str) -> None:
    assert ready_words(ready, gone, 8) == text
