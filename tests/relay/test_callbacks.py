"""Python callbacks: what they get, what their answers do, what becomes of their exceptions."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING, Any

import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE, COUNT = 16, 4


def opened(
    start: Callable[..., Any],
    directory: relay.Directory | None = None,
    **more: Any,  # noqa: ANN401
) -> relay.Channel:
    callbacks = relay.Callbacks(subbuf_start=start, **more)
    name = None if directory is None else "cpu"
    return relay.Channel(
        name, directory, subbuf_size=SIZE, n_subbufs=COUNT, cpus=2, callbacks=callbacks
    )


class TestSubbufStart:
    """The callback that decides about full sub-buffers."""

    def test_what_it_gets(self) -> None:
        calls: list[tuple[Any, ...]] = []

        def start(
            buf: relay.Buffer, subbuf: memoryview, prev: memoryview | None, padding: int
        ) -> bool:
            calls.append((buf, bytes(subbuf), None if prev is None else bytes(prev), padding))
            assert (len(subbuf), subbuf.readonly) == (SIZE, False)
            assert prev is None or not prev.readonly
            return True

        with opened(start) as channel:
            first, second = channel.buffers
            assert calls == [(first, bytes(SIZE), None, 0), (second, bytes(SIZE), None, 0)]
            channel.write(b"a" * 10, 1)
            channel.write(b"b" * 10, 1)
            assert calls[2:] == [(second, bytes(SIZE), b"a" * 10 + bytes(6), 6)]

    def test_views_are_the_buffer_itself(self) -> None:
        def start(
            buf: relay.Buffer, subbuf: memoryview, prev: memoryview | None, padding: int
        ) -> bool:
            buf.subbuf_start_reserve(4)
            subbuf[:4] = b"HEAD"
            if prev is not None:
                prev[:4] = padding.to_bytes(4, sys.byteorder)
            return True

        with opened(start) as channel:
            channel.write(b"a" * 9)
            channel.write(b"b" * 9)
            data = bytes(channel.buffers[0].data[: 2 * SIZE])
            assert data[:SIZE] == (3).to_bytes(4, sys.byteorder) + b"a" * 9 + bytes(3)
            assert data[SIZE:] == b"HEAD" + b"b" * 9 + bytes(3)

    def test_views_may_be_kept(self) -> None:
        kept: list[memoryview] = []

        def start(_buf: relay.Buffer, subbuf: memoryview, *_: object) -> bool:
            kept.append(subbuf)
            return True

        channel = opened(start)
        channel.write(b"abc")
        channel.close()
        del channel
        assert bytes(kept[0][:4]) == b"abc\0"
        kept[0][:3] = b"xyz"

    @pytest.mark.parametrize(
        ("answer", "stored"), [(True, True), (1, True), (-1, True), (2**70, True), (False, False)]
    )
    def test_answers(self, answer: int, stored: bool) -> None:
        with opened(lambda *_: answer) as channel:
            channel.write(bytes(SIZE))
            assert channel.write(b"x") is stored
            assert channel.buffers[0].blocked is not stored

    @pytest.mark.parametrize("answer", [None, "x", 2.5, b"", [], object()], ids=repr)
    def test_nonsense(self, answer: object) -> None:
        answers: list[object] = [True, True]
        with opened(lambda *_: answers.pop() if answers else answer) as channel:
            channel.write(bytes(SIZE))
            with pytest.raises(TypeError, match="subbuf_start must return a bool"):
                channel.write(b"x")
            assert channel.buffers[0].blocked

    def test_wrong_signature(self) -> None:
        with pytest.raises(TypeError):
            opened(lambda: True)

    def test_a_header_only_from_inside(self) -> None:
        results: list[object] = []

        def start(buf: relay.Buffer, *_: object) -> bool:
            for length in (SIZE - 1, SIZE, 2**64, -1):
                with pytest.raises((relay.ReserveError, relay.SizeError)) as caught:
                    buf.subbuf_start_reserve(length)
                results.append(caught.value)
            buf.subbuf_start_reserve(5)
            return True

        with opened(start) as channel:
            assert channel.buffers[0].offset == 5
            assert len(results) == 8
            with pytest.raises(relay.ReserveError, match="only be called by subbuf_start"):
                channel.buffers[0].subbuf_start_reserve(1)
            assert channel.buffers[0].offset == 5


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
        with opened(start) as channel:
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
        with opened(start) as channel:
            calls, start.raises = start.calls, True
            with pytest.raises(BoomError):
                channel.write_many(bytes(100 * SIZE), [SIZE] * 100)
            assert start.calls == calls + 1
            assert channel.buffers[0].account.refused_full.events == 99

    def test_flush_of_several_buffers(self) -> None:
        start = Switchable()
        with opened(start) as channel:
            start.raises = True
            with pytest.raises(BoomError, match="0") as caught:
                channel.flush()
            assert caught.value.__notes__ == ["another callback raised: BoomError(1)"]
            assert [buf.subbufs_produced for buf in channel.buffers] == [1, 1]
            assert [buf.blocked for buf in channel.buffers] == [True, True]

    def test_reset(self) -> None:
        start = Switchable()
        with opened(start) as channel:
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

        channel = opened(lambda *_: True, directory, remove_buf_file=remove)
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
            opened(
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
        with opened(lambda *_: True, directory, buf_unmapped=unmapped) as channel:
            with channel.open_file(0) as file:
                view = file.mmap()
            view.release()
            assert hooked == [BoomError]
            assert channel.snapshot().buffers["mapped"].tolist() == [0, 0]


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

        with opened(start) as channel:
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

        with opened(start) as channel:
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

        with opened(start) as channel:
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

        with opened(start) as channel:
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

        with opened(start, directory) as channel:
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
            opened(lambda *_: True, directory, remove_buf_file=remove),
            relay.Channel(None, subbuf_size=1, n_subbufs=1),
        ]
        for channel in channels:
            channel.close()


class TestFiles:
    """create_buf_file, remove_buf_file, and what is told of mappings."""

    def test_removed_is_what_was_made(self, directory: relay.Directory) -> None:
        made: list[relay.Entry | None] = []
        removed: list[relay.Entry | None] = []

        def create(*arguments: Any) -> relay.Entry:  # noqa: ANN401
            made.append(relay.create_buf_file(*arguments))
            assert made[-1] is not None
            return made[-1]

        def remove(entry: relay.Entry | None) -> None:
            relay.remove_buf_file(entry)
            removed.append(entry)

        with opened(lambda *_: True, directory, create_buf_file=create, remove_buf_file=remove):
            assert [entry.name for entry in made if entry] == ["cpu0", "cpu1"]
        assert all(a is b for a, b in zip(made, removed, strict=True))

    def test_buffer_only_has_nothing_to_remove(self) -> None:
        names: list[str | None] = []
        removed: list[relay.Entry | None] = []

        def create(name: str | None, *rest: Any) -> relay.Entry:  # noqa: ANN401
            names.append(name)
            return relay.create_buf_file(name, *rest)

        with opened(lambda *_: True, create_buf_file=create, remove_buf_file=removed.append):
            assert names == [None, None]
        assert removed == [None, None]

    def test_a_name_of_ones_own(self, directory: relay.Directory) -> None:
        def create(
            name: str | None,
            parent: relay.Directory | None,
            mode: int,
            buf: relay.Buffer,
            _: object,
        ) -> relay.Entry:
            return relay.create_file(f"my-{name}", parent, mode, buf)

        with opened(lambda *_: True, directory, create_buf_file=create) as channel:
            channel.write(b"abc", 1)
            with channel.open_file(1) as file, directory.open("my-cpu1") as same:
                assert file.read() == b"abc"
                assert same.buffer == channel.buffers[1]

    def test_a_file_that_nobody_removes(self, directory: relay.Directory) -> None:
        told: list[object] = []
        entries: list[relay.Entry | None] = []
        channel = opened(
            lambda *_: True,
            directory,
            remove_buf_file=entries.append,
            buf_mapped=lambda *_: told.append("mapped"),
        )
        channel.write(b"left behind")
        channel.close()
        del channel
        with directory.open("cpu0") as file:
            assert file.read() == b"left behind"
            file.mmap().release()  # the client is still asked
        assert told == ["mapped"]
        for entry in entries:
            assert entry is not None
            relay.remove_file(entry)
            relay.remove_file(entry)

    def test_mapping_is_told(self, directory: relay.Directory) -> None:
        told: list[tuple[str, relay.Buffer, relay.RelayFile | None]] = []
        with opened(
            lambda *_: True,
            directory,
            buf_mapped=lambda buf, file: told.append(("mapped", buf, file)),
            buf_unmapped=lambda buf, file: told.append(("unmapped", buf, file)),
        ) as channel:
            file, buffer = channel.open_file(1), channel.buffers[1]
            view = file.mmap()
            assert told == [("mapped", buffer, file)]
            file.close()
            channel.close()
            part = view[3:9]
            view.release()
            assert len(told) == 1  # a view of it is left
            part.release()
            assert told[1:] == [("unmapped", buffer, file)]
