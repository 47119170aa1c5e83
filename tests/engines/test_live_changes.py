"""What is told of a live channel whose load changes: nobody did what others had done before."""

from __future__ import annotations

import os
import random
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live import look
from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.figures import Counted, measured
from relayviz.engines.live.look import Looker
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.finding import Fault
from relayviz.model.findings.findings import findings
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import (
    BreakOn,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.findings.measured import Measured

SOAK = int(os.environ.get("RELAY_SOAK", "1"))
LARGE = ChannelConfig(subbuf_size=65536, n_subbufs=8, cpus=1)
READ, MMAP = ReaderKind.READ, ReaderKind.MMAP


def counted(channel: LiveChannel) -> Counted:
    return Counted(channel.look(), channel.pool.totals(), channel.pool.time)


def phases(config: ChannelConfig, load: Load, *readings: Reading) -> Iterator[Measured]:
    """Yield what was measured under each of several readings, one after the other."""
    with closing(LiveChannel(config, load, Simulated(seed=1))) as channel:
        for reading in readings:
            since, load = counted(channel), replace(load, reading=reading)
            channel.put_under(load)
            channel.pool.simulate(0.5)
            yield measured(counted(channel), since)


def test_who_reports_what_was_read_before_reports_no_more_than_that() -> None:
    """What `read` had got of a sub-buffer is not given back unread by the mapping that goes on."""
    config, load = LARGE, Load(Writing(1500.0))
    by_read, mapped = phases(config, load, Reading(READ, pace=0.03), Reading(MMAP, pace=0.03))
    assert by_read.verified.intact[0] > 700
    assert mapped.events("consumed")[0] == 1024 > mapped.verified.intact[0] + 700
    assert mapped.unseen.tolist() == [0]
    assert findings(by_read) == findings(mapped) == ()


def test_who_reports_more_than_was_read_is_told_so_also_behind_others() -> None:
    config = ChannelConfig(subbuf_size=4096, n_subbufs=64, cpus=1)
    honest = Reading(MMAP, pace=0.02, batch=1)
    false = replace(honest, report_extra=1)
    before, after, behind = phases(config, Load(Writing(6000.0)), honest, false, honest)
    assert before.unseen.tolist() == [0]
    assert after.unseen[0] == after.events("consumed")[0] - after.verified.intact[0] > 500
    assert behind.unseen[0] < 200  # what the channel had lost sight of before
    assert Fault.REPORTS_TOO_MUCH in {one.fault for one in findings(after)}


def test_events_that_came_torn_were_got() -> None:
    with closing(LiveChannel(LARGE, Load(Writing(6000.0)), Simulated(seed=1))) as channel:
        channel.pool.simulate(0.5)
        now = counted(channel)
        consumed = int(now.state.buffers["account"]["consumed"]["events"][0])
        for torn in range(6):
            now.totals["intact"], now.totals["torn"] = consumed - 5, torn
            assert measured(now, None).unseen.tolist() == [5 - torn]


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
def test_who_reads_behind_a_mapping_is_out_of_place(mode: Mode) -> None:
    """The mapping leaves bytes_consumed, and so `read` goes on within the next sub-buffer."""
    read, mapped = Reading(READ, pace=0.03), Reading(MMAP, pace=0.03)
    *_, last = phases(replace(LARGE, mode=mode), Load(Writing(1500.0)), read, mapped, read)
    (found,) = findings(last)
    assert found.fault is Fault.DISPLACED
    assert "before all of it was read" in found.text


def any_reading(rng: random.Random) -> Reading:
    kind = rng.choice((READ, READ, MMAP))
    batch = rng.choice((0, 0, 16, 100, 700)) if kind is READ else 0
    return Reading(kind, pace=rng.choice((0.002, 0.01, 0.03)), batch=batch)


def test_no_change_makes_anybody_report_too_much_or_the_writer_tear() -> None:
    """Whatever is read after what: nothing is reported unread, nothing overwritten."""
    told = set()
    for seed in range(20 * SOAK):
        rng = random.Random(seed)  # noqa: S311  only to choose loads
        smallest, more = rng.choice((16, 40, 100)), rng.choice((0, 60, 300))
        sizes = Sizes(SizeKind.UNIFORM, smallest, smallest + more)
        config = ChannelConfig(subbuf_size=rng.choice((512, 2048)), n_subbufs=64, cpus=1)
        load = Load(Writing(rng.choice((500.0, 3000.0)), sizes))
        for one in phases(config, load, *(any_reading(rng) for _ in range(10))):
            told |= {found.fault for found in findings(one)}
    assert Fault.DISPLACED in told
    assert not told & {Fault.REPORTS_TOO_MUCH, Fault.SHARED, Fault.TORN, Fault.NOT_REPORTING}


@pytest.mark.parametrize("kind", [READ, MMAP])
def test_a_change_while_threads_run_makes_nobody_else_read(
    kind: ReaderKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A measurement can begin and end within any call of any reader."""
    monkeypatch.setattr(look, "_SETTLING", 0.0)
    monkeypatch.setattr(look, "_JUDGED", 0.0)
    config = ChannelConfig(subbuf_size=512, n_subbufs=4096, cpus=8)
    load = Load(Writing(20_000.0), Reading(kind, pace=0.0005))
    with closing(LiveChannel(config, load)) as channel:
        looker = Looker(channel)
        channel.pool.run()
        for _ in range(60 * SOAK):
            looker.begin_anew()
            until = channel.pool.time + 0.005
            while channel.pool.time < until:
                looker.look(running=True, break_on=BreakOn())
                told = {one.fault for one in findings(looker.measured)}
                assert not told & {Fault.SHARED, Fault.REPORTS_TOO_MUCH}
        channel.pool.pause()
