"""Directories and descriptors: names, reading, the errors that relay files have, splice."""

from __future__ import annotations

import errno
import os
import select
import stat
from typing import TYPE_CHECKING

import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def channel(directory: relay.Directory) -> Iterator[relay.Channel]:
    """Give a channel of 4 sub-buffers of 16 bytes on 2 CPUs, with files."""
    with relay.Channel("cpu", directory, subbuf_size=16, n_subbufs=4, cpus=2) as made:
        yield made


class TestDirectories:
    """The host filesystem."""

    def test_making_and_removing(self, directory: relay.Directory) -> None:
        inner = relay.Directory("inner", directory)
        assert isinstance(inner, relay.Entry)
        assert (inner.name, directory.names(), inner.names()) == ("inner", ["inner"], [])
        assert directory.name in relay.Directory.root().names()
        assert repr(inner) == "<Directory 'inner'>"
        with pytest.raises(OSError, match="still has entries") as caught:
            directory.remove()
        assert caught.value.errno == errno.ENOTEMPTY
        inner.remove()
        inner.remove()
        with pytest.raises(FileNotFoundError):
            relay.Directory("in a removed one", inner)

    @pytest.mark.parametrize("name", ["", ".", "..", "a/b", "x" * 256, "nul\0"])
    def test_names_that_are_none(self, name: str) -> None:
        with pytest.raises(relay.RelayError, match="name"):
            relay.Directory(name)

    def test_a_name_that_exists(self, directory: relay.Directory) -> None:
        with pytest.raises(FileExistsError) as caught:
            relay.Directory(directory.name)
        assert isinstance(caught.value, relay.ExistsError)
        assert caught.value.errno == errno.EEXIST

    def test_many_names_of_any_letters(self, directory: relay.Directory) -> None:
        names = [f"größe-{number}" for number in range(200)]
        made = [relay.Directory(name, directory) for name in names]
        assert directory.names() == names
        for entry in made:
            entry.remove()

    def test_the_root(self) -> None:
        root = relay.Directory.root()
        assert (root.name, root == relay.Directory.root()) == ("", True)
        assert len({root, relay.Directory.root()}) == 1
        assert root != "root"
        with pytest.raises(relay.RelayError):
            root.remove()

    def test_opening(self, directory: relay.Directory, channel: relay.Channel) -> None:
        inner = relay.Directory("inner", directory)
        with pytest.raises(FileNotFoundError):
            directory.open("cpu9")
        with pytest.raises(IsADirectoryError):
            directory.open("inner")
        for flags in ("", "x", "nb", "rwx", "wr", "R"):
            with pytest.raises(ValueError, match="flags are"):
                directory.open("cpu0", flags)
        with pytest.raises(TypeError):
            directory.open(None)  # type: ignore[arg-type]
        with directory.open("cpu1", "rw") as file:
            assert file.buffer == channel.buffers[1]
        inner.remove()

    def test_opening_by_cpu(self, channel: relay.Channel) -> None:
        for cpu in (2, -1, 2**40):
            with pytest.raises(relay.CpuError):
                channel.open_file(cpu)
        with pytest.raises(ValueError, match="flags are"):
            channel.open_file(0, "a")
        channel.close()
        with pytest.raises(FileNotFoundError):
            channel.open_file(0)


