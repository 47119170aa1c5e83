"""What a breakpoint is called, and what its condition's names were."""

from __future__ import annotations

import pytest

from relayviz.model.channel.marks import FIGURES, LOSS, Mark
from relayviz.model.condition.breakpoint import TITLES, Breakpoint, On


@pytest.mark.parametrize("on", [one for one in On if one is not On.WHEN])
def test_a_breakpoint_is_called_what_it_waits_for(on: On) -> None:
    assert Breakpoint(on).title == TITLES[on]
    assert Breakpoint(on, cpu=0).title == f"{TITLES[on]} on cpu 0"
    assert Breakpoint(on, "flush", 3).title == f"{TITLES[on]} flush on cpu 3"


def test_a_condition_is_called_what_it_says() -> None:
    assert Breakpoint(On.WHEN, "ready[1] > 2").title == "ready[1] > 2"
    assert Breakpoint(On.WHEN, "offset > 2", 1).title == "offset > 2 on cpu 1"


def test_titles_are_told_apart() -> None:
    assert len(set(TITLES.values())) == len(TITLES) == len(On)


def test_each_mark_has_a_bit_of_its_own() -> None:
    assert all(mark.bit_count() == 1 for mark in Mark)
    assert len({int(mark) for mark in Mark.__members__.values()}) == len(Mark.__members__)
    assert not int(LOSS) & int(FIGURES)
