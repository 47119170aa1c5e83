"""Figures of a live channel: what is told for the last second."""

from __future__ import annotations

import math

import numpy as np
import pytest

from relayviz.engines.live import look
from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.figures import per_second
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.findings.finding import Fault
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import BreakOn, Load
from relayviz.relay import LIVE_BINS_DTYPE
from tests.engines.running import live_of

WIDTH = 0.05
ON, OFF, RATE, LENGTH = 0.02, 0.08, 217_000.0, 64


def written(until: float) -> float:
    """Return the events of a writer in bursts from the beginning on."""
    whole, rest = divmod(until, ON + OFF)
    return (whole * ON + min(rest, ON)) * RATE


def bins_at(now: float, count: int) -> np.ndarray:
    """Return the bins as the pool lays them out: at multiples of their width, the newest partly."""
    first = math.ceil(now / WIDTH) - count
    bins = np.zeros(count, LIVE_BINS_DTYPE)
    for place in range(count):
        begin, end = max((first + place) * WIDTH, 0.0), min((first + place + 1) * WIDTH, now)
        if end > begin:
            bins["seconds"][place] = end - begin
            bins["stored"][place] = written(end) - written(begin)
    bins["stored_bytes"] = bins["stored"] * LENGTH
    bins["fate"]["consumed"] = bins["stored"] / 2
    return bins


def test_bursts_do_not_move_the_headline() -> None:
    """Sharing the oldest bin out can be wrong by a part of one burst, of the ten in a second.

    Looked at so often that each place of a burst in the bins occurs: the newest bin taken as a
    whole, or left out, moves the figure by an eighth.
    """
    moments = np.linspace(1.1, 2.07, 389).tolist()
    told = np.array([per_second(bins_at(now, 21), WIDTH) for now in moments])
    events, size, consumed, lost = told.T
    mean = RATE * ON / (ON + OFF)
    assert events.min() == pytest.approx(mean)
    assert events.max() < 1.065 * mean
    assert size == pytest.approx(events * LENGTH)
    assert consumed == pytest.approx(events / 2)
    assert (lost == 0).all()


def test_at_first_it_is_told_for_the_time_that_there_was() -> None:
    assert per_second(bins_at(0.2, 21), WIDTH)[0] == pytest.approx(RATE * 0.2)
    assert per_second(bins_at(0.0, 21), WIDTH) == (0.0, 0.0, 0.0, 0.0)


def test_what_was_lost_is_of_the_same_second_as_what_was_written() -> None:
    """A loss of long ago is none of now: half of what was tried in the first half second."""
    bins = bins_at(2.0, 41)
    bins["attempted"] = bins["stored"]
    bins["fate"]["refused_full"][:10] = bins["stored"][:10] / 2
    assert per_second(bins, WIDTH)[3] == pytest.approx(0.125, rel=0.1)
    assert per_second(bins[20:], WIDTH)[3] == 0.0
    bins["fate"]["overwritten"] = 1e9
    assert per_second(bins, WIDTH)[3] == 1.0  # what was written before can be lost, too


def test_a_machine_that_slept_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks of a machine that sleeps for 12 s while it runs: one of them goes on."""
    monkeypatch.setattr(look, "_slept", lambda: 100.0)
    channel = LiveChannel(ChannelConfig(subbuf_size=4096), Load(), Simulated())
    try:
        looker = look.Looker(channel)
        channel.pool.simulate(1.0)
        assert live_of(looker.look(running=False, break_on=BreakOn())).findings == ()
        monkeypatch.setattr(look, "_slept", lambda: 112.0)
        (found,) = live_of(looker.look(running=False, break_on=BreakOn())).findings
    finally:
        channel.close()
    assert found.fault is Fault.NOT_MADE
    assert found.text.startswith("The machine slept for 12.0 s while it ran.")