class TestReading:
    """Bytes, counts, the end."""

    def test_counts(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            assert file.read() == b""
            channel.write_many(bytes(range(60)), [10] * 6)
            assert file.read(0) == b""
            assert file.read(3) == bytes([0, 1, 2])
            assert file.read(2**20) == bytes(range(3, 40))  # the other two found it full
            assert file.read(-1) == b""

    def test_everything_that_is_there(self, directory: relay.Directory) -> None:
        with (
            relay.Channel("big", directory, subbuf_size=4096, n_subbufs=8, cpus=1) as channel,
            channel.open_file(0) as file,
        ):
            data = os.urandom(8 * 4096)
            channel.write_many(data, [4096] * 8)
            assert file.read() == data

    def test_into_a_buffer(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            channel.write(b"abcdef")
            target = bytearray(4)
            assert file.readinto(target) == 4
            assert target == b"abcd"
            assert file.readinto(memoryview(target)[1:]) == 2
            assert target == b"aefd"
            with pytest.raises((TypeError, BufferError)):
                file.readinto(b"read only")
            assert file.readinto(bytearray()) == 0

    @pytest.mark.parametrize("count", [-2, 2**64])
    def test_counts_that_are_none(self, count: int, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            with pytest.raises(relay.SizeError):
                file.read(count)
            with pytest.raises(TypeError):
                file.read(1.5)  # type: ignore[arg-type]

    def test_a_count_beyond_all_memory(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            for count in (2**62, 2**63):
                with pytest.raises((MemoryError, OSError)):
                    file.read(count)

    def test_after_close(self, channel: relay.Channel) -> None:
        file = channel.open_file(0)
        channel.write(b"abc")
        channel.close()
        assert file.poll() == select.POLLERR
        assert file.read() == b"abc"
        assert file.size == 0
        file.close()
        assert file.closed

    def test_size_and_mode(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file:
            channel.write(b"abc")
            assert file.size == 0
            channel.flush()
            assert file.size == channel.buffers[0].file_size == 3
            assert file.mode == stat.S_IFREG | 0o400


REFUSED: list[tuple[str, Callable[[relay.RelayFile], object], int]] = [
    ("r", lambda file: file.pread(4, 0), errno.ESPIPE),
    ("r", lambda file: file.lseek(0), errno.ESPIPE),
    ("r", lambda file: file.lseek(0, os.SEEK_END), errno.ESPIPE),
    ("r", lambda file: file.write(b"x"), errno.EBADF),
    ("rw", lambda file: file.write(b"x"), errno.EINVAL),
    ("w", lambda file: file.write(b"x"), errno.EINVAL),
    ("w", lambda file: file.read(1), errno.EBADF),
    ("w", lambda file: file.readinto(bytearray(1)), errno.EBADF),
    ("w", lambda file: file.fileno(), errno.EBADF),
    ("w", lambda file: file.splice(1, 1), errno.EBADF),
]


@pytest.mark.parametrize(("flags", "call", "number"), REFUSED)
def test_what_relay_files_cannot(
    flags: str, call: Callable[[relay.RelayFile], object], number: int, channel: relay.Channel
) -> None:
    with channel.open_file(0, flags) as file:
        with pytest.raises(OSError, match="Errno") as caught:
            call(file)
        assert caught.value.errno == number


@pytest.mark.parametrize(
    "call",
    [
        lambda file: file.read(),
        lambda file: file.readinto(bytearray(1)),
        lambda file: file.pread(1, 0),
        lambda file: file.lseek(0),
        lambda file: file.write(b""),
        lambda file: file.poll(),
        lambda file: file.wait(0),
        lambda file: file.fileno(),
        lambda file: file.mmap(),
        lambda file: file.splice(1, 1),
        lambda file: file.size,
        lambda file: file.mode,
        lambda file: file.buffer,
    ],
)
def test_a_closed_descriptor(
    call: Callable[[relay.RelayFile], object], channel: relay.Channel
) -> None:
    file = channel.open_file(0)
    file.close()
    file.close()
    with pytest.raises(OSError, match="closed") as caught:
        call(file)
    assert caught.value.errno == errno.EBADF


class TestSplice:
    """Finished sub-buffers into another descriptor."""

    def test_finished_sub_buffers(self, channel: relay.Channel) -> None:
        source, target = os.pipe()
        with channel.open_file(0) as file:
            channel.write_many(bytes(range(30)), [10] * 3)
            assert file.splice(target, 4) == 4
            assert file.splice(target, 2**20) == 16
            assert file.splice(target, 2**20) == 0
            assert os.read(source, 100) == bytes(range(20))
            assert file.read() == bytes(range(20, 30))
        os.close(source)
        os.close(target)

    def test_objects_with_a_descriptor(self, channel: relay.Channel) -> None:
        source, target = os.pipe()
        with channel.open_file(0) as file, os.fdopen(target, "wb") as pipe:
            channel.write(b"abc")
            channel.flush()
            assert file.splice(pipe, 100) == 3
            assert os.read(source, 100) == b"abc"
            for wrong in (None, "pipe", 1.5):
                with pytest.raises(TypeError):
                    file.splice(wrong, 1)
            with pytest.raises(ValueError, match="-1"):
                file.splice(-1, 1)
        os.close(source)

    def test_nothing_finished(self, channel: relay.Channel) -> None:
        with channel.open_file(0) as file, channel.open_file(0, "rnb") as impatient:
            channel.write(b"abc")
            assert file.splice(1, 100) == 0
            with pytest.raises(BlockingIOError):
                impatient.splice(1, 100)

    def test_the_error_of_the_other_descriptor(self, channel: relay.Channel) -> None:
        source, target = os.pipe()
        os.close(source)
        with channel.open_file(0) as file:
            channel.write(b"abc")
            channel.flush()
            with pytest.raises(BrokenPipeError):
                file.splice(target, 100)
            assert file.read() == b"abc"
        os.close(target)
