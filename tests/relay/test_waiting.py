"""Polling and sleeping: what wakes, what does not, signals, selectors."""

from __future__ import annotations

import select
import selectors
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from relayviz import relay
from tests.relay.kit import Beside, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READABLE = select.POLLIN | select.POLLRDNORM
LONG = 60.0  # seconds that nobody here sleeps to the end


@pytest.fixture
def channel(directory: relay.Directory) -> Iterator[relay.Channel]:
    """Give a channel of 4 sub-buffers of 16 bytes on 2 CPUs, with files."""
    with relay.Channel("cpu", directory, subbuf_size=16, n_subbufs=4, cpus=2) as made:
        yield made


class TestPoll:
    """Looking, with and without time."""

    def test_finished_sub_buffers(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            assert file.poll() == 0
            channel.write(bytes(16))
            assert file.poll(0) == 0  # bytes in an unfinished sub-buffer do not count
            channel.flush()
            assert file.poll() == file.poll(LONG) == file.poll(None) == READABLE
            assert file.wait(LONG) == (READABLE, True)
            channel.subbufs_consumed(0, 1)
            assert file.poll() == 0
            assert file.poll(0.001) == 0
            assert file.wait(0.001) == (0, False)

    def test_closed(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file, channel.open_file(0, "w") as writer:
            channel.flush()
            assert writer.poll() == 0
            channel.close()
            assert file.poll() == writer.poll() == select.POLLERR

    @pytest.mark.parametrize("timeout", [-1, -0.001, float("nan"), float("-inf")])
    def test_no_time(self, timeout: float, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            with pytest.raises(ValueError, match="timeout"):
                file.poll(timeout)
            with pytest.raises(ValueError, match="timeout"):
                file.wait(timeout)
            with pytest.raises(TypeError):
                file.poll("1")  # type: ignore[arg-type]

    @pytest.mark.parametrize("timeout", [1e300, float("inf"), 2**70])
    def test_more_time_than_there_is(self, timeout: float, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            channel.flush()
            assert file.poll(timeout) == READABLE


WAKERS: list[Callable[[relay.Channel], object]] = [
    lambda channel: channel.write(b"x"),
    lambda channel: channel.flush(),
    lambda channel: channel.switch_subbuf(0),
    lambda channel: channel.write_many(b"ab", [1, 1]),
    lambda channel: channel.reserve(1),
]


class TestSleep:
    """Who wakes whom."""

    @pytest.mark.parametrize("timeout", [None, LONG])
    @pytest.mark.parametrize("wake", WAKERS)
    def test_a_switch_wakes(
        self,
        wake: Callable[[relay.Channel], object],
        timeout: float | None,
        channel: relay.Channel,
    ) -> None:
        channel.write(bytes(16))
        with channel.open_file(0) as file:
            sleeper = Beside(lambda: file.wait(timeout))
            until(lambda: channel.buffers[0].waiters == 1)
            assert sleeper.is_alive()
            wake(channel)
            assert sleeper.result() == (READABLE, True)
            assert channel.buffers[0].waiters == 0

    def test_all_sleepers_wake(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            sleepers = [Beside(lambda: file.poll(None)) for _ in range(5)]
            until(lambda: channel.buffers[0].waiters == 5)
            channel.flush()
            assert [sleeper.result() for sleeper in sleepers] == [READABLE] * 5

    def test_what_does_not_wake(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            sleeper = Beside(lambda: file.wait(0.2))
            until(lambda: channel.buffers[0].waiters == 1)
            channel.write(bytes(16))  # an exact fill
            channel.write(bytes(16), 1)
            channel.switch_subbuf(0, 1)
            channel.reset()
            channel.close()
            assert sleeper.result() == (select.POLLERR, False)  # found when the time was up

    def test_closing_the_descriptor_meanwhile(self, channel: relay.Channel) -> None:
        file = channel.open_file(0)
        sleeper = Beside(lambda: file.wait(None))
        until(lambda: channel.buffers[0].waiters == 1)
        file.close()
        channel.flush()
        assert sleeper.result() == (READABLE, True)


class TestSelectors:
    """The descriptor for select, poll and epoll."""

    @pytest.mark.parametrize("kind", [selectors.SelectSelector, selectors.EpollSelector])
    def test_ready_when_poll_is(
        self, kind: type[selectors.BaseSelector], channel: relay.Channel
    ) -> None:
        with kind() as selector, channel.open_file(0) as file:
            selector.register(file, selectors.EVENT_READ, "relay")
            assert selector.select(0) == []
            other = Beside(lambda: selector.select(LONG))
            channel.flush()
            assert [key.data for key, _ in other.result()] == ["relay"]
            file.read()
            file.read()
            assert selector.select(0) == []
            channel.close()
            assert len(selector.select(0)) == 1

    def test_it_belongs_to_the_buffer(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as first, channel.open_file(0) as second:
            assert first.fileno() == first.fileno() == second.fileno()
            with channel.open_file(1) as other:
                assert other.fileno() != first.fileno()


class StopError(Exception):
    """Raised by the signal handler of a test."""


def with_alarms(handler: Callable[..., object], call: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run a call while SIGALRM comes again and again, from the time that somebody sleeps."""
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        return call()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals need the main thread"
)
class TestSignals:
    """Python signal handlers that run during a sleep."""

    def test_a_handler_that_raises(self, channel: relay.Channel) -> None:
        def stop(*_: object) -> None:
            raise StopError

        with channel.open_file(0) as file, pytest.raises(StopError):
            with_alarms(stop, lambda: file.wait(None))
        assert channel.buffers[0].waiters == 0

    def test_a_handler_that_returns(self, channel: relay.Channel) -> None:
        ticks: list[float] = []

        def tick(*_: object) -> None:
            ticks.append(time.monotonic())
            if len(ticks) == 5:
                channel.flush()

        with channel.open_file(0) as file:
            assert with_alarms(tick, lambda: file.wait(None)) == (READABLE, True)
        assert len(ticks) >= 5

    def test_the_time_goes_on(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            start = time.monotonic()
            assert with_alarms(lambda *_: None, lambda: file.wait(0.15)) == (0, False)
            assert time.monotonic() - start >= 0.15
