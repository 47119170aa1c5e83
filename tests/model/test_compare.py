"""Which events two channels keep, as lists of numbers: counted here from plain sets."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.compare.compare import MOST_RANGES, Survival, only, ranges

if TYPE_CHECKING:
    from collections.abc import Mapping


def survival(fates: Mapping[int, tuple[Fate | None, Fate | None]]) -> Survival:
    """What became of events in A and in B; None: not tried there."""
    numbers = sorted(fates)
    bits = [
        [0 if (fate := fates[one][of]) is None else 1 << fate for one in numbers] for of in (0, 1)
    ]
    return Survival(np.array(numbers, np.int64), np.array(bits, np.uint16))


def told(kept_by_a: set[int], kept_by_b: set[int], numbers: range) -> str:
    """What is told when those are kept, and all others refused."""
    fates = {
        one: (
            Fate.CONSUMED if one in kept_by_a else Fate.REFUSED_FULL,
            Fate.UNREAD if one in kept_by_b else Fate.OVERWRITTEN,
        )
        for one in numbers
    }
    return only(survival(fates))


@pytest.mark.parametrize("fate", list(Fate))
def test_what_is_unread_or_consumed_is_kept(fate: Fate) -> None:
    found = survival({1: (fate, None), 2: (None, fate)})
    expected = fate not in LOST_FATES
    assert found.kept.tolist() == [[expected, False], [False, expected]]


def test_who_keeps_what_the_other_does_not() -> None:
    numbers = range(1, 10)
    assert told({1, 2, 3}, {7, 8, 9}, numbers) == (
        "Only A keeps the 3 events 1…3; only B keeps the 3 events 7…9."
    )
    assert told({1, 2, 3, 5}, {1, 2, 3}, numbers) == "Only A keeps the event 5."
    assert told({4}, {1, 4, 5}, numbers) == "Only B keeps the 2 events 1, 5."
    assert told({4}, {4}, numbers) == ""
    assert told(set(), set(), numbers) == ""


def test_a_list_stops_after_four_stretches_and_says_so() -> None:
    numbers = range(1, 20)
    assert told({1, 3, 5, 7}, set(), numbers) == "Only A keeps the 4 events 1, 3, 5, 7."
    assert told({1, 3, 5, 7, 9}, set(), numbers) == (
        "Only A keeps the 5 events 1, 3, 5, 7 and others."
    )


def test_events_that_follow_each_other_on_their_cpu_are_one_stretch() -> None:
    """The numbers between them are events of other CPUs, which nobody asked about."""
    found = survival(dict.fromkeys((1, 4, 7), (Fate.UNREAD, Fate.OVERWRITTEN)))
    assert only(found) == "Only A keeps the 3 events 1…7."


@pytest.mark.parametrize("seed", range(20))
def test_each_event_is_in_one_stretch(seed: int) -> None:
    """What is listed, taken apart again, is what was kept up to where the list stops."""
    chance = random.Random(seed)  # noqa: S311
    events = sorted(chance.sample(range(1, 500), 40))
    places = sorted(chance.sample(range(40), chance.randrange(1, 40)))
    text = ranges(np.array(events, np.int64), np.array(places, np.intp))
    listed = [one.split("…") for one in text.removesuffix(" and others").split(", ")]
    stretches = [(events.index(int(one[0])), events.index(int(one[-1]))) for one in listed]
    covered = [place for first, last in stretches for place in range(first, last + 1)]
    assert covered == [place for place in places if place <= covered[-1]]
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(stretches))
    assert text.endswith(" and others") == (covered != places)
    assert len(stretches) == MOST_RANGES or covered == places
