"""The table of a buffer's events: what it says at the very step at which something is decided."""

from __future__ import annotations

import numpy as np
import pytest

from relayviz.model.channel.trail import Fate
from relayviz.model.ledger.lane import NEVER, UNFILLED, Clobber, Lane, columns

TRIED, DECIDED, FILLED = 3, 7, 5


@pytest.fixture
def lane() -> Lane:
    """Events 1 and 2 in lap 0, tried at 3 and 4; 3 in lap 1, tried at 6; lap 0 decided at 7."""
    made = Lane(2)
    made.add((TRIED, 1, NEVER, NEVER, 8, 0, 0, 0, Fate.UNREAD))
    made.add((4, 2, NEVER, -1, 8, 0, 8, 0, Fate.UNREAD))
    made.fill(0, FILLED)
    made.add((6, 3, NEVER, -1, 16, 1, 0, 0, Fate.UNREAD))
    made.decide(0, 0, Fate.OVERWRITTEN, DECIDED)
    return made


def test_an_event_has_its_fate_from_the_deciding_step_on(lane: Lane) -> None:
    assert lane.fates(DECIDED - 1, 0, 3).tolist() == [Fate.UNREAD] * 3
    for step in (DECIDED, DECIDED + 1):
        assert lane.fates(step, 0, 3).tolist() == [Fate.OVERWRITTEN] * 2 + [Fate.UNREAD]


def test_tallies_are_of_the_step_itself(lane: Lane) -> None:
    def held(step: int) -> dict[Fate, tuple[int, int, int]]:
        tallies = lane.tallies(step).items()
        return {fate: (*one.count, one.subbufs) for fate, one in tallies if one.count.events}

    assert held(TRIED - 1) == {}
    assert held(TRIED) == {Fate.UNREAD: (1, 8, 1)}
    assert held(6) == {Fate.UNREAD: (3, 32, 2)}
    assert held(DECIDED) == {Fate.OVERWRITTEN: (2, 16, 1), Fate.UNREAD: (1, 16, 1)}


def test_a_reserved_event_waits_until_the_step_that_fills_it(lane: Lane) -> None:
    assert [int(lane.bits(step, 0, 1)[0]) for step in (FILLED - 1, FILLED)] == [
        1 << Fate.UNREAD | UNFILLED,
        1 << Fate.UNREAD,
    ]
    assert not int(lane.bits(TRIED, 1, 2)[0]) & UNFILLED  # it was written


@pytest.mark.parametrize("back_to", range(2, 9))
def test_going_back_to_a_step_leaves_what_it_decided(lane: Lane, back_to: int) -> None:
    before = [lane.fates(step).tolist() for step in range(back_to + 1)]
    waits = [lane.bits(step, 0, lane.rows_at(step)).tolist() for step in range(back_to + 1)]
    lane.truncate(back_to)
    assert [lane.fates(step).tolist() for step in range(back_to + 1)] == before
    assert [lane.bits(step, 0, lane.rows_at(step)).tolist() for step in range(back_to + 1)] == waits
    assert lane.fates(NEVER - 1).tolist() == before[-1]  # nothing of later is left
    lane.decide(0, 1, Fate.CONSUMED, 20)  # what was not decided then can be decided otherwise
    undecided = [fate == Fate.UNREAD for fate in before[-1]]
    assert [fate == Fate.CONSUMED for fate in lane.fates(20).tolist()] == undecided


def test_a_fate_is_for_good(lane: Lane) -> None:
    lane.decide(0, 0, Fate.CONSUMED, 9)
    assert lane.fates(9, 0, 2).tolist() == [Fate.OVERWRITTEN] * 2


def test_a_reset_counts_laps_anew_from_its_step_on(lane: Lane) -> None:
    lane.decide(1, 1, Fate.DISCARDED_RESET, 8)
    lane.reset(8)
    lane.add((9, 4, NEVER, -1, 8, 0, 0, 0, Fate.UNREAD))
    assert [lane.lap(row) for row in range(4)] == [(0, 0), (0, 0), (1, 1), (0, 0)]
    assert [lane.is_held(0, 0, step) for step in (7, 8, 9)] == [True, False, False]
    assert [lane.is_held(3, 0, step) for step in (7, 8, 9)] == [False, True, True]
    lane.truncate(8)
    assert lane.serial_at(0, 8) == 2
    lane.truncate(7)
    assert lane.serial_at(0, 8) == 0


def test_a_late_fill_goes_over_what_it_touches_and_nothing_beside_it() -> None:
    lane = Lane(2)
    for event, start in enumerate((0, 8, 16)):
        lane.add((event + 1, event + 1, NEVER, -1, 8, 2, start, 0, Fate.UNREAD))
    lane.add((4, 4, NEVER, -1, 8, 3, 8, 0, Fate.UNREAD))  # the other sub-buffer
    first, second = Clobber(5, 9, 8, 16), Clobber(6, None, 15, 17)
    lane.clobber(0, first)
    assert lane.clobbers == {1: (first,)}
    lane.clobber(0, second)
    assert lane.clobbers == {1: (first, second), 2: (second,)}
    assert lane.clobbers_at(1, 5) == (first,)
    lane.truncate(5)
    assert lane.clobbers == {1: (first,)}


@pytest.mark.parametrize(("events", "width"), [(3, 7), (7, 7), (20, 7), (1000, 7), (0, 7), (3, 0)])
def test_a_column_has_the_bits_of_all_its_events(events: int, width: int) -> None:
    bits = np.array([1 << (number % 10) for number in range(events)], np.uint16)
    found = columns(bits, width)
    assert len(found) == width
    for column in range(width if events else 0):
        begin = column * events // width
        end = max((column + 1) * events // width, begin + 1)
        expected = 0
        for one in bits[begin:end].tolist():
            expected |= one
        assert found[column] == expected
