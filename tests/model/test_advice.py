"""The usual sizes, and what is told of advice that was tried."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.findings.advice import (
    MANY,
    Advice,
    next_smaller,
    suggested,
    told,
    usual_from,
)
from relayviz.model.findings.finding import Severity
from tests.model.measuring import measured

CONFIG = ChannelConfig(subbuf_size=4096, n_subbufs=24)


def test_the_usual_numbers_grow_by_a_third_or_a_half() -> None:
    series = sorted({usual_from(number) for number in range(1, 200)})
    assert series == [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
    assert all(later <= 1.5 * earlier for earlier, later in pairwise(series))


@given(st.integers(1, 100_000))
def test_up_and_down_are_each_other_s_inverse(number: int) -> None:
    usual = usual_from(number)
    assert usual >= number
    assert next_smaller(usual) < max(number, 2)
    assert next_smaller(usual_from(usual + 1)) == usual


@pytest.mark.parametrize(("number", "smaller"), [(3, 2), (2, 1), (1, 0), (0, 0), (24, 16), (5, 4)])
def test_the_next_smaller(number: int, smaller: int) -> None:
    assert next_smaller(number) == smaller


def number(**figures: Any) -> int | None:  # noqa: ANN401
    """How many sub-buffers of 4 KiB are suggested."""
    found = suggested(measured(**figures))
    return None if found is None else found.n_subbufs


def test_what_is_needed_is_what_had_to_wait_and_a_little() -> None:
    assert number(backlog=10 * 4096) == 12
    assert number(backlog=10 * 4096 + 1) == 16
    assert number(backlog=10 * 4096, reports=0) is None


def test_flushes_finish_sub_buffers_also_those_that_a_full_buffer_refused() -> None:
    """Ten seconds; those that finished nothing while it was full would have finished one."""
    by_clock = {"flushes": 500, "flushed": 3, "away": 1.0}
    assert number(backlog=12 * 4096, **by_clock) == 64, "12, 50, and 2 beside them"
    assert number(backlog=12 * 4096 + 1, **by_clock) == 96
    behind_events = {"events": 10_000, "event": 64, "flushes": 5000, "away": 0.001}
    assert number(backlog=64 * 100, **behind_events) == 64, "half as many as events, 2, and 2"


def test_larger_sub_buffers_do_not_help_where_flushes_finish_them() -> None:
    assert number(backlog=100 * 4096, flushes=10_000, away=1.0) is None
    many: dict[str, Any] = {"events": 4_000_000, "event": 64, "flushes": 5000, "away": 1.0}
    found = suggested(measured(backlog=5000 * 4096, **many))
    assert found is not None
    assert (found.n_subbufs, found.subbuf_size) == (1024, 16 * 4096)


def test_very_many_become_larger_ones() -> None:
    found = suggested(measured(backlog=5000 * 4096))
    assert found is not None
    assert found.n_subbufs <= MANY
    assert found.n_subbufs * found.subbuf_size >= 5000 * 4096


def test_what_no_channel_can_have_is_not_suggested() -> None:
    assert suggested(measured(backlog=2**40)) is None


def test_what_is_told_of_tried_advice() -> None:
    tried = Advice(
        CONFIG, replace(CONFIG, n_subbufs=16), lossless=True, smaller_lost=7, runs=2, seconds=1.0
    )
    found = told(tried)
    assert found.severity is Severity.GOOD
    assert found.text == (
        "At this load 24 sub-buffers of 4 KiB lose nothing (2 runs of 1 s);"
        " 16 of them lost 7 events."
    )
    assert told(Advice(CONFIG, reason="No size helps.")).text == "No size helps."
    assert told(Advice(CONFIG, runs=3, seconds=1.0)).severity is Severity.WARNING
