"""Files that grow: the same in the end as opened when complete, and no loss told that is none."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.follow import SHORTENED, Followed, settled
from tests.capture.test_truth import LOSSY, files, truth

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", LOSSY)
@pytest.mark.parametrize("seed", range(3))
def test_it_grows_to_what_it_is_when_opened_at_the_end(
    folder: str, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311  only to cut files
    contents = {tmp_path / path.name: path.read_bytes() for path in files(folder)}
    followed, at = Followed(list(contents)), dict.fromkeys(contents, 0)
    told = set()
    while any(at[path] < len(data) for path, data in contents.items()):
        for path, data in contents.items():
            size = chance.randrange(len(data) // 6)
            with path.open("ab") as file:
                file.write(data[at[path] : at[path] + size])
            at[path] = min(len(data), at[path] + size)
        capture = followed.look()
        if capture is not None:
            assert not any(part.index.damage() for part in capture.parts)  # an end is no damage
            told |= {(gap.cpu, gap.before, gap.after) for gap in settled(capture)}
    last, whole = followed.look(is_over=True), open_capture(sorted(contents))
    assert last is not None
    assert last.records == whole.records == truth(folder)["kept"]
    final = {(gap.cpu, gap.before, gap.after) for gap in whole.gaps}
    assert {(gap.cpu, gap.before, gap.after) for gap in last.gaps} == final
    assert told <= final
    assert len(told) > len(final) // 2


def test_what_is_cut_is_told_when_the_writer_is_done(tmp_path: Path) -> None:
    source = files(LOSSY[0])[0].read_bytes()
    path = tmp_path / "t.0"
    followed = Followed([path])
    assert followed.look() is None  # not there yet
    path.write_bytes(source[:-10])
    capture = followed.look()
    assert capture is not None
    assert not capture.parts[0].index.damage()
    assert followed.look() is None
    last = followed.look(is_over=True)
    assert last is not None
    assert [cut for _, _, cut in last.parts[0].index.damage()] == [True]


def test_a_file_that_becomes_shorter_is_told_and_keeps_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "t.0"
    path.write_bytes(files(LOSSY[0])[0].read_bytes())
    followed = Followed([path])
    capture = followed.look()
    assert capture is not None
    path.write_bytes(b"")
    last = followed.look(is_over=True)
    assert last is not None
    assert last.records == capture.records
    assert [one.reason for one in last.refused] == [SHORTENED]


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_cleanly_with_all_of_it(ended_by: signal.Signals, tmp_path: Path) -> None:
    source = files(LOSSY[0])[0].read_bytes()
    path = tmp_path / "t.0"
    path.write_bytes(source[:2000])
    command = [sys.executable, "-m", "relayviz", "capture", str(path), "--follow", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        first = json.loads(program.stdout.readline())
        assert 0 < first["records"] == first["new"]
        with path.open("ab") as file:
            file.write(source[2000:])
        second = json.loads(program.stdout.readline())
        assert second["records"] == first["records"] + second["new"]
        program.send_signal(ended_by)
        last = json.loads(program.stdout.read())
        assert program.wait(30) == 0
    assert last["records"] == open_capture([path]).records
