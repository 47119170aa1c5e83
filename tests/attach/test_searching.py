"""Which channels of other processes are found, and which files are refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.attach.viewing.searching import find
from relayviz.model.engine.protocol import OpenError
from relayviz.model.others import Search
from tests.attach.others import COUNT, SIZE, producing
from tests.attach.test_viewing import only

if TYPE_CHECKING:
    from pathlib import Path


def test_a_channel_is_found_in_its_folder_of_its_process_and_among_all(folder: Path) -> None:
    with producing(folder) as producer:
        producer.tell("write", 3, 1)
        one = only(folder)
        assert (one.name, one.pid, one.alive, one.is_closed) == ("cpu", producer.pid, True, False)
        assert (one.subbuf_size, one.n_subbufs, len(one.paths)) == (SIZE, COUNT, 2)
        assert (one.written, one.unread, one.lost, one.damaged) == (3, 3, 0, 0)
        assert "python" in one.program
        assert only(producer.pid) == one
        assert one in find(("",), Search()).channels
    dead = only(folder)
    assert (dead.alive, dead.written, dead.program) == (False, 3, "")
    assert dead in find(("",), Search()).channels  # it lies in shared memory


def test_buffers_one_folder_below_are_of_the_channel(folder: Path) -> None:
    below = folder / "below"
    below.mkdir()
    with producing(below) as producer:
        assert only(folder).paths == (below / "cpu0", below / "cpu1")
        assert only(folder).pid == producer.pid


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/nowhere/at/all", "no such folder"),
        (str(2**22 + 1), "no process with that number"),
        (__file__, "is a file: name the folder"),
        ("a\0b", "null"),
    ],
)
def test_places_that_cannot_be_say_why(place: str, words: str) -> None:
    with pytest.raises(OpenError, match=words):
        find((place,), Search())


def test_one_place_that_is_gone_does_not_hide_the_others(folder: Path) -> None:
    with producing(folder):
        assert len(find(("/nowhere/at/all", str(folder)), Search()).channels) == 1


def test_a_search_that_is_stopped_says_so(folder: Path) -> None:
    with producing(folder):
        found = find((str(folder),), Search(is_stopped=True))
        assert (found.channels, found.is_whole) == ((), False)


def hostile(folder: Path) -> None:
    """Put files beside a channel's that are none, or lie."""
    control = (folder / "cpu0.ctl").read_bytes()
    data = (folder / "cpu0").read_bytes()
    for name, block, size in (
        ("noise", b"\xff" * len(control), len(data)),
        ("short", control[:100], len(data)),
        ("cut", control, 1),
        ("later", control[:4] + b"\x63" + control[5:], len(data)),
        ("twin", control, len(data)),  # says that it is another's CPU 0
    ):
        (folder / f"{name}.ctl").write_bytes(block)
        (folder / name).write_bytes(data[:size])
    os.mkfifo(folder / "pipe.ctl")
    (folder / "pipe").write_bytes(data)
    (folder / "link.ctl").symlink_to(folder / "cpu0.ctl")
    (folder / "alone.ctl").write_bytes(control)


def test_files_that_lie_are_refused_and_say_why(folder: Path) -> None:
    with producing(folder) as producer:
        producer.tell("write", 5, 0)
        hostile(folder)
        found = find((str(folder),), Search())
        (one,) = found.channels
        assert (one.written, one.damaged, len(one.paths)) == (5, 0, 2)
        refused = {one.path.name: one.why for one in found.refused}
        assert set(refused) >= {"noise", "short", "cut", "later", "pipe"}
        assert "another version" in refused["later"]
        assert all(why.endswith(".") for why in refused.values())
        assert "cpu0" in {path.name for path in one.paths} ^ set(refused)
