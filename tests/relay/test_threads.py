"""Many threads: nobody waits for a buffer while holding the GIL, and no event is lost or torn."""

from __future__ import annotations

import itertools
import os
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from relayviz import relay
from tests.relay.kit import PATIENCE, Beside, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 64


class Held:
    """A channel whose buffer 0 another thread holds: it is inside subbuf_start until let go."""

    def __init__(self, directory: relay.Directory) -> None:
        self.inside, self.go_on = threading.Event(), threading.Event()
        self.blocks = False
        self.channel = relay.Channel(
            "cpu",
            directory,
            subbuf_size=SIZE,
            n_subbufs=4,
            cpus=2,
            callbacks=relay.Callbacks(subbuf_start=self.start),
        )
        self.channel.write(bytes(SIZE))
        self.blocks = True
        self.holder = Beside(lambda: self.channel.write(b"holder"))
        assert self.inside.wait(PATIENCE)

    def start(self, *_: object) -> bool:
        if self.blocks:
            self.blocks = False
            self.inside.set()
            assert self.go_on.wait(PATIENCE)
        return True

    def close(self) -> None:
        self.go_on.set()
        assert self.holder.result()
        self.channel.close()


@pytest.fixture
def held(directory: relay.Directory) -> Iterator[Held]:
    """Give a channel whose buffer is held."""
    made = Held(directory)
    yield made
    made.close()


def read_file(channel: relay.Channel) -> bytes:
    with channel.open_file(0) as file:
        return file.read()


def map_file(channel: relay.Channel) -> None:
    with channel.open_file(0) as file:
        file.mmap().release()


def ask_eventfd(channel: relay.Channel) -> int:
    with channel.open_file(0) as file:
        return file.fileno()


def splice_file(channel: relay.Channel) -> None:
    source, target = os.pipe()
    with channel.open_file(0) as file:
        file.splice(target, 1)
    os.close(source)
    os.close(target)


WAITING: list[Callable[[relay.Channel], object]] = [
    lambda channel: channel.write(b"x"),
    lambda channel: channel.write_many(b"xy", [1, 1]),
    lambda channel: channel.reserve(1),
    lambda channel: channel.switch_subbuf(0),
    lambda channel: channel.subbufs_consumed(0, 1),
    lambda channel: channel.flush(),
    lambda channel: channel.reset(),
    lambda channel: channel.close(),
    read_file,
    map_file,
    ask_eventfd,
    splice_file,
]


class TestTheGil:
    """With the GIL held, each of these would wait for a thread that needs it: for ever."""

    @pytest.mark.parametrize("call", WAITING)
    def test_is_not_held_while_waiting(
        self, call: Callable[[relay.Channel], object], held: Held
    ) -> None:
        waiting = Beside(lambda: call(held.channel))
        threading.Event().wait(0.01)  # time to begin to wait; too short only proves less
        held.go_on.set()
        waiting.result()

    @pytest.mark.parametrize("call", WAITING[:5])
    @pytest.mark.parametrize("native", [relay.NO_OVERWRITE, relay.OVERWRITE, None])
    def test_nor_after_a_change_to_native(
        self, call: Callable[[relay.Channel], object], native: relay.Preset | None, held: Held
    ) -> None:
        held.channel.set_subbuf_start(native)
        self.test_is_not_held_while_waiting(call, held)

    def test_a_second_mutex_user_waits_without_it(self, directory: relay.Directory) -> None:
        inside, go_on = threading.Event(), threading.Event()

        def create(*arguments: Any) -> relay.Entry:  # noqa: ANN401
            inside.set()
            assert go_on.wait(PATIENCE)
            return relay.create_buf_file(*arguments)

        def open_one(name: str, callbacks: relay.Callbacks) -> relay.Channel:
            return relay.Channel(
                name, directory, subbuf_size=SIZE, n_subbufs=2, cpus=1, callbacks=callbacks
            )

        first = Beside(lambda: open_one("a", relay.Callbacks(create_buf_file=create)))
        assert inside.wait(PATIENCE)
        second = Beside(lambda: open_one("b", relay.Callbacks()))
        threading.Event().wait(0.01)
        go_on.set()
        for opened in (first, second):
            opened.result().close()

    def test_a_blocked_splice(self, directory: relay.Directory) -> None:
        source, target = os.pipe()
        size = 2**20  # more than a pipe holds
        with relay.Channel("cpu", directory, subbuf_size=size, n_subbufs=2, cpus=1) as channel:
            channel.write(bytes(size))
            channel.flush()
            with channel.open_file(0) as file:
                splicing = Beside(lambda: file.splice(target, size))
                got = 0
                while got < size:
                    got += len(os.read(source, 2**16))
                assert splicing.result() == size
        os.close(source)
        os.close(target)

    def test_observers_do_not_wait(self, held: Held) -> None:
        buffer = held.channel.buffers[0]
        assert buffer.subbufs_produced == 1
        assert buffer.account.accepted.events == 1
        assert held.channel.snapshot().buffers["produced"].tolist() == [1, 0]
        assert held.channel.stats() == (0, 0)
        with held.channel.open_file(1) as file:
            assert file.poll() == 0

    def test_other_buffers_go_on(self, held: Held) -> None:
        assert held.channel.write(b"x" * SIZE, 1)
        assert held.channel.write(b"y" * SIZE, 1)


EVENT = struct.Struct("<III4x")


