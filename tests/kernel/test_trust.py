"""Bytes that were read while somebody wrote: none that is bad is shown as good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz.model.kernel.position import Position, Span, Writer
from relayviz.model.kernel.trust import trusted
from tests.kernel.torn import LENGTH, SIZE, Triple, triples

if TYPE_CHECKING:
    from collections.abc import Iterable


def bad_events(memory: bytes, spans: Iterable[Span]) -> set[int]:
    """Where events end that are not as they were written, or do not follow the one before."""
    bad = set()
    for span in spans:
        before = None
        for at in range(span.begin, span.end - LENGTH + 1, LENGTH):
            event = memory[at : at + LENGTH]
            whole = all(byte == (event[0] + k) % 256 for k, byte in enumerate(event))
            if not whole or (before is not None and event[0] != (before + 31) % 256):
                bad.add(at + LENGTH)
            before = event[0]
    return bad


def believed(triple: Triple) -> tuple[set[int], int | None]:
    """Where events end that are bad and believed, and where the one that may be unwritten does."""
    trust = trusted(triple.first.held(), triple.first, triple.second)
    return bad_events(triple.memory, trust.spans), trust.may_be_unwritten


@pytest.mark.parametrize("name", ["relay_write", "relay_reserve"])
def test_recorded_torn_reads_are_torn_if_read_naively(name: str) -> None:
    found = list(triples(name))
    assert len(found) == 20
    for triple in found:
        assert len(bad_events(triple.memory, triple.first.held())) == triple.naive
    assert sum(triple.naive > 0 for triple in found) >= 12


def test_no_torn_byte_of_relay_write_is_believed() -> None:
    for triple in triples("relay_write"):
        assert believed(triple)[0] == set()


def test_of_relay_reserve_only_the_newest_event_may_be_bad_and_it_is_marked() -> None:
    marked = 0
    for triple in triples("relay_reserve"):
        bad, newest = believed(triple)
        assert bad <= {newest}
        assert len(bad) == triple.by_rule
        marked += len(bad)
    assert marked > 0


class Writing:
    """A buffer that overwrites, byte by byte, as a client of relay_write does it in order.

    Each byte of memory has the number of the event that wrote it; events have `length` bytes.
    """

    def __init__(self, size: int, number: int, length: int) -> None:
        self.size, self.number, self.length = size, number, length
        self.memory = [0] * (size * number)
        self.produced = self.offset = self.current = self.event = 0
        self.padding = [0] * number

    def position(self) -> Position:
        return Position(
            subbuf_size=self.size,
            n_subbufs=self.number,
            produced=self.produced,
            consumed=0,
            offset=self.offset,
            bytes_consumed=0,
            current=self.current,
            padding=tuple(self.padding),
        )

    def steps(self) -> Iterable[None]:
        """Store after store, for ever."""
        while True:
            if self.offset + self.length > self.size:
                self.padding[self.produced % self.number] = self.size - self.offset
                yield
                self.produced += 1
                yield
                self.offset = 0
                yield
                self.current = self.produced % self.number
                yield
                self.padding[self.current] = 0
                yield
            self.event += 1
            for byte in range(self.length):
                self.memory[self.current * self.size + self.offset + byte] = self.event
                yield
            self.offset += self.length
            yield


@given(
    number=st.integers(2, 4),
    length=st.integers(1, 5),
    moments=st.lists(st.integers(0, 90), min_size=3, max_size=3),
    begin=st.integers(0, 200),
)
def test_whenever_one_looks_what_is_believed_is_true(
    number: int, length: int, moments: list[int], begin: int
) -> None:
    writing = Writing(size=8, number=number, length=length)
    steps = iter(writing.steps())

    def go(count: int) -> None:
        for _ in range(count):
            next(steps)

    go(begin)
    first = writing.position()
    newest = writing.event
    go(moments[0])
    # the bytes are read from the end, or from the beginning: in two halves, the writer in between
    half = len(writing.memory) // 2
    memory = writing.memory[:half]
    go(moments[1])
    memory += writing.memory[half:]
    go(moments[2])
    trust = trusted(first.held(), first, writing.position())
    per_subbuf = 8 // length
    for span in trust.spans:
        # the padding array was read with the first counters: of the sub-buffer being written it is
        # not used, of the others it is final
        expected = [
            span.number * per_subbuf + 1 + at // length for at in range(span.end - span.begin)
        ]
        assert memory[span.begin : span.end] == expected
        assert expected[-1] <= newest


def test_a_reset_in_between_leaves_nothing_to_believe() -> None:
    before = position(produced=5, offset=10)
    trust = trusted(before.held(), before, position(produced=0, offset=10))
    assert trust.spans == ()
    assert trust.left_out == len(before.held())


def test_a_blocked_buffer_is_believed_whole_as_long_as_it_is_blocked() -> None:
    blocked = position(produced=4, offset=SIZE + 1, current=3)
    assert blocked.writer is Writer.BLOCKED
    assert [span.number for span in trusted(blocked.held(), blocked, blocked).spans] == [0, 1, 2, 3]
    goes_on = position(produced=4, offset=16, current=0)
    kept = trusted(blocked.held(), blocked, goes_on)
    assert [span.number for span in kept.spans] == [1, 2, 3]
    assert kept.may_be_unwritten is None


def test_the_newest_event_is_marked_where_it_ends() -> None:
    writing = position(produced=6, offset=96)
    assert trusted(writing.held(), writing, writing).may_be_unwritten == 2 * SIZE + 96


def position(produced: int, offset: int, current: int | None = None) -> Position:
    return Position(
        subbuf_size=SIZE,
        n_subbufs=4,
        produced=produced,
        consumed=0,
        offset=offset,
        bytes_consumed=0,
        current=produced % 4 if current is None else current,
        padding=(0, 0, 0, 0),
    )
