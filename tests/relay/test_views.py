"""Views of a buffer's memory: no copies, and safe whatever is closed or dropped before them."""

from __future__ import annotations

import errno
import gc
import mmap

import numpy as np
import pytest

from relayviz import relay

SIZE = 4096


def opened(directory: relay.Directory | None) -> relay.Channel:
    name = None if directory is None else "cpu"
    return relay.Channel(name, directory, subbuf_size=SIZE, n_subbufs=2, cpus=1)


class TestData:
    """Buffer.data, padding, reserved slots."""

    def test_the_memory_itself(self) -> None:
        with opened(None) as channel:
            data = channel.buffers[0].data
            assert data.dtype == np.uint8
            assert data.shape == (2 * SIZE,)
            channel.write(b"abc")
            assert data[:4].tobytes() == b"abc\0"
            assert np.shares_memory(data, channel.buffers[0].data)

    def test_read_only(self) -> None:
        with opened(None) as channel:
            data = channel.buffers[0].data
            assert not data.flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                data[0] = 1
            with pytest.raises(ValueError, match="WRITEABLE"):
                data.flags.writeable = True

    def test_it_outlives_everything(self) -> None:
        channel = opened(None)
        channel.write(b"abc")
        buffer, data = channel.buffers[0], channel.buffers[0].data[1:3]
        slot = channel.reserve(2)
        assert slot is not None
        channel.close()
        assert buffer.finalized
        del channel, buffer
        gc.collect()
        assert data.tobytes() == b"bc"
        slot[:] = b"de"
        assert slot.tobytes() == b"de"

    def test_padding_is_a_copy(self) -> None:
        with opened(None) as channel:
            padding = channel.buffers[0].padding
            assert padding.dtype == np.uint32
            assert padding.tolist() == [0, 0]
            padding[0] = 7
            assert channel.buffers[0].padding.tolist() == [0, 0]


class TestBuffer:
    """The object itself."""

    def test_equality(self) -> None:
        with opened(None) as channel, opened(None) as other:
            assert channel.buffers == channel.buffers
            assert channel.buffers[0] is not channel.buffers[0]
            assert len({*channel.buffers, *channel.buffers, *other.buffers}) == 2
            assert channel.buffers[0] != other.buffers[0]
            assert channel.buffers[0] != 1
            assert (channel.buffers[0] == None) is False  # noqa: E711  the method is asked

    def test_it_says_what_it_is(self) -> None:
        with opened(None) as channel:
            channel.write(b"abc")
            assert repr(channel.buffers[0]) == "<Buffer of cpu 0: produced 0, consumed 0, offset 3>"

    def test_nobody_makes_one(self) -> None:
        for kind in (relay.Buffer, relay.RelayFile, relay.Entry, relay.IsGlobal):
            with pytest.raises(TypeError):
                kind()


class TestMapping:
    """memoryviews of mappings."""

    def test_the_live_ring(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, channel.open_file(0) as file:
            view = file.mmap()
            assert (len(view), view.readonly, view.format) == (2 * SIZE, True, "B")
            channel.write(b"abc")
            assert bytes(view[:4]) == b"abc\0"
            assert channel.snapshot().buffers["mapped"].tolist() == [1]
            view.release()
            assert channel.snapshot().buffers["mapped"].tolist() == [0]
            with pytest.raises(ValueError, match="released"):
                view[0]

    def test_it_outlives_everything(self, directory: relay.Directory) -> None:
        channel = opened(directory)
        channel.write(b"abc")
        with channel.open_file(0) as file:
            view = file.mmap()
        channel.close()
        del channel, file
        gc.collect()
        assert bytes(view[:3]) == b"abc"
        array = np.frombuffer(view, np.uint8)
        view.release()
        del view
        gc.collect()
        assert array[:3].tobytes() == b"abc"

    def test_release_is_final(self, directory: relay.Directory) -> None:
        with opened(directory) as channel, channel.open_file(0) as file:
            view = file.mmap()
            mapping = view.obj
            again = memoryview(mapping)
            view.release()
            assert again[0] == 0
            again.release()
            with pytest.raises(BufferError, match="released"):
                memoryview(mapping)

    @pytest.mark.parametrize(
        "length", [0, 1, SIZE, 2 * SIZE - 1, 2 * SIZE + 1, 4 * SIZE, 2**64 - 1]
    )
    def test_a_wrong_length(self, length: int, directory: relay.Directory) -> None:
        with opened(directory) as channel, channel.open_file(0) as file:
            with pytest.raises(
                OSError, match=f"length={length}, offset=0 of a buffer of"
            ) as caught:
                file.mmap(length)
            assert caught.value.errno == errno.EINVAL
            file.mmap(2 * SIZE).release()

    @pytest.mark.parametrize("length", [-1, 2**64])
    def test_no_length(self, length: int, directory: relay.Directory) -> None:
        with opened(directory) as channel, channel.open_file(0) as file:
            with pytest.raises(relay.SizeError):
                file.mmap(length)
            with pytest.raises(TypeError):
                file.mmap("all")  # type: ignore[arg-type]

    def test_offsets(self, directory: relay.Directory) -> None:
        page = mmap.PAGESIZE
        with opened(directory) as channel, channel.open_file(0) as file:
            channel.write(bytes(SIZE))
            channel.write(b"second")
            with pytest.raises(OSError, match="offset=1") as caught:
                file.mmap(offset=1)
            assert caught.value.errno == errno.EINVAL
            if page == SIZE:
                view = file.mmap(offset=page)
                assert (len(view), bytes(view[:6])) == (SIZE, b"second")
                view.release()
            beyond = file.mmap(offset=4 * page * SIZE)
            assert len(beyond) == 0
            beyond.release()

    @pytest.mark.parametrize(
        ("flags", "writable", "private", "works"),
        [
            ("r", False, False, True),
            ("r", True, False, False),
            ("r", True, True, True),
            ("rw", True, False, True),
            ("rw", False, True, True),
            ("w", False, False, False),
            ("w", True, True, False),
        ],
    )
    def test_protection(
        self, flags: str, writable: bool, private: bool, works: bool, directory: relay.Directory
    ) -> None:
        with opened(directory) as channel, channel.open_file(0, flags) as file:
            if not works:
                with pytest.raises(PermissionError):
                    file.mmap(writable=writable, private=private)
                return
            view = file.mmap(writable=writable, private=private)
            assert view.readonly is not writable
            if writable:
                view[0] = 0xAB
                assert channel.buffers[0].data[0] == (0 if private else 0xAB)
            view.release()
