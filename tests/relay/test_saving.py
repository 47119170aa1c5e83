"""A channel as bytes: what is in them, what has to be given anew, what is refused."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable


def opened(directory: relay.Directory | None, **more: object) -> relay.Channel:
    """Open a channel of 2 CPUs with 4 sub-buffers of 16 bytes."""
    name = None if directory is None else "cpu"
    return relay.Channel(name, directory, subbuf_size=16, n_subbufs=4, cpus=2, **more)  # type: ignore[arg-type]


def test_it_goes_on_where_it_was(directory: relay.Directory) -> None:
    with opened(directory) as channel, channel.open_file(0) as file:
        for _ in range(5):
            channel.write(b"0123456789")
        file.read(13)
        channel.write(bytes(99), 1)
        data = channel.save()
        before = channel.snapshot()
    with relay.Channel.load(data, parent=directory, private_data="mine") as channel:
        after = channel.snapshot()
        assert after.buffers.tobytes() == before.buffers.tobytes()
        assert after.subbufs.tobytes() == before.subbufs.tobytes()
        assert (channel.base_filename, channel.last_toobig) == ("cpu", 99)
        assert channel.private_data == "mine"
        assert directory.names() == ["cpu0", "cpu1"]
        assert channel.save() == data
        with channel.open_file(0) as file:
            assert file.poll() == select.POLLIN | select.POLLRDNORM
            assert file.read() == b"3456789" + b"0123456789" * 2
        assert channel.write(b"more")


def test_other_callbacks_can_take_over() -> None:
    calls: list[int] = []

    def start(buf: relay.Buffer, _new: memoryview, _old: object, padding: int) -> bool:
        calls.append(padding)
        buf.subbuf_start_reserve(5)
        return True

    with opened(None) as channel:
        for _ in range(6):
            channel.write(b"0123456789")
        assert channel.buffers[0].blocked
        data = channel.save()
    with relay.Channel.load(data, callbacks=relay.Callbacks(start)) as channel:
        assert calls == []
        assert channel.write(b"0123456789")
        assert calls == [6]
        assert channel.buffers[0].offset == 15
    preset = relay.OVERWRITE.with_header(6)
    with relay.Channel.load(data, callbacks=relay.Callbacks(preset)) as channel:
        assert channel.write(b"0123456789")
        assert channel.buffers[0].offset == 16
    with pytest.raises(relay.ReserveError, match="header=15"):
        relay.Channel.load(data, callbacks=relay.Callbacks(relay.OVERWRITE.with_header(15)))


def test_slots_are_found_again() -> None:
    with opened(None) as channel:
        channel.write(b"ab")
        slot = channel.reserve(6)
        assert slot is not None
        data = channel.save()
    with relay.Channel.load(data) as channel:
        buffer = channel.buffers[0]
        again = buffer.slot(2, 6)
        again[:] = b"filled"
        assert buffer.data[:8].tobytes() == b"abfilled"
        assert len(buffer.slot(64, 0)) == 0
        for start, length in ((60, 5), (65, 0), (0, 65), (2**63, 2**63)):
            with pytest.raises(relay.SizeError, match="inside the buffer"):
                buffer.slot(start, length)


def test_a_closed_channel_is_closed_again(directory: relay.Directory) -> None:
    channel = opened(directory)
    with channel.open_file(0) as file:
        channel.write(b"unread")
        channel.write(b"gone", 1)
        channel.close()
        data = channel.save()
        before = channel.snapshot()
    channel = relay.Channel.load(data, parent=directory)
    with channel.open_file(0) as file:
        channel.close()
        assert channel.snapshot().buffers.tobytes() == before.buffers.tobytes()
        assert channel.save() == data
        assert file.read() == b"unread"


@pytest.mark.parametrize("form", [bytes, bytearray, lambda data: memoryview(b"x" + data)[1:]])
def test_any_bytes_will_do(form: Callable[[bytes], bytes]) -> None:
    with opened(None) as channel:
        data = channel.save()
    with relay.Channel.load(form(data)) as channel:
        assert channel.save() == data


def test_damaged_bytes_are_refused(directory: relay.Directory) -> None:
    with opened(directory) as channel:
        channel.write(b"something")
        data = channel.save()
    wrong = [data[:-8], data[:3], b"", data + bytes(8), bytes(len(data))]
    wrong += [data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :] for at in range(0, len(data), 7)]
    for bad in wrong:
        with pytest.raises(relay.SavedError, match="no saved channel of this version"):
            relay.Channel.load(bad, parent=directory)
    with pytest.raises(TypeError):
        relay.Channel.load("text")  # type: ignore[arg-type]


def summed(data: bytes) -> bytes:
    """Return bytes with their checksum put right: that of the words behind it."""
    total = 0x9E3779B97F4A7C15
    for at in range(24, len(data), 8):
        word = int.from_bytes(data[at : at + 8], sys.byteorder)
        total = (total ^ word) * 0xD6E8FEB86659FD93 % 2**64
        total ^= total >> 32
    return data[:16] + total.to_bytes(8, sys.byteorder) + data[24:]


def test_bytes_that_were_made_up_are_refused(directory: relay.Directory) -> None:
    with opened(directory) as channel:
        data = channel.save()
    assert summed(data) == data
    with pytest.raises(relay.SavedError, match="no text"):
        relay.Channel.load(summed(data.replace(b"cpu\0", b"\xff\xfe\xfd\0")), parent=directory)
    with pytest.raises(relay.SavedError):
        relay.Channel.load(summed(data.replace(b"cpu\0", b"c/u\0")), parent=directory)


def test_a_failing_callback_leaves_nothing(directory: relay.Directory) -> None:
    calls = []

    def create(name: str | None, parent: relay.Directory | None, mode: int, buf: relay.Buffer,
               _glob: relay.IsGlobal) -> relay.Entry:  # fmt: skip
        calls.append(name)
        if len(calls) == 2:
            raise RuntimeError("no more")
        return relay.create_file(name, parent, mode, buf)

    with opened(directory) as channel:
        data = channel.save()
    table = relay.Callbacks(create_buf_file=create)
    with pytest.raises(RuntimeError, match="no more"):
        relay.Channel.load(data, parent=directory, callbacks=table)
    assert calls == ["cpu0", "cpu1"]
    with opened(directory), pytest.raises(relay.ExistsError):
        relay.Channel.load(data, parent=directory)


def test_not_from_inside_a_callback() -> None:
    errors: list[object] = []

    def start(buf: relay.Buffer, *_: object) -> bool:
        channel = buf.private_data
        if isinstance(channel, list) and channel:
            for call in (
                channel[0].save,
                lambda: relay.Channel.load(data),
                lambda: channel[0].restore(data),
            ):
                with pytest.raises(relay.BusyError) as error:
                    call()
                errors.append(error)
        return True

    holder: list[relay.Channel] = []
    with opened(None, callbacks=relay.Callbacks(start), private_data=holder) as channel:
        data = channel.save()
        holder.append(channel)
        channel.flush()
    assert len(errors) == 6
    holder.clear()


def test_a_subclass_is_loaded_as_such() -> None:
    class Mine(relay.Channel):
        pass

    with opened(None) as channel:
        data = channel.save()
    with Mine.load(data) as loaded:
        assert type(loaded) is Mine


def test_an_open_channel_becomes_what_was_saved(directory: relay.Directory) -> None:
    header = relay.NO_OVERWRITE.with_header(4)
    with opened(directory) as channel, channel.open_file(0) as file:
        for _ in range(5):
            channel.write(b"0123456789")
        file.read(13)
        data, before = channel.save(), channel.snapshot()
        view = channel.buffers[0].data
        bytes_before = view.tobytes()
        channel.reset()
        for _ in range(9):
            channel.write(b"other", 1)
        channel.write(b"other")
        channel.set_subbuf_start(header)
        assert channel.save() != data
        channel.restore(data)
        after = channel.snapshot()
        assert after.buffers.tobytes() == before.buffers.tobytes()
        assert after.subbufs.tobytes() == before.subbufs.tobytes()
        assert view.tobytes() == bytes_before
        assert file.read() == b"3456789" + b"0123456789" * 2
        channel.flush()
        assert channel.buffers[0].offset == 4  # the header of now, not of then


def test_what_cannot_be_restored_changes_nothing(directory: relay.Directory) -> None:
    with opened(None) as other:
        shape = other.save()
    with opened(directory) as channel:
        channel.write(b"here")
        data = channel.save()
        wrong = [(shape, relay.ShapeError), (data[:-8], relay.SavedError), (b"", relay.SavedError)]
        for bad, error in wrong:
            with pytest.raises(error, match=f"^{len(bad)} bytes: "):
                channel.restore(bad)
            assert channel.save() == data
    with pytest.raises(relay.ClosedError):
        channel.restore(data)
