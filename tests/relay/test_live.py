"""The live pool: what is written, read, verified, counted, and what stops it."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from relayviz import relay
from tests.relay.kit import PATIENCE, Beside
from tests.relay.live_kit import FLAT_OUT, accounts, opened, run_for, run_to_break, sums

if TYPE_CHECKING:
    from collections.abc import Callable


class TestWhatIsCounted:
    """Counters of writers and readers against the core's account."""

    @pytest.mark.parametrize("kind", ["read", "mmap"])
    def test_readers_agree_with_the_account(
        self, directory: relay.Directory, kind: Literal["read", "mmap"]
    ) -> None:
        with opened(directory) as channel, relay.Live(channel, seed=7) as live:
            live.set_writing(FLAT_OUT)
            live.set_reading(relay.Reading(kind))
            run_for(live, 20_000)
            live.drain()
            channel.flush()
            live.drain()
            found, account = sums(live), accounts(channel)
            assert found["intact"] == found["stored"] == account["accepted"]
            assert found["missing"] == account["refused_full"] > 0
            assert found["torn"] == found["twice"] == found["unwritten"] == 0
            assert found["attempted"] == account["attempted"]
            assert account["unread"] == 0

    def test_lapped_readers_miss_what_was_overwritten(self, directory: relay.Directory) -> None:
        with opened(directory, relay.OVERWRITE) as channel, relay.Live(channel) as live:
            live.set_writing(FLAT_OUT)
            run_for(live, 5_000)
            live.set_reading(relay.Reading("read"))
            live.drain()
            found, account = sums(live), accounts(channel)
            assert found["lapped"] == 2
            assert found["missing"] == account["overwritten"] > 0
            assert found["intact"] + found["missing"] == found["attempted"]

    def test_nothing_happens_at_first(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            assert not live.running
            assert live.time == 0
            rows = live.totals()
            assert rows.dtype == relay.LIVE_TOTALS_DTYPE
            assert rows["cpu"].tolist() == [0, 1]
            assert rows["last_report"].tolist() == [relay.NO_REPORT] * 2
            assert live.hit is None
            assert live.wait_hit(0) is None

    def test_cpus_can_be_set_apart(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel, writer_threads=2) as live:
            live.set_writing(FLAT_OUT, [1])
            live.set_reading(relay.Reading("read"), [1])
            run_for(live, 3_000)
            live.drain()
            rows = live.totals()
            assert rows["attempted"][0] == rows["bytes"][0] == 0
            assert rows["intact"][1] == rows["stored"][1] > 0

    def test_recorded_sizes_are_repeated(self, directory: relay.Directory) -> None:
        with opened(directory, subbuf_size=4096) as channel, relay.Live(channel) as live:
            live.set_writing(relay.Writing(math.inf, relay.Sizes.listed([16, 100, 32])), [0])
            run_for(live, 7)
            assert live.totals()["attempted_bytes"][0] == 2 * 148 + 16

    def test_a_forgotten_report_blocks_the_buffer(self, directory: relay.Directory) -> None:
        with opened(directory, cpus=1) as channel, relay.Live(channel) as live:
            live.set_writing(relay.Writing(math.inf, relay.Sizes.fixed(64)))
            live.set_reading(relay.Reading("mmap", forget_every=1))
            live.break_on(["refused_full"])
            run_to_break(live)
            live.drain()
            found = sums(live)
            assert found["reports"] == 0
            assert found["forgotten"] > 0
            assert found["intact"] == 64
            assert found["twice"] == 0

    def test_flushes_finish_empty_subbufs(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            live.set_flush(1e-3)
            live.break_on(counter="produced", value=3)
            assert run_to_break(live).value == 3
            assert sums(live)["flushed_empty"] >= 5


class TestBreaks:
    """What stops the threads, and where they then stand."""

    @pytest.mark.parametrize(
        ("start", "fate", "events"),
        [(relay.NO_OVERWRITE, "refused_full", 1), (relay.OVERWRITE, "overwritten", 16)],
    )
    def test_the_first_loss_is_the_only_one(
        self, directory: relay.Directory, start: relay.Preset, fate: str, events: int
    ) -> None:
        with opened(directory, start) as channel, relay.Live(channel) as live:
            live.set_writing(relay.Writing(math.inf, relay.Sizes.fixed(64)))
            live.break_on([fate])
            hit = run_to_break(live)
            assert accounts(channel)[fate] == events
            assert (hit.what, hit.seq, hit.value) == (fate, 64, events)
            assert live.hit == hit
            assert not live.running
            assert hit.time == live.time
            run_to_break(live)
            assert live.hit != hit

    def test_on_one_cpu(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            live.set_writing(FLAT_OUT)
            live.break_on(counter="attempted", value=1000, cpu=1)
            hit = run_to_break(live)
            assert hit == relay.Hit("attempted", 1, 999, 1000, hit.time)
            assert live.totals()["attempted"][1] == 1000

    @pytest.mark.parametrize(
        ("start", "what"), [(relay.NO_OVERWRITE, "full"), (relay.OVERWRITE, "lapped")]
    )
    def test_full_and_lapped(
        self, directory: relay.Directory, start: relay.Preset, what: str
    ) -> None:
        with opened(directory, start) as channel, relay.Live(channel) as live:
            live.set_writing(FLAT_OUT)
            live.set_reading(relay.Reading("read", pace=2e-3))
            live.break_on(full=what == "full", lapped=what == "lapped")
            assert run_to_break(live).what == what

    def test_no_break_any_more(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            live.set_writing(FLAT_OUT)
            live.break_on(["refused_full"])
            live.break_on()
            live.run()
            assert live.wait_hit(0.01) is None
            assert live.running


class TestOverTime:
    """Bins, lanes, and the pool's clock."""

    def test_bins_and_lanes_have_everything(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            live.set_writing(FLAT_OUT)
            live.set_reading(relay.Reading("read"))
            for _ in range(5):
                run_for(live, 5_000)
                live.sample()
            bins, account = live.bins(7), accounts(channel)
            assert bins.dtype == relay.LIVE_BINS_DTYPE
            assert bins["attempted"].sum() == pytest.approx(account["attempted"])
            for fate in bins["fate"].dtype.names or ():
                assert bins["fate"][fate].sum() == pytest.approx(account[fate])
            assert bins["seconds"].sum() == pytest.approx(live.time)
            assert bins["most_ready"].max() == 4
            lanes = live.lanes(7)
            assert lanes.shape == (2, 7)
            for row in lanes:
                flags = relay.Lane(int(np.bitwise_or.reduce(row)))
                wanted = relay.Lane.STORED | relay.Lane.SWITCHED | relay.Lane.REFUSED_FULL
                assert wanted | relay.Lane.FULL in flags
                assert not flags & (relay.Lane.OVERWRITTEN | relay.Lane.TORN | relay.Lane.TWICE)
            assert live.lanes(3, 1.0, [1]).shape == (1, 3)

    def test_a_single_loss_shows_in_a_minute(self, directory: relay.Directory) -> None:
        with opened(directory, cpus=1) as channel, relay.Live(channel) as live:
            live.set_writing(relay.Writing(math.inf, relay.Sizes.fixed(64)))
            live.break_on(["refused_full"])
            run_to_break(live)
            live.sample()
            assert live.bins(3)["fate"]["refused_full"].sum() == 1
            assert np.count_nonzero(live.lanes(600) & relay.Lane.REFUSED_FULL) >= 1

    def test_time_stands_while_paused(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            live.run()
            assert live.wait_hit(0.001) is None
            live.pause()
            before = live.time
            threading.Event().wait(0.01)
            assert live.time == before > 0

    def test_names_of_lanes_are_those_of_the_fates(self) -> None:
        fates = [name for name in relay.LIVE_COUNTERS if name in relay.Account._fields[3:]]
        assert [relay.Lane[name.upper()] for name in fates] == [1 << i for i in range(len(fates))]


class TestWrongArguments:
    """Each is refused with its cause, and nothing has changed."""

    @pytest.mark.parametrize(
        "call",
        [
            lambda live: live.set_writing(relay.Writing(-1)),
            lambda live: live.set_writing(relay.Writing(math.nan)),
            lambda live: live.set_writing(relay.Writing(1, relay.Sizes.fixed(15))),
            lambda live: live.set_writing(relay.Writing(1, relay.Sizes.fixed(2**40))),
            lambda live: live.set_writing(relay.Writing(1, relay.Sizes.uniform(50, 40))),
            lambda live: live.set_writing(relay.Writing(1, relay.Sizes.exponential(8))),
            lambda live: live.set_writing(relay.Writing(1, relay.Sizes.listed([16, -1]))),
            lambda live: live.set_writing(relay.Writing(1, relay.Sizes.listed([]))),
            lambda live: live.set_writing(relay.Writing(1, burst_on=-1)),
            lambda live: live.set_reading(relay.Reading("read", pace=math.nan)),
            lambda live: live.set_reading(relay.Reading("read", batch=2**21)),
            lambda live: live.set_reading(relay.Reading("mmap", batch=-1)),
            lambda live: live.set_reading(relay.Reading("mmap", forget_every=-1)),
            lambda live: live.set_reading(relay.Reading("mmap", stall=1e9)),
            lambda live: live.set_flush(1e-6),
        ],
    )
    def test_are_refused(
        self, directory: relay.Directory, call: Callable[[relay.Live], None]
    ) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            with pytest.raises(relay.RelayError, match=r": ."):
                call(live)
            live.run()
            live.pause()
            assert sums(live)["attempted"] == 0

    def test_cpus(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            for cpu in (2, -1, 2**40):
                with pytest.raises(relay.CpuError):
                    live.set_writing(FLAT_OUT, [cpu])
                with pytest.raises(relay.CpuError):
                    live.set_reading(relay.Reading("read"), [0, cpu])
                with pytest.raises(relay.CpuError):
                    live.lanes(1, 1, [cpu])
                with pytest.raises(relay.CpuError):
                    live.break_on(full=True, cpu=cpu)

    def test_names(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            with pytest.raises(ValueError, match="'eaten' is none of refused_full"):
                live.break_on(["eaten"])
            with pytest.raises(ValueError, match="value=0"):
                live.break_on(counter="lost")
            with pytest.raises(ValueError, match="kind='maps'"):
                live.set_reading(relay.Reading("maps"))  # type: ignore[arg-type]

    def test_threads(self, directory: relay.Directory) -> None:
        with opened(directory) as channel:
            for count in (0, 65, -1):
                with pytest.raises(relay.RelayError, match=f"writer_threads={count}"):
                    relay.Live(channel, writer_threads=count)

    def test_buffers_without_files(self) -> None:
        channel = relay.Channel(None, subbuf_size=1024, n_subbufs=4, cpus=1)
        with channel, relay.Live(channel) as live, pytest.raises(FileNotFoundError):
            live.set_reading(relay.Reading("read"))

    def test_drain_while_running(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, relay.Live(channel) as live:
            live.run()
            with pytest.raises(relay.RelayError, match="pause them first"):
                live.drain()


def test_waiting_lets_other_threads_run(directory: relay.Directory) -> None:
    with opened(directory) as channel, relay.Live(channel) as live:
        waiting = Beside(live.wait_hit, PATIENCE)
        live.set_writing(FLAT_OUT)
        live.break_on(full=True)
        live.run()
        assert waiting.result().what == "full"
