"""What a callback may do to its own channel: write in vain, and little else."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from tests.relay.kit import SIZE, opened_with

if TYPE_CHECKING:
    from collections.abc import Callable


class TestReentry:
    """What a callback does to its own channel: an event is lost as busy, all else is refused."""

    def test_writing(self) -> None:
        lost: list[object] = []
        channels: list[relay.Channel] = []

        def start(*_: object) -> bool:
            for channel in channels:
                lost.append(channel.write(b"inner"))
                lost.append(channel.reserve(1))
                lost.append(channel.write_many(b"ab", [1, 1]))
                assert channel.write(b"other", 1)  # another buffer is no problem
            return True

        with opened_with(start) as channel:
            channel.write(bytes(SIZE))
            channels.append(channel)
            assert channel.write(b"outer")
            channels.clear()
            assert lost == [False, None, 0]
            assert channel.buffers[0].account.busy == (4, 8)
            assert channel.buffers[0].account.accepted.events == 2
            assert channel.buffers[1].account.accepted.events == 1

    @pytest.mark.parametrize(
        "operation",
        [
            lambda channel: channel.flush(),
            lambda channel: channel.reset(),
            lambda channel: channel.close(),
            lambda channel: channel.set_online(1, False),
            lambda channel: channel.late_setup_files("x"),
            lambda _: relay.Channel(None, subbuf_size=1, n_subbufs=1),
        ],
    )
    @pytest.mark.parametrize("trigger", [lambda c: c.write(b"x"), lambda c: c.flush()])
    def test_whole_channel(
        self,
        operation: Callable[[relay.Channel], object],
        trigger: Callable[[relay.Channel], object],
    ) -> None:
        channels: list[relay.Channel] = []

        def start(*_: object) -> bool:
            for channel in channels:
                with pytest.raises(relay.BusyError):
                    operation(channel)
            return True

        with opened_with(start) as channel:
            channel.write(bytes(SIZE))
            channels.append(channel)
            trigger(channel)
            channels.clear()
            assert not channel.closed
            assert channel.buffers[0].subbufs_produced == 1

    def test_switching(self) -> None:
        channels: list[relay.Channel] = []

        def start(buf: relay.Buffer, *_: object) -> bool:
            while channels:
                channel = channels.pop()
                with pytest.raises(relay.BusyError):
                    channel.switch_subbuf(0, buf.cpu)
                channel.switch_subbuf(0, 1 - buf.cpu)  # another buffer is no problem
            return True

        with opened_with(start) as channel:
            channel.write(bytes(SIZE))
            channels.append(channel)
            assert channel.write(b"x")
            assert [buf.subbufs_produced for buf in channel.buffers] == [1, 1]

    def test_an_uncaught_refusal_reaches_the_caller(self) -> None:
        channels: list[relay.Channel] = []

        def start(*_: object) -> bool:
            for channel in channels:
                channel.close()
            return True

        with opened_with(start) as channel:
            channel.write(bytes(SIZE))
            channels.append(channel)
            with pytest.raises(relay.BusyError, match="close"):
                channel.write(b"x")
            channels.clear()

    def test_files_and_consumers(self, directory: relay.Directory) -> None:
        channels: list[relay.Channel] = []
        read: list[bytes] = []

        def start(buf: relay.Buffer, *_: object) -> bool:
            for channel in channels:
                with channel.open_file(0) as file:
                    read.append(file.read())
                    assert file.poll() & select.POLLIN
                    assert file.fileno() >= 0
                channel.subbufs_consumed(0, 1)
                assert channel.snapshot().buffers["produced"][0] == 1
            return not buf.full

        with opened_with(start, directory) as channel:
            channel.write(b"a" * SIZE)
            channels.append(channel)
            assert channel.write(b"b")
            channels.clear()
            assert read == [b""]  # between two sub-buffers a read finds nothing, as in the kernel

    def test_remove_buf_file_cannot_close(self, directory: relay.Directory) -> None:
        channels: list[relay.Channel] = []

        def remove(entry: relay.Entry | None) -> None:
            relay.remove_buf_file(entry)
            with pytest.raises(relay.BusyError):
                channels[1].close()

        channels += [
            opened_with(lambda *_: True, directory, remove_buf_file=remove),
            relay.Channel(None, subbuf_size=1, n_subbufs=1),
        ]
        for channel in channels:
            channel.close()
