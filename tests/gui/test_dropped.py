"""What is dropped onto the window is known by how it begins, whatever it is called."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl

from relayviz.gui.kernels.kernels import is_dump
from relayviz.gui.recordings.recordings import is_recording
from relayviz.model.session.scenario import scenario_text
from tests.capture.test_truth import LOSSY, files
from tests.engines.replay.kit import written
from tests.gui.dragging import drop, drop_urls

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Never

    from tests.gui.conftest import Driver

BEGINS: dict[Callable[[Path], bool], bytes] = {
    is_recording: b"relayviz recording",
    is_dump: b"KDUMP   ",
}


@pytest.mark.parametrize("knows", BEGINS, ids=lambda knows: knows.__name__)
def test_a_file_is_known_by_how_it_begins(knows: Callable[[Path], bool], tmp_path: Path) -> None:
    begin = BEGINS[knows]
    file = tmp_path / "x"
    for text, is_one in (
        (begin, True),
        (begin + bytes(100), True),
        (begin[:-1], False),
        (b"x" + begin, False),
        (b"", False),
    ):
        file.write_bytes(text)
        assert knows(file) is is_one, text


@pytest.mark.parametrize("knows", BEGINS, ids=lambda knows: knows.__name__)
def test_what_cannot_be_read_is_none(
    knows: Callable[[Path], bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_long, with_0 = tmp_path / ("x" * 300), Path("a\0b")
    assert [knows(one) for one in (tmp_path, tmp_path / "none", too_long, with_0)] == [False] * 4

    def refuse(*_: object) -> Never:
        raise PermissionError(errno.EACCES, "not yours")

    file = tmp_path / "mine"
    file.write_bytes(BEGINS[knows])
    assert knows(file)
    monkeypatch.setattr(Path, "open", refuse)
    assert not knows(file)


def test_each_is_opened_by_what_it_is(driver: Driver, tmp_path: Path) -> None:
    """Captures are files of one channel; none of the others keeps the rest from being opened."""
    session, other = (tmp_path / f"{name}.relay.toml" for name in ("one", "other"))
    for path in (session, other):
        path.write_text(scenario_text("byte-by-byte"), encoding="utf-8")
    recording = written(tmp_path / "a.relayrec", [driver.snapshot], 0.5)
    before = len(driver.controller.tabs)
    assert drop(driver, [session, *files(LOSSY[0]), recording, other])
    kinds = [tab.shown.kind for tab in driver.controller.tabs[before:]]
    assert sorted(kinds) == ["capture", "replay", "step", "step"]


def test_what_is_no_file_is_left_alone(driver: Driver) -> None:
    assert not drop_urls(driver, [QUrl("https://relayviz.example/one.relay.toml")])
    assert not drop_urls(driver, [QUrl.fromLocalFile("/nowhere/one.relay.toml")])
    assert len(driver.controller.tabs) == 1
