"""What a new channel may look like: as relayviz.relay says, with a message for each field."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz import relay
from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.model.channel import config as channel_config
from relayviz.model.channel.config import ChannelConfig, Mode

GOOD = ChannelConfig()


def test_the_limits_are_those_of_relay() -> None:
    assert channel_config.MAX_CPUS == relay.MAX_CPUS
    assert channel_config.MAX_SUBBUFS == relay.MAX_SUBBUFS


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (replace(GOOD, subbuf_size=0), "subbuf_size"),
        (replace(GOOD, subbuf_size=2**29), "subbuf_size"),
        (replace(GOOD, n_subbufs=0), "n_subbufs"),
        (replace(GOOD, n_subbufs=524_289, subbuf_size=1), "n_subbufs"),
        (replace(GOOD, cpus=0), "cpus"),
        (replace(GOOD, cpus=4097), "cpus"),
        (replace(GOOD, online=()), "online"),
        (replace(GOOD, online=(1, 4)), "online"),
        (replace(GOOD, header=-1), "header"),
        (replace(GOOD, header=511), "header"),
        (replace(GOOD, base_filename="a/b"), "base_filename"),
        (replace(GOOD, base_filename="\0"), "base_filename"),
        (replace(GOOD, base_filename="\udc80"), "base_filename"),
        (replace(GOOD, base_filename="é" * 121), "base_filename"),
        (replace(GOOD, mode=Mode.PYTHON, source="  "), "source"),
    ],
)
def test_a_problem_is_told_at_its_field(config: ChannelConfig, field: str) -> None:
    problems = config.problems()
    assert list(problems) == [field]
    assert problems[field].endswith(".")


@given(
    st.builds(
        ChannelConfig,
        base_filename=st.none() | st.text(max_size=3) | st.sampled_from(["", "x" * 240, "x" * 241]),
        subbuf_size=st.integers(-1, 70) | st.sampled_from([2**16, 2**31, 2**32]),
        n_subbufs=st.integers(-1, 9) | st.sampled_from([524_288, 524_289]),
        cpus=st.integers(-1, 12),
        online=st.none() | st.lists(st.integers(-1, 12), max_size=3).map(tuple),
        mode=st.sampled_from([Mode.NO_OVERWRITE, Mode.OVERWRITE, Mode.DEFAULT]),
        header=st.integers(-1, 70),
        is_global=st.booleans(),
    )
)
def test_what_has_no_problem_can_be_opened_and_nothing_else(config: ChannelConfig) -> None:
    if not config.problems() and config.allocation().total > 2**24:
        return
    try:
        channel = StepChannel(config, Client(1, {}))
    except (relay.RelayError, ValueError, OSError):
        # a header that the mode does not look at is still given to nobody
        assert config.problems()
        return
    try:
        assert config.problems() in ({}, {"header": "A header has 0 bytes or more."})
        allocation = config.allocation()
        assert channel.channel.alloc_size == allocation.alloc_size
        assert len(channel.channel.buffers) == allocation.buffers
    finally:
        channel.close()


@pytest.mark.parametrize(
    ("config", "event_size", "word"),
    [
        (replace(GOOD, n_subbufs=1), None, "one sub-buffer"),
        (replace(GOOD, header=2), None, "padding is not stored"),
        (replace(GOOD, header=4, mode=Mode.DEFAULT), None, "does not reserve"),
        (replace(GOOD, header=4), 509, "uses up a whole sub-buffer"),
        (GOOD, 513, "longer than a sub-buffer"),
        (replace(GOOD, subbuf_size=2**28), None, "8.0 GiB"),
    ],
)
def test_bad_ideas_and_traps_are_told(
    config: ChannelConfig, event_size: int | None, word: str
) -> None:
    (warning,) = config.warnings(event_size)
    assert word in warning
    assert config.problems() == {}


def test_a_usual_channel_has_nothing_to_be_told() -> None:
    assert replace(GOOD, header=4).warnings(508) == []
    assert GOOD.problems() == {}


def test_the_allocation() -> None:
    allocation = replace(GOOD, subbuf_size=1000, n_subbufs=7, online=(0, 2)).allocation()
    assert (allocation.used, allocation.alloc_size, allocation.tail) == (7000, 8192, 1192)
    assert (allocation.pages, allocation.buffers, allocation.total) == (2, 2, 16384)
    assert replace(GOOD, is_global=True).allocation().buffers == 1
