"""Python callbacks: what they get, and what their answers do."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from relayviz import relay
from tests.relay.kit import SIZE, opened_with


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

        with opened_with(start) as channel:
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

        with opened_with(start) as channel:
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

        channel = opened_with(start)
        channel.write(b"abc")
        channel.close()
        del channel
        assert bytes(kept[0][:4]) == b"abc\0"
        kept[0][:3] = b"xyz"

    @pytest.mark.parametrize(
        ("answer", "stored"), [(True, True), (1, True), (-1, True), (2**70, True), (False, False)]
    )
    def test_answers(self, answer: int, stored: bool) -> None:
        with opened_with(lambda *_: answer) as channel:
            channel.write(bytes(SIZE))
            assert channel.write(b"x") is stored
            assert channel.buffers[0].blocked is not stored

    @pytest.mark.parametrize(
        "answer",
        [None, "x", 2.5, b"", [], object()],
        ids=lambda answer: type(answer).__name__,
    )
    def test_nonsense(self, answer: object) -> None:
        answers: list[object] = [True, True]
        with opened_with(lambda *_: answers.pop() if answers else answer) as channel:
            channel.write(bytes(SIZE))
            with pytest.raises(TypeError, match="subbuf_start must return a bool"):
                channel.write(b"x")
            assert channel.buffers[0].blocked

    def test_wrong_signature(self) -> None:
        with pytest.raises(TypeError):
            opened_with(lambda: True)

    def test_a_header_only_from_inside(self) -> None:
        results: list[object] = []

        def start(buf: relay.Buffer, *_: object) -> bool:
            for length in (SIZE - 1, SIZE, 2**64, -1):
                with pytest.raises((relay.ReserveError, relay.SizeError)) as caught:
                    buf.subbuf_start_reserve(length)
                results.append(caught.value)
            buf.subbuf_start_reserve(5)
            return True

        with opened_with(start) as channel:
            assert channel.buffers[0].offset == 5
            assert len(results) == 8
            with pytest.raises(relay.ReserveError, match="only be called by subbuf_start"):
                channel.buffers[0].subbuf_start_reserve(1)
            assert channel.buffers[0].offset == 5


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

        with opened_with(
            lambda *_: True, directory, create_buf_file=create, remove_buf_file=remove
        ):
            assert [entry.name for entry in made if entry] == ["cpu0", "cpu1"]
        assert all(a is b for a, b in zip(made, removed, strict=True))

    def test_buffer_only_has_nothing_to_remove(self) -> None:
        names: list[str | None] = []
        removed: list[relay.Entry | None] = []

        def create(name: str | None, *rest: Any) -> relay.Entry:  # noqa: ANN401
            names.append(name)
            return relay.create_buf_file(name, *rest)

        with opened_with(lambda *_: True, create_buf_file=create, remove_buf_file=removed.append):
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

        with opened_with(lambda *_: True, directory, create_buf_file=create) as channel:
            channel.write(b"abc", 1)
            with channel.open_file(1) as file, directory.open("my-cpu1") as same:
                assert file.read() == b"abc"
                assert same.buffer == channel.buffers[1]

    def test_a_file_that_nobody_removes(self, directory: relay.Directory) -> None:
        told: list[object] = []
        entries: list[relay.Entry | None] = []
        channel = opened_with(
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
        with opened_with(
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
