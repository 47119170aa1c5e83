"""Operations: their titles, the pattern of events, numbers of slots."""

from __future__ import annotations

import pytest

from relayviz.conformance.subject.events import event_bytes
from relayviz.model.channel.operation import (
    ALL,
    DESCRIPTIONS,
    Kind,
    Operation,
    lowest_free,
    pattern,
)


@pytest.mark.parametrize(
    ("operation", "title"),
    [
        (Operation(Kind.WRITE, 2, 40), "relay_write(40 B) on cpu 2"),
        (Operation(Kind.WRITE, ALL, data=b"abc"), "relay_write(3 B) on every cpu"),
        (Operation(Kind.FLUSH, 3), "relay_flush()"),
        (Operation(Kind.OPEN_FILE, 1), 'open("r") on cpu 1'),
        (Operation(Kind.READ, fd=4, length=9), "read(fd 4, 9 B) on cpu 0"),
        (Operation(Kind.FILL, event=7), "fill event 7 on cpu 0"),
        (Operation(Kind.FILL), "fill a reserved slot on cpu 0"),
        (Operation(Kind.CPU_ONLINE, 3, count=1), "cpu 3 on line"),
        (Operation(Kind.SET_MODE, text="overwrite"), "subbuf_start becomes overwrite"),
    ],
)
def test_a_title_names_call_figures_and_cpu(operation: Operation, title: str) -> None:
    assert operation.title() == title


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_title_and_description(kind: Kind) -> None:
    assert Operation(kind).title()
    assert Operation(kind).describe() == DESCRIPTIONS[kind]
    assert DESCRIPTIONS[kind].endswith(".")


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 16_000, 16_384, 20_000, 100_000])
@pytest.mark.parametrize("event", [0, 1, 8, 9, 255, 70_000])
def test_the_pattern_is_that_of_the_recordings(event: int, length: int) -> None:
    assert pattern(event, length) == event_bytes(event, length)


def test_given_bytes_set_the_length() -> None:
    assert Operation(Kind.WRITE, length=99, data=b"four").length == 4


def test_the_lowest_free_slot() -> None:
    assert [lowest_free(taken) for taken in (set(), {0, 1}, {1, 2}, {0, 2})] == [0, 2, 0, 1]
