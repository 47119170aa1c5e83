"""Bytes of another process that were read while its writer went on: what of them is believed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.attach.looking import Looking
from relayviz.engines.attach.viewing.searching import find
from relayviz.engines.attach.viewing.shown import WRITTEN, read_of
from relayviz.engines.attach.viewing.source import ChannelSource, Contents
from relayviz.engines.attach.viewing.taking import _found
from relayviz.model.others import Search
from tests.attach.others import COUNT, SIZE, producing

if TYPE_CHECKING:
    import pytest

EVENT = SIZE // 4


def test_what_the_writer_came_to_meanwhile_is_neither_shown_nor_taken_along(folder: Path) -> None:
    place = relay.Directory.at(folder)
    overwrite = relay.Callbacks(subbuf_start=relay.OVERWRITE)
    with relay.Channel(
        "cpu", place, subbuf_size=SIZE, n_subbufs=COUNT, cpus=1, callbacks=overwrite
    ) as channel:
        for number in range(13):  # three sub-buffers and an event
            channel.write(bytes([number + 1]) * EVENT, 0)
        (one,) = find((str(folder),), Search()).channels
        with closing(ChannelSource(one)) as source:
            look, first = source.look(), source.contents(0)
            whole = read_of(look, 0, first)
            assert whole.withheld == {}
            for _ in range(8):  # two laps are gone over
                channel.write(b"\xff" * EVENT, 0)
            last = source.contents(0)
            mixed = Contents(first.before, last.memory, last.after)
            assert dict(read_of(look, 0, mixed).withheld) == {0: WRITTEN, 1: WRITTEN}
            taken = bytes(_found(mixed).memory)
            assert taken[: 2 * SIZE] == bytes(2 * SIZE)
            assert taken[2 * SIZE : 3 * SIZE] == first.memory[2 * SIZE : 3 * SIZE]
            assert taken[3 * SIZE : 3 * SIZE + EVENT] == first.memory[3 * SIZE : 3 * SIZE + EVENT]


def test_what_is_gone_is_let_go(folder: Path) -> None:
    paths = [folder / "cpu0", folder / "cpu1"]

    def mapped() -> list[str]:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8")
        return [path.name for path in (folder / "cpu0", folder / "cpu1") if f"{path}" in maps]

    with producing(folder) as producer, Looking(lambda: paths) as looking:
        producer.tell("write", 3, 1)
        assert [len(one.bufs) for one in looking.look().channels] == [2]
        assert mapped() == ["cpu0", "cpu1"]
        del paths[0]
        assert [len(one.bufs) for one in looking.look().channels] == [1]
        assert mapped() == ["cpu1"]


def test_a_buffer_that_is_closed_between_two_looks_hides_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [folder / "cpu0", folder / "cpu1"]
    with producing(folder) as producer, Looking(lambda: paths) as looking:
        producer.tell("write", 3, 1)
        attach = looking._attach

        def gone(path: Path) -> relay.Attached:
            if path == paths[0]:
                raise FileNotFoundError(path)
            return attach(path)

        monkeypatch.setattr(looking, "_attach", gone)
        told = looking.look()
        assert [len(one.bufs) for one in told.channels] == [1]
        assert not told.errors
