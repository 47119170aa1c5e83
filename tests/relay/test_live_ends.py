"""The end of a live pool: it never hangs, leaks a thread or takes the interpreter down."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from tests.relay.kit import PATIENCE, Beside, until
from tests.relay.live_kit import FLAT_OUT, accounts, opened, run_for, run_to_break, sums

if TYPE_CHECKING:
    from collections.abc import Iterator


def native_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    gc.collect()
    before = native_threads()
    yield
    gc.collect()
    until(lambda: native_threads() <= before)


@pytest.mark.parametrize("running", [True, False])
def test_close_and_what_is_left(directory: relay.Directory, running: bool) -> None:
    with opened(directory) as channel:
        live = relay.Live(channel, writer_threads=2, reader_threads=2)
        live.set_writing(FLAT_OUT)
        live.set_reading(relay.Reading("mmap"))
        run_for(live, 1000)
        if running:
            live.break_on()
            live.run()
        live.close()
        live.close()
        assert live.closed
        assert not live.running
        assert sums(live)["attempted"] == accounts(channel)["attempted"] >= 1000
        live.sample()
        for call in (live.run, live.pause, live.drain, lambda: live.set_writing(FLAT_OUT)):
            with pytest.raises(relay.ClosedError):
                call()
        channel.write(b"x" * 16)  # the channel goes on
        assert accounts(channel)["attempted"] == sums(live)["attempted"] + 1


def test_the_channel_goes_first(directory: relay.Directory) -> None:
    channel = opened(directory)
    live = relay.Live(channel)
    live.set_writing(FLAT_OUT)
    live.set_reading(relay.Reading("read"))
    live.break_on(counter="intact", value=1)
    run_to_break(live)
    live.break_on(["written_late"])
    live.run()
    channel.close()
    hit = live.wait_hit(PATIENCE)
    assert hit is not None
    assert hit.what == "written_late"
    assert sums(live)["written_late"] <= 2
    assert sums(live)["attempted"] == accounts(channel)["attempted"]
    live.close()


def test_no_pool_on_a_closed_channel(directory: relay.Directory) -> None:
    channel = opened(directory)
    channel.close()
    with pytest.raises(relay.ClosedError):
        relay.Live(channel)


def test_close_wakes_who_waits(directory: relay.Directory) -> None:
    with opened(directory) as channel, relay.Live(channel) as live:
        live.run()
        waiting = Beside(live.wait_hit)
        live.close()
        assert waiting.result() is None


def test_an_object_that_goes_without_close(directory: relay.Directory) -> None:
    with opened(directory) as channel:
        live = relay.Live(channel)
        live.set_writing(FLAT_OUT)
        live.run()
        del live  # the fixture counts threads


def run_and_fail(live: relay.Live) -> None:
    live.set_writing(FLAT_OUT)
    live.run()
    live.set_writing(FLAT_OUT, [99])


def test_an_exception_closes_it(directory: relay.Directory) -> None:
    with opened(directory) as channel:
        live = relay.Live(channel)
        with pytest.raises(relay.CpuError), live:
            run_and_fail(live)
        assert live.closed


def test_the_interpreter_ends_while_threads_run() -> None:
    code = """
import math
from relayviz import relay

def start(buf, subbuf, prev_subbuf, prev_padding):
    return not buf.full

channel = relay.Channel("cpu", subbuf_size=1024, n_subbufs=4, cpus=2,
                        callbacks=relay.Callbacks(subbuf_start=start))
live = relay.Live(channel, writer_threads=2)
live.set_writing(relay.Writing(math.inf))
live.set_reading(relay.Reading("mmap"))
live.break_on(counter="produced", value=20)
live.run()
assert live.wait_hit(60)
live.break_on()
live.run()
"""
    result = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


class TestPythonCallbacks:
    """Callables that run in threads of the pool."""

    def test_decide_in_the_writers_thread(self, directory: relay.Directory) -> None:
        threads: set[int] = set()

        def start(buf: relay.Buffer, *_: object) -> bool:
            threads.add(threading.get_ident())
            return not buf.full

        with opened(directory, start) as channel, relay.Live(channel) as live:
            live.set_writing(FLAT_OUT)
            live.set_reading(relay.Reading("read"))
            run_for(live, 2000)
            live.drain()
            found = sums(live)
            assert found["intact"] == found["stored"]
            assert len(threads) == 2

    def test_cannot_stop_their_own_thread(self, directory: relay.Directory) -> None:
        refused: list[str] = []

        def start(*_: object) -> bool:
            for call in (
                (live.pause, live.run, live.drain, live.close, live.break_on) if inside else ()
            ):
                with pytest.raises(relay.BusyError):
                    call()
                refused.append("busy")
            return True

        inside: list[relay.Live] = []
        with opened(directory, start) as channel, relay.Live(channel) as live:
            inside.append(live)
            live.set_writing(FLAT_OUT)
            live.break_on(["produced"])
            run_to_break(live)
            inside.clear()
            assert refused == ["busy"] * 5

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_that_raise_refuse(self, directory: relay.Directory) -> None:
        def start(*_: object) -> bool:
            if armed:
                raise KeyError("from a thread of the pool")
            return True

        armed: list[int] = []
        with opened(directory, start) as channel, relay.Live(channel) as live:
            armed.append(1)
            live.set_writing(FLAT_OUT)
            live.break_on(["refused_full"])
            run_to_break(live)
            assert accounts(channel)["refused_full"] == 1
            armed.clear()


def test_a_signal_interrupts_waiting(directory: relay.Directory) -> None:
    def interrupt() -> None:
        asked.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    def ask_and_wait(live: relay.Live) -> None:
        asked.set()
        live.wait_hit(PATIENCE)

    asked = threading.Event()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job may ignore it
    try:
        with opened(directory) as channel, relay.Live(channel) as live:
            live.run()
            beside = Beside(interrupt)
            with pytest.raises(KeyboardInterrupt):
                ask_and_wait(live)
            beside.result()
    finally:
        signal.signal(signal.SIGINT, before)
