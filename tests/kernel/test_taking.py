"""What is seen is taken along: stepped from where it stands, or saved and opened again."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from relayviz.engines.kernel.contents import Contents, judged
from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.opening import open_dump
from relayviz.engines.kernel.viewing.opened import OpenedKernel
from relayviz.model.engine.kernel import How, Where
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.kernel.position import position_of
from tests.kernel.dumps import BLKTRACE, FIVE, FIVE_612, MID_SWITCH, Dump
from tests.kernel.test_viewing import SIZE, Scripted, channel, look

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.kernel.kernel import Kernel
    from relayviz.model.kernel.look import Buffer, Channel


def opened(name: str) -> OpenedKernel:
    return OpenedKernel(Dump(name).open(), Where(How.DUMP, f"/there/{name}.elf"))


@pytest.mark.parametrize("name", [FIVE, FIVE_612, BLKTRACE])
def test_a_step_channel_gives_what_the_kernel_would_have(name: str) -> None:
    """Read to its end, each file gives what cat gave in the guest; see truth.json."""
    kernel, dump = opened(name), Dump(name).open()
    for seen in kernel.look.channels:
        engine = kernel.open(seen)
        assert Can.HAND_OVER in engine.can
        stepped = engine.step_from_here()
        shown, there = stepped.snapshot, engine.snapshot
        assert shown.subbufs["padding"].tolist() == there.subbufs["padding"].tolist()
        for figure in ("produced", "consumed", "offset", "bytes_consumed", "current"):
            assert shown.buffers[figure].tolist() == there.buffers[figure].tolist(), figure
        assert stepped.root is not None
        files = relay.Directory("again")
        again = relay.Channel.load(
            stepped.root.data, parent=files, callbacks=relay.Callbacks(relay.OVERWRITE)
        )
        for row, buffer in enumerate(sorted(seen.buffers, key=lambda one: one.percpu_slot)):
            contents = dump.contents(seen, buffer)
            assert bytes(again.buffers[row].data) == contents.memory
            if seen.has_base_filename:
                with again.open_file(buffer.percpu_slot) as file:
                    assert file.read() == contents.unread_bytes
        again.close()
        files.remove()
        stepped.close()
        engine.close()
    kernel.close()
    dump.close()


@pytest.mark.parametrize("name", MID_SWITCH)
def test_the_middle_of_a_switch_is_no_state_to_go_on_from(name: str) -> None:
    kernel = opened(name)
    refused = []
    for seen in kernel.look.channels:
        engine = kernel.open(seen)
        between = any(
            (position := position_of(seen, one)) is not None and position.writer == "switching"
            for one in seen.buffers
        )
        if between:
            refused.append(seen.name)
            with pytest.raises(OpenError, match="in the middle of a switch"):
                engine.step_from_here()
        else:
            engine.step_from_here().close()
        engine.close()
    assert len(refused) == 1
    kernel.close()


class Overtaken(Scripted):
    """The writer comes into two sub-buffers while the memory is read."""

    def contents(self, channel: Channel, buffer: Buffer) -> Contents:
        later = replace(buffer, subbufs_produced=7, data=buffer.start + 3 * SIZE, offset=0)
        return judged(channel, buffer, self.memory, later)


def test_what_the_writer_came_to_is_zeros_when_it_is_stepped() -> None:
    mine = channel(5, 2, 10)
    kernel = OpenedKernel(Overtaken(look(mine)), Where(How.GUEST, "/there/qmp"))
    engine = kernel.open(mine)
    stepped = engine.step_from_here()
    data = stepped.bytes_of(stepped.snapshot, 0)
    assert data is not None
    # 2 and 3 are whole no more; 4 and the one being written, 5, are
    assert not data[2 * SIZE : 4 * SIZE].any()
    assert data[:SIZE].tolist() == list(range(SIZE))
    assert data[SIZE : SIZE + 10].tolist() == list(range(SIZE, SIZE + 10))
    stepped.close()
    engine.close()
    kernel.close()


def test_saved_in_the_window_it_says_the_same(tmp_path: Path) -> None:
    kernel, path = opened(FIVE_612), tmp_path / "seen.elf"
    seen = next(one for one in kernel.look.channels if one.buffers)
    engine = kernel.open(seen)
    assert Can.SAVE in engine.can
    told = engine.save_seen(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert told.startswith("seen.elf has ")
    assert "memory" in told
    with open_dump(path) as again, Dump(FIVE_612).open() as first:
        mine = next(one for one in again.look().channels if one.addr == seen.addr)
        assert mine == seen
        for buffer in mine.buffers:
            assert again.contents(mine, buffer).memory == first.contents(seen, buffer).memory
        others = [one for one in again.look().channels if one.addr != seen.addr]
        kept = {one.name for one in others if _has_bytes(again, one)}
        assert not kept  # of other channels no byte went along
    engine.close()
    kernel.close()


def _has_bytes(kernel: Kernel, channel: Channel) -> bool:
    try:
        kernel.contents(channel, channel.buffers[0])
    except UnreadableError:
        return False
    return True


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    kernel = opened(FIVE_612)
    engine = kernel.open(kernel.look.channels[0])
    with pytest.raises(OpenError, match="cannot be written"):
        engine.save_seen(tmp_path / "no" / "folder")
    engine.close()
    kernel.close()


def test_an_agent_gives_no_pages() -> None:
    mine = channel(5, 2, 10)
    kernel = OpenedKernel(Scripted(look(mine)), Where(How.SSH, "far"))
    engine = kernel.open(mine)
    assert engine.can == {Can.WATCH, Can.HAND_OVER}
    engine.close()
    kernel.close()
    with pytest.raises(OpenError, match="closed"):
        engine.step_from_here()
