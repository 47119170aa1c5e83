"""Damaged streams of an agent: nothing but AgentError comes out, and the rest of a look is kept."""

from __future__ import annotations

import json
import os
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from relayviz.engines.kernel.agent.frames import Frame, Frames
from relayviz.engines.kernel.fault import AgentError, RefusedError
from tests.kernel.dumps import FIVE, Dump
from tests.kernel.kcores import live_of
from tests.kernel.test_agent import agent

if TYPE_CHECKING:
    from collections.abc import Callable

MUTATIONS = 400
NASTY = ["9" * 5000, "-1", "1e308", "NaN", "null", "true", "[]", "{}", '"x"', "[" * 2000]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Three frames and two answers of an agent."""
    live = live_of(Dump(FIVE), tmp_path_factory.mktemp("live"))
    end, asking = os.pipe()  # as long as that is open, somebody may ask
    done = agent(live, "stream", "1000", "3", stdin=end)
    os.close(asking)
    os.close(end)
    frames = [line.encode() + b"\n" for line in done.stdout.splitlines()]
    assert len(frames) == 3
    buffers = [b["addr"] for c in json.loads(frames[0])["channels"] for b in c["bufs"]]
    asked = "".join(f"bytes {address}\n" for address in buffers[-2:])
    answers = agent(live, "stream", "0.01", "2", input=asked).stdout.splitlines()[1:]
    return frames + [line.encode() + b"\n" for line in answers]


def flipped(line: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(line)
    for _ in range(chance.randint(1, 8)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def shortened(line: bytes, chance: random.Random) -> bytes:
    return line[: chance.randrange(len(line))]


def replaced(line: bytes, chance: random.Random) -> bytes:
    """Some number becomes something that is none, or is far too large."""
    parts = line.decode().split(":")
    at = chance.randrange(1, len(parts))
    value, comma, rest = parts[at].partition(",")
    parts[at] = chance.choice(NASTY) + comma + rest if value else parts[at]
    return ":".join(parts).encode()


def crossed(line: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(line))
    return line[:at] + line[chance.randrange(len(line)) :]


def test_damaged_lines_are_refused_and_nothing_else(lines: list[bytes]) -> None:
    chance = random.Random(1)  # noqa: S311 - the same in each run
    ways: list[Callable[[bytes, random.Random], bytes]] = [flipped, shortened, replaced, crossed]
    understood, slowest = 0, 0.0
    for _ in range(MUTATIONS):
        frames = Frames()
        for line in lines:
            damaged = chance.choice(ways)(line, chance) if chance.random() < 0.5 else line
            began = time.process_time()
            try:
                frames.take(damaged)
                understood += 1
            except AgentError:
                pass
            slowest = max(slowest, time.process_time() - began)
    assert understood > MUTATIONS
    assert slowest < 1


def edited(line: bytes, edit: Callable[[dict[str, Any]], object]) -> bytes:
    said = json.loads(line)
    edit(said)
    return json.dumps(said).encode()


def test_damage_stays_with_its_buffer_or_channel(lines: list[bytes]) -> None:
    def hurt(said: dict[str, Any]) -> None:
        said["channels"][1]["bufs"][0]["offset"] = -1
        said["channels"][3]["subbuf_size"] = "large"

    frame = Frames().take(edited(lines[0], hurt))
    whole = Frames().take(lines[0])
    assert isinstance(frame, Frame)
    assert isinstance(whole, Frame)
    kept, all_of_them = frame.look.channels, whole.look.channels
    assert [channel.addr for channel in kept] == [
        channel.addr for number, channel in enumerate(all_of_them) if number != 3
    ]
    assert kept[1].buffers == all_of_them[1].buffers[1:]
    assert "offset" in kept[1].damage[0]
    assert "subbuf_size" in frame.look.damage[0]
    assert kept[0] == all_of_them[0]


@pytest.mark.parametrize("release", ["6.1.0-test", None, 5])
def test_a_release_is_a_text_or_is_not_known(lines: list[bytes], release: object) -> None:
    def say(said: dict[str, Any]) -> None:
        said["release"] = release

    frame = Frames().take(edited(lines[0], say))
    assert isinstance(frame, Frame)
    assert frame.look.release == (release if isinstance(release, str) else None)


def begun(said: dict[str, Any]) -> None:
    buffer = said["channels"][0]["bufs"][0]
    buffer |= {"subbufs_produced": 5, "padding": [10, 11, 12, 13, 14, 0, 0, 0]}


def went_on(since: int, *newer: int) -> Callable[[dict[str, Any]], None]:
    """A later frame, of which the last sub-buffer is number 9."""

    def later(said: dict[str, Any]) -> None:
        buffer = said["channels"][0]["bufs"][0]
        del buffer["padding"]
        buffer |= {"subbufs_produced": 9, "padding_since": since, "newer_padding": [*newer, 0]}

    return later


def test_newer_padding_is_put_where_it_belongs(lines: list[bytes]) -> None:
    """Twice around a buffer of 8: the slots of the newest sub-buffers, and no others."""
    frames = Frames()
    frames.take(edited(lines[0], begun))
    frame = frames.take(edited(lines[0], went_on(5, 1, 2, 3, 4)))
    assert isinstance(frame, Frame)
    assert frame.look.channels[0].buffers[0].padding == (4, 0, 12, 13, 14, 1, 2, 3)


def test_newer_padding_without_an_earlier_frame_is_not_known(lines: list[bytes]) -> None:
    def later(said: dict[str, Any]) -> None:
        buffer = said["channels"][0]["bufs"][0]
        del buffer["padding"]
        buffer |= {"padding_since": buffer["subbufs_produced"], "newer_padding": [0]}

    frame = Frames().take(edited(lines[0], later))
    assert isinstance(frame, Frame)
    buffer = frame.look.channels[0].buffers[0]
    assert buffer.padding is None
    assert "not known" in buffer.damage[0]


def test_newer_padding_behind_a_damaged_frame_is_not_known(lines: list[bytes]) -> None:
    """Sub-buffers 5 and 6 were told by a line that nobody could read."""
    frames = Frames()
    frames.take(edited(lines[0], begun))
    with pytest.raises(AgentError):
        frames.take(b"no JSON\n")
    frame = frames.take(edited(lines[0], went_on(7, 3, 4)))
    assert isinstance(frame, Frame)
    buffer = frame.look.channels[0].buffers[0]
    assert buffer.padding is None
    assert "not known" in buffer.damage[0]


def test_a_refusal_is_told_apart_from_damage() -> None:
    with pytest.raises(RefusedError, match="no such buffer"):
        Frames().take(b'{"error":"no such buffer"}\n')
    with pytest.raises(AgentError, match="damaged"):
        Frames().take(b"no JSON\n")
