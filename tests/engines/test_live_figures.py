"""Figures of a live channel: what is told for the last second."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from relayviz.engines.live import look
from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.figures import Counted, marked, measured, per_second, rates
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.marks import LOSS, Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.findings.finding import Fault
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import BreakOn, Load, ReaderKind, Reading, Writing
from relayviz.relay import LIVE_BINS_DTYPE, Lane
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
    nothing_tried = bins_at(2.0, 21)
    nothing_tried["fate"]["overwritten"][20] = 1
    assert per_second(nothing_tried, WIDTH)[3] == 1.0
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
        # what the machine does is nothing to a simulated clock
        assert live_of(looker.look(running=False, break_on=BreakOn())).findings == ()
        monkeypatch.setattr(channel, "is_simulated", False)
        (found,) = live_of(looker.look(running=False, break_on=BreakOn())).findings
    finally:
        channel.close()
    assert found.fault is Fault.NOT_MADE
    assert found.text.startswith("The machine slept for 12.0 s while it ran.")


# -- from a moment on ------------------------------------------------------------------------------

SLOW = Load(Writing(20_000.0), Reading(ReaderKind.READ, pace=0.05), flush_every=0.3)
OF_POOL = ("visits", "reads", "reports", "reported", "losing_visits", "emptying_visits")
OF_WRITERS = ("asked", "flushes", "flushed", "flushed_empty", "flush_padding", "burned")


def two_moments(config: ChannelConfig, load: Load = SLOW) -> tuple[Counted, Counted]:
    """The counters of a simulated channel after 1.03 s, and 2 s later; then it counts anew."""
    channel = LiveChannel(config, load, Simulated())
    moments = []
    try:
        for until in (1.03, 3.03):
            channel.pool.simulate(until - channel.pool.time)
            totals, state = channel.pool.totals(), channel.look()
            moments.append(Counted(state, totals, channel.pool.time, 10.0 * until))
            channel.pool.measure_anew()
    finally:
        channel.close()
    return moments[0], moments[1]


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
@pytest.mark.parametrize("is_global", [False, True])
def test_what_is_told_from_a_moment_on_is_what_came_behind_it(
    mode: Mode, *, is_global: bool
) -> None:
    """Every figure is the difference of two; what waits, and what is a maximum, is as it is now."""
    config = ChannelConfig(
        subbuf_size=1024, n_subbufs=4, cpus=3, mode=mode, header=8, is_global=is_global
    )
    first, second = two_moments(config)
    later, whole = measured(second, first), measured(second, None)
    begun, ended = first.state.buffers, second.state.buffers
    assert (later.began, later.now, whole.began) == (first.seconds, second.seconds, 0.0)
    assert later.seconds == pytest.approx(2.0, abs=0.01)
    assert later.slept == pytest.approx(20.0)
    assert whole.slept == pytest.approx(30.3)
    for name in ended["account"].dtype.names or ():
        was = 0 * begun["account"][name]["events"] if name == "unread" else None
        was = begun["account"][name]["events"] if was is None else was
        assert (later.events(name) == ended["account"][name]["events"] - was).all(), name
        assert (whole.events(name) == ended["account"][name]["events"]).all(), name
    assert later.crowded_out.sum() > 0
    assert later.events("unread").sum() > 0
    for mine, name in (("produced", "produced"), ("released", "consumed"), ("stored", "file_size")):
        assert (getattr(later, mine) == ended[name] - begun[name]).all()
        assert (getattr(whole, mine) == ended[name]).all()
    assert (later.ready == ended["produced"] - ended["consumed"]).all()
    for holder, names in ((later.consumers, OF_POOL), (later, OF_WRITERS)):
        for name in names:
            grown = second.totals[name] - first.totals[name]
            expected = [grown.sum()] if is_global else grown[ended["cpu"]].tolist()
            assert getattr(holder, name).tolist() == expected, name
    assert later.header == 8
    assert (later.consumers.backlog == second.totals["most_backlog"][: len(ended)]).all()


def test_the_time_since_the_last_visit_is_a_gap_that_ends_now() -> None:
    """After 3.03 s of visits at each 50 ms, the last was 30 ms ago; it is among the gaps."""
    first, second = two_moments(ChannelConfig(subbuf_size=1024, n_subbufs=4, cpus=1))
    gaps, plain = measured(second, None).consumers.gaps, second.totals["away"]
    since = second.seconds - second.totals["last_visit"][0] * 1e-6
    assert 0 < since <= 0.05
    place = int(since * 1e6).bit_length()
    more = gaps.visits.astype(int) - plain.astype(int)
    assert np.argwhere(more).tolist() == [[0, place]]
    assert more.sum() == 1
    times = gaps.seconds[0] - second.totals["away_time"][0] * 1e-6
    assert np.argwhere(np.abs(times) > 1e-9).tolist() == [[place]]
    assert times.sum() == pytest.approx(since)
    assert gaps.lost.sum() == second.state.buffers["account"]["refused_full"]["events"].sum()
    just_now = replace(second, seconds=float(second.totals["last_visit"][0]) * 1e-6)
    more = measured(just_now, None).consumers.gaps.visits.astype(int) - plain.astype(int)
    assert np.argwhere(more).tolist() == [[0, 0]]  # no time at all has a class of its own
    later = measured(second, first).consumers.gaps
    assert later.visits.sum() == pytest.approx(2.0 / 0.05, abs=1)


# -- lanes and bins --------------------------------------------------------------------------------

SHOWN = {
    **{lane.name: Mark.LOST_BUSY for lane in (Lane.BUSY, Lane.WRITTEN_LATE)},
    **{lane.name: Mark.DISCARDED for lane in (Lane.DISCARDED_RESET, Lane.DISCARDED_CLOSE)},
    "REFUSED_FULL": Mark.LOST_FULL,
    "TOO_BIG": Mark.LOST_TOO_BIG,
    "OVERWRITTEN": Mark.OVERWRITTEN,
    "RELEASED_UNREAD": Mark.RELEASED,
    "STORED": Mark.STORED,
    "SWITCHED": Mark.SWITCHED,
    "FLUSHED": Mark.FLUSHED,
    "READ": Mark.READ,
    "RELEASED": Mark.CONSUMED,
}


@pytest.mark.parametrize("lane", list(Lane), ids=lambda lane: lane.name)
def test_each_way_to_lose_an_event_is_a_mark_of_a_loss(lane: Lane) -> None:
    """Beside others, on its own CPU, in its own column."""
    lanes = np.zeros((2, 3), np.uint32)
    lanes[1, 2], lanes[0, 1] = lane, Lane.STORED
    found = marked(lanes)
    assert found.tolist() == [[0, Mark.STORED, 0], [0, 0, SHOWN.get(lane.name or "", 0)]]
    is_loss = (lane.name or "").lower() in LOSSES
    assert bool(found[1, 2] & LOSS) is is_loss
    both = marked(lanes | np.uint32(Lane.SWITCHED))
    assert both[1, 2] == found[1, 2] | Mark.SWITCHED


def test_rates_are_told_for_each_bin() -> None:
    bins = np.zeros(4, LIVE_BINS_DTYPE)
    bins["stored"], bins["stored_bytes"] = [1, 2, 3, 4], [10, 20, 30, 40]
    bins["most_ready"] = [0, 2, 4, 8]
    bins["fate"]["consumed"] = [0, 1, 1, 2]
    for number, name in enumerate(LOSSES):
        bins["fate"][name] = number + np.arange(4)
    told = rates(bins, 2.0, 8)
    assert told.seconds == 0.5
    assert (told.written.tolist(), told.bytes.tolist()) == ([1, 2, 3, 4], [10, 20, 30, 40])
    assert told.consumed.tolist() == [0, 1, 1, 2]
    assert told.fill.tolist() == [0, 0.25, 0.5, 1.0]
    assert told.lost[:, 0].tolist() == list(range(len(LOSSES)))
    assert told.lost[0].tolist() == [0, 1, 2, 3]