def write_events(channel: relay.Channel, writer: int, count: int) -> None:
    """Write numbered events; each is tried again while the buffer is full."""
    for number in range(count):
        event = EVENT.pack(writer, number, writer ^ number)
        while not channel.write(event):
            pass


def events_of(data: bytes) -> list[tuple[int, int]]:
    """Return (writer, number) of each event; all must be whole."""
    events = np.frombuffer(data, np.dtype([("w", "<u4"), ("n", "<u4"), ("x", "<u4"), ("_", "<u4")]))
    assert (events["w"] ^ events["n"] == events["x"]).all()
    return list(zip(events["w"].tolist(), events["n"].tolist(), strict=True))


@pytest.fixture
def _many_switches() -> Iterator[None]:
    """Let threads take turns far more often than usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_many_switches")
class TestEveryEventExactlyOnce:
    """Writers that share a CPU, and a reader, without overwriting."""

    @pytest.mark.parametrize(
        "start",
        [relay.NO_OVERWRITE, None, lambda buf, *_: not buf.full],
        ids=["native", "default", "python"],
    )
    def test_writers_and_a_reader(
        self,
        start: Callable[..., bool] | relay.Preset | None,
        directory: relay.Directory,
    ) -> None:
        writers, count = 4, 1500
        with (
            relay.Channel(
                "cpu",
                directory,
                subbuf_size=16 * EVENT.size,
                n_subbufs=4,
                cpus=1,
                callbacks=relay.Callbacks(subbuf_start=start),
            ) as channel,
            channel.open_file(0) as file,
        ):
            threads = [Beside(write_events, channel, writer, count) for writer in range(writers)]
            data = b""
            while any(thread.is_alive() for thread in threads):
                data += file.read()
            for thread in threads:
                thread.result()
            data += file.read()
            channel.flush()
            data += file.read()
            events = events_of(data)
            for writer in range(writers):
                assert [n for w, n in events if w == writer] == list(range(count))
            account = channel.buffers[0].account
            assert account.accepted.events == account.consumed.events + account.unread.events
            assert account.accepted.events == writers * count
            assert account.busy.events == 0

    def test_batches(self, directory: relay.Directory) -> None:
        rounds, batch = 40, 50
        with (
            relay.Channel("cpu", directory, subbuf_size=4096, n_subbufs=16, cpus=1) as channel,
            channel.open_file(0) as file,
        ):

            def write(writer: int) -> int:
                stored = 0
                for turn in range(rounds):
                    numbers = range(turn * batch, (turn + 1) * batch)
                    data = b"".join(EVENT.pack(writer, n, writer ^ n) for n in numbers)
                    stored += channel.write_many(data, [EVENT.size] * batch)
                return stored

            threads = [Beside(write, writer) for writer in range(3)]
            data = b""
            while any(thread.is_alive() for thread in threads):
                data += file.read()
            stored = sum(thread.result() for thread in threads)
            data += file.read()
            events = events_of(data)
            assert len(events) == len(set(events)) == stored
            account = channel.buffers[0].account
            assert account.attempted.events == 3 * rounds * batch
            assert account.refused_full.events == 3 * rounds * batch - stored


def write_until_closed(channel: relay.Channel, cpu: int) -> int:
    """Return how many writes came to an end before the channel was closed."""
    for count in itertools.count():
        try:
            channel.write(b"abc", cpu)
        except relay.ClosedError:
            return count
    raise AssertionError


@pytest.mark.usefixtures("_many_switches")
class TestClosingUnderWriters:
    """The channel changes while others write."""

    @pytest.mark.parametrize("start", [relay.OVERWRITE, lambda *_: True], ids=["native", "python"])
    def test_they_get_the_error(self, start: Callable[..., bool] | relay.Preset) -> None:
        for _ in range(20):
            channel = relay.Channel(
                None, subbuf_size=SIZE, n_subbufs=4, cpus=2, callbacks=relay.Callbacks(start)
            )

            threads = [Beside(write_until_closed, channel, cpu) for cpu in (0, 0, 1)]
            buffer = channel.buffers[1]
            until(lambda buffer=buffer: buffer.account.attempted.events > 20)  # type: ignore[misc]
            channel.close()
            counts = [thread.result() for thread in threads]
            late = sum(buf.account.written_late.events for buf in channel.buffers)
            attempted = sum(buf.account.attempted.events for buf in channel.buffers)
            assert attempted == sum(counts) + late

    def test_changing_the_mind_under_writers(self) -> None:
        def ask(buf: relay.Buffer, *_: object) -> bool:
            return not buf.full

        with relay.Channel(None, subbuf_size=SIZE, n_subbufs=4, cpus=1) as channel:
            stop = threading.Event()

            def write() -> int:
                count = 0
                while not stop.is_set():
                    channel.write(b"0123456789")
                    count += 1
                return count

            threads = [Beside(write) for _ in range(3)]
            choices: list[Any] = [relay.OVERWRITE, ask, None, relay.NO_OVERWRITE, ask]
            for turn in range(200):
                channel.set_subbuf_start(choices[turn % len(choices)])
                channel.subbufs_consumed(0, 4)
                if turn % 7 == 0:
                    channel.flush()
                if turn % 50 == 0:
                    channel.reset()
            stop.set()
            counts = [thread.result() for thread in threads]
            account = channel.buffers[0].account
            assert account.attempted.events == sum(counts)
            fates = account._asdict()
            for name in ("attempted", "accepted"):
                del fates[name]
            assert account.attempted.events == sum(count.events for count in fates.values())
