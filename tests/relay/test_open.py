"""Opening a channel: what it looks like, and every way to be refused, which leaves nothing."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from relayviz import relay


def opened(directory: relay.Directory | None = None, **changes: Any) -> relay.Channel:  # noqa: ANN401
    arguments: dict[str, Any] = {"subbuf_size": 64, "n_subbufs": 4, "cpus": 3} | changes
    return relay.Channel(arguments.pop("base_filename", "cpu"), directory, **arguments)


class TestWhatItLooksLike:
    """A channel that was opened."""

    def test_sizes_and_names(self, directory: relay.Directory) -> None:
        private = object()
        with opened(directory, online=[2, 0], private_data=private) as channel:
            assert (channel.subbuf_size, channel.n_subbufs, channel.alloc_size) == (64, 4, 4096)
            assert (channel.cpus, channel.online) == (3, (0, 2))
            assert channel.private_data is private
            assert (channel.base_filename, channel.is_global, channel.last_toobig) == (
                "cpu",
                False,
                0,
            )
            assert [buf.cpu for buf in channel.buffers] == [0, 2]
            assert directory.names() == ["cpu0", "cpu2"]
            assert repr(channel) == "<Channel 'cpu': 4 x 64 bytes, 3 CPUs, open>"
        assert channel.alloc_size == 4096  # still known

    def test_the_end_of_with_closes(self) -> None:
        channel = opened(base_filename=None)
        with channel as same:
            assert same is channel
            assert not channel.closed
        assert repr(channel) == "<Channel None: 4 x 64 bytes, 3 CPUs, closed>"

    def test_the_cpus_of_the_machine(self) -> None:
        with relay.Channel(None, subbuf_size=1, n_subbufs=1) as channel:
            assert channel.cpus >= 1
            assert channel.online == tuple(range(channel.cpus))

    def test_buffer_only_then_late_files(self, directory: relay.Directory) -> None:
        with opened(base_filename=None, cpus=2) as channel:
            assert (channel.base_filename, channel.buffers[0].file_size) == (None, None)
            with pytest.raises(FileNotFoundError):
                channel.open_file(0)
            channel.write(b"early")
            channel.late_setup_files("late", directory)
            assert channel.base_filename == "late"
            assert directory.names() == ["late0", "late1"]
            with channel.open_file(0) as file:
                assert file.read() == b"early"
            with pytest.raises(relay.ExistsError) as caught:
                channel.late_setup_files("again", directory)
            assert caught.value.errno == errno.EEXIST

    @pytest.mark.parametrize("name", [None, "a/b", "x" * 241, "with\0zero"])
    def test_late_files_need_a_name(self, name: str | None) -> None:
        with opened(base_filename=None) as channel:
            with pytest.raises(relay.RelayError) as caught:
                channel.late_setup_files(name)
            assert caught.value.errno == errno.EINVAL
            assert channel.base_filename is None

    def test_most_sub_buffers(self) -> None:
        with opened(base_filename=None, subbuf_size=1, n_subbufs=relay.MAX_SUBBUFS, cpus=1) as big:
            assert len(big.buffers[0].padding) == relay.MAX_SUBBUFS

    def test_most_cpus(self) -> None:
        with opened(base_filename=None, cpus=relay.MAX_CPUS, online=[0, 4095]) as channel:
            assert channel.write(b"x", 4095)
            assert [buf.cpu for buf in channel.buffers] == [0, 4095]


REFUSALS: list[tuple[dict[str, Any], type[relay.RelayError], str]] = [
    ({"subbuf_size": 0}, relay.SizeError, "subbuf_size=0, n_subbufs=4"),
    ({"n_subbufs": 0}, relay.SizeError, "n_subbufs=0"),
    ({"subbuf_size": -1}, relay.SizeError, "subbuf_size=-1"),
    ({"subbuf_size": 2**30}, relay.SizeError, "must fit 32 bits"),
    ({"subbuf_size": 2**64}, relay.SizeError, "subbuf_size=18446744073709551616"),
    ({"subbuf_size": 2**63, "n_subbufs": 2**63}, relay.SizeError, "must fit 32 bits"),
    ({"n_subbufs": 10**6}, relay.SizeError, "524288"),
    ({"callbacks": None}, relay.CallbacksError, "callback table"),
    ({"callbacks": relay.Callbacks(create_buf_file=None)}, relay.CallbacksError, "create_buf_file"),
    ({"callbacks": relay.Callbacks(remove_buf_file=None)}, relay.CallbacksError, "remove_buf_file"),
    ({"cpus": 0}, relay.CpuError, "cpus=0"),
    ({"cpus": -1}, relay.CpuError, "cpus=-1"),
    ({"cpus": 4097}, relay.CpuError, "4096"),
    ({"online": []}, relay.CpuError, "at least one"),
    ({"online": [3]}, relay.CpuError, "only those from 0 to 2"),
    ({"online": [-1, 0]}, relay.CpuError, "only those from 0 to 2"),
    ({"base_filename": "a/b"}, relay.RelayError, "name"),
    ({"base_filename": "x" * 241}, relay.RelayError, "name"),
    ({"base_filename": "nul\0"}, relay.RelayError, "name"),
    ({"memory_limit": 0}, relay.SizeError, "memory_limit=0"),
    ({"memory_limit": 1}, relay.NoMemoryError, "memory_limit=1"),
]


@pytest.mark.parametrize(("changes", "error", "words"), REFUSALS, ids=lambda value: str(value)[:40])
def test_refusals(
    changes: dict[str, Any], error: type[relay.RelayError], words: str, directory: relay.Directory
) -> None:
    with pytest.raises(error, match=words) as caught:
        opened(directory, **changes)
    assert type(caught.value) is error
    assert caught.value.errno in {errno.EINVAL, errno.ENOMEM}
    assert directory.names() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"subbuf_size": "64"},
        {"n_subbufs": 4.0},
        {"cpus": 2.5},
        {"online": 0},
        {"online": ["0"]},
        {"base_filename": b"cpu"},
        {"callbacks": {}},
        {"callbacks": relay.Callbacks(subbuf_start="overwrite")},  # type: ignore[arg-type]
        {"callbacks": relay.Callbacks(create_buf_file=1)},  # type: ignore[arg-type]
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_wrong_types(changes: dict[str, Any], directory: relay.Directory) -> None:
    with pytest.raises(TypeError):
        opened(directory, **changes)


def test_wrong_parent_and_writers() -> None:
    with pytest.raises(TypeError):
        opened("directory")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='"many" or "one"'):
        opened(writers="two")


def test_a_name_that_exists(directory: relay.Directory) -> None:
    relay_dir = relay.Directory("cpu1", directory)
    with pytest.raises(relay.ExistsError, match='"cpu1"') as caught:
        opened(directory)
    assert caught.value.errno == errno.EEXIST
    assert directory.names() == ["cpu1"]
    relay_dir.remove()


def test_memory_that_runs_out_half_way(directory: relay.Directory) -> None:
    removed: list[str | None] = []

    def remove(entry: relay.Entry | None) -> None:
        removed.append(None if entry is None else entry.name)
        relay.remove_buf_file(entry)

    with opened(directory, cpus=1, memory_limit=2**20, subbuf_size=2**16) as channel:
        one = 2 * channel.alloc_size  # room for one buffer and its book-keeping, not for two
    with pytest.raises(relay.NoMemoryError) as caught:
        opened(
            directory,
            subbuf_size=2**16,
            memory_limit=one,
            callbacks=relay.Callbacks(remove_buf_file=remove),
        )
    assert isinstance(caught.value, MemoryError)
    assert caught.value.errno == errno.ENOMEM
    assert removed == ["cpu0"]
    assert directory.names() == []


class Refuser:
    """A create_buf_file that fails at the CPU numbered `at`, in the way of `failure`."""

    def __init__(self, at: int, failure: object) -> None:
        self.at, self.failure = at, failure
        self.buffers: list[relay.Buffer] = []

    def __call__(
        self,
        name: str | None,
        parent: relay.Directory | None,
        mode: int,
        buf: relay.Buffer,
        _is_global: relay.IsGlobal,
    ) -> relay.Entry | None:
        self.buffers.append(buf)
        if buf.cpu < self.at:
            return relay.create_file(name, parent, mode, buf)
        if isinstance(self.failure, Exception):
            raise self.failure
        return self.failure  # type: ignore[return-value]


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (None, relay.CreateFileError),
        (KeyError("mine"), KeyError),
        ("a string", TypeError),
        (7, TypeError),
    ],
)
def test_a_failing_create_buf_file(
    at: int, failure: object, error: type[Exception], directory: relay.Directory
) -> None:
    create = Refuser(at, failure)
    with pytest.raises(error):
        opened(directory, callbacks=relay.Callbacks(create_buf_file=create))
    assert len(create.buffers) == at + 1
    assert directory.names() == []
    for buf in create.buffers:  # theirs is the last reference
        assert buf.data.sum() == 0


def test_an_exception_of_subbuf_start_closes_again(directory: relay.Directory) -> None:
    def start(*_: object) -> bool:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        opened(directory, callbacks=relay.Callbacks(subbuf_start=start))
    assert caught.value.__notes__ == ["another callback raised: KeyError('mine')"] * 2
    assert directory.names() == []


@pytest.mark.parametrize("header", [63, 64, 2**64 - 1])
def test_a_header_that_leaves_no_room(header: int, directory: relay.Directory) -> None:
    for preset in (relay.NO_OVERWRITE, relay.OVERWRITE):
        with pytest.raises(relay.ReserveError):
            opened(directory, callbacks=relay.Callbacks(preset.with_header(header)))


def test_a_global_channel(directory: relay.Directory) -> None:
    seen: list[int] = []

    def create(
        name: str | None,
        parent: relay.Directory | None,
        mode: int,
        buf: relay.Buffer,
        is_global: relay.IsGlobal,
    ) -> relay.Entry:
        seen.append(is_global.value)
        is_global.value = 1
        assert buf.private_data == "private"
        assert (mode, parent) == (0o400, directory)
        return relay.create_file(name, parent, mode, buf)

    callbacks = relay.Callbacks(create_buf_file=create)
    with opened(directory, callbacks=callbacks, private_data="private") as channel:
        assert (channel.is_global, len(channel.buffers), seen) == (True, 1, [0])
        assert channel.write(b"a", 0)
        assert channel.write(b"b", 2)
        with channel.open_file(1) as file:
            assert file.read() == b"ab"


def test_cpus_come_and_go(directory: relay.Directory) -> None:
    with opened(directory, online=[0]) as channel:
        channel.set_online(1, True)
        assert directory.names() == ["cpu0", "cpu1"]
        assert channel.write(b"kept", 1)
        channel.set_online(1, False)
        with pytest.raises(relay.CpuError, match="cpu=1 of 3"):
            channel.write(b"lost", 1)
        channel.set_online(1, True)
        with channel.open_file(1) as file:
            assert file.read() == b"kept"
        channel.set_online(1, False)
        with pytest.raises(relay.CpuError, match="at least one on line"):
            channel.set_online(0, False)
        for cpu in (3, -1, 2**40):
            with pytest.raises(relay.CpuError):
                channel.set_online(cpu, True)
        assert channel.online == (0,)
