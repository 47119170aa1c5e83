"""Exceptions in Python callbacks: they reach the caller, the channel goes on as after a refusal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from relayviz import relay
from tests.relay.kit import COUNT, SIZE, opened_with

if TYPE_CHECKING:
    from collections.abc import Callable


class BoomError(Exception):
    """What the callbacks of these tests raise."""


class Switchable:
    """A subbuf_start that raises from the moment that it is told to."""

    def __init__(self) -> None:
        self.raises = False
        self.calls = 0

    def __call__(self, buf: relay.Buffer, *_: object) -> bool:
        self.calls += 1
        if self.raises:
            raise BoomError(buf.cpu)
        return not buf.full


OPERATIONS: list[Callable[[relay.Channel], object]] = [
    lambda channel: channel.write(b"x"),
    lambda channel: channel.write_nolock(b"x"),
    lambda channel: channel.write_many(b"xyz", [1, 1, 1]),
    lambda channel: channel.reserve(1),
    lambda channel: channel.switch_subbuf(1),
    lambda channel: channel.flush(),
]


class TestExceptions:
    """They reach the caller; the channel goes on as after a refusal."""

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_of_subbuf_start(self, operation: Callable[[relay.Channel], object]) -> None:
        start = Switchable()
        with opened_with(start) as channel:
            channel.write(b"a" * SIZE)
            start.raises = True
            with pytest.raises(BoomError, match="0") as caught:
                operation(channel)
            assert caught.value.__traceback__ is not None
            buffer = channel.buffers[0]
            assert (buffer.blocked, buffer.subbufs_produced) == (True, 1)
            start.raises = False
            assert channel.write(b"b" * SIZE)  # as after any refusal
            account = buffer.account
            assert account.accepted.events == 2
            assert account.attempted.events == 2 + account.refused_full.events

    def test_write_many_does_not_ask_again(self) -> None:
        start = Switchable()
        with opened_with(start) as channel:
            calls, start.raises = start.calls, True
            with pytest.raises(BoomError):
                channel.write_many(bytes(100 * SIZE), [SIZE] * 100)
            assert start.calls == calls + 1
            assert channel.buffers[0].account.refused_full.events == 99

    def test_flush_of_several_buffers(self) -> None:
        start = Switchable()
        with opened_with(start) as channel:
            start.raises = True
            with pytest.raises(BoomError, match="0") as caught:
                channel.flush()
            assert caught.value.__notes__ == ["another callback raised: BoomError(1)"]
            assert [buf.subbufs_produced for buf in channel.buffers] == [1, 1]
            assert [buf.blocked for buf in channel.buffers] == [True, True]

    def test_reset(self) -> None:
        start = Switchable()
        with opened_with(start) as channel:
            channel.write(b"abc")
            start.raises = True
            with pytest.raises(BoomError):
                channel.reset()
            assert channel.buffers[0].offset == 0  # its answer does not matter here
            assert channel.write(b"x")

    def test_of_remove_buf_file(self, directory: relay.Directory) -> None:
        def remove(entry: relay.Entry | None) -> None:
            relay.remove_buf_file(entry)
            raise BoomError(entry)

        channel = opened_with(lambda *_: True, directory, remove_buf_file=remove)
        with pytest.raises(BoomError) as caught:
            channel.close()
        assert len(caught.value.__notes__) == 1
        assert channel.closed
        assert [buf.finalized for buf in channel.buffers] == [True, True]
        channel.close()

    def test_of_create_buf_file_later(self, directory: relay.Directory) -> None:
        def create(name: str | None, *rest: Any) -> relay.Entry:  # noqa: ANN401
            if name == "cpu1":
                raise BoomError(name)
            return relay.create_buf_file(name, *rest)

        callbacks = relay.Callbacks(create_buf_file=create)
        with relay.Channel(
            None, subbuf_size=SIZE, n_subbufs=COUNT, cpus=2, callbacks=callbacks
        ) as channel:
            with pytest.raises(BoomError):
                channel.late_setup_files("cpu", directory)
            assert directory.names() == ["cpu0"]  # as in the kernel
            with pytest.raises(relay.ExistsError):
                channel.late_setup_files("cpu", directory)
        with relay.Channel(
            "cpu",
            directory,
            subbuf_size=SIZE,
            n_subbufs=COUNT,
            cpus=2,
            online=[0],
            callbacks=callbacks,
        ) as channel:
            with pytest.raises(BoomError):
                channel.set_online(1, True)
            assert channel.online == (0,)

    def test_of_buf_mapped(self, directory: relay.Directory) -> None:
        told: list[str] = []

        def mapped(*_: object) -> None:
            raise BoomError

        with (
            opened_with(
                lambda *_: True,
                directory,
                buf_mapped=mapped,
                buf_unmapped=lambda *_: told.append("unmapped"),
            ) as channel,
            channel.open_file(0) as file,
        ):
            with pytest.raises(BoomError):
                file.mmap()
            assert told == ["unmapped"]
            assert channel.snapshot().buffers["mapped"].tolist() == [0, 0]

    def test_of_buf_unmapped(
        self, directory: relay.Directory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unmapped(*_: object) -> None:
            raise BoomError

        hooked: list[type] = []
        monkeypatch.setattr(sys, "unraisablehook", lambda call: hooked.append(call.exc_type))
        with opened_with(lambda *_: True, directory, buf_unmapped=unmapped) as channel:
            with channel.open_file(0) as file:
                view = file.mmap()
            view.release()
            assert hooked == [BoomError]
            assert channel.snapshot().buffers["mapped"].tolist() == [0, 0]
