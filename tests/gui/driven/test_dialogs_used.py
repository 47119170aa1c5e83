"""What comes of it when each thing in each dialog is used in turn, as somebody looked at it."""

from __future__ import annotations

import os
from importlib import metadata
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion

from tests.capture.test_truth import LOSSY, files
from tests.gui.dragging import drop
from tests.gui.driven.dialogs import all_used, closed, opened
from tests.gui.inside.seen import show
from tests.gui.lesson.test_lesson import LESSON, lesson_of, take
from tests.gui.live.conftest import live as live_driver
from tests.gui.whole.conftest import stepped
from tests.gui.whole.described import described
from tests.gui.whole.test_described import compare, no_thread_left

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

__all__ = ["no_thread_left", "stepped"]  # fixtures
live = live_driver


def test_beside_a_stepped_channel(
    stepped: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})  # of any machine
    compare("driven-stepped", all_used(stepped), tmp_path)


def test_of_a_live_channel(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    compare("driven-live", all_used(live, ("live.break",)), tmp_path)


def test_inside_an_operation(driver: Driver, tmp_path: Path) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    names = ("run.goto", "inside.until", "inside.find", "run.what-if", "run.branches")
    compare("driven-inside", all_used(driver, names), tmp_path)


def test_of_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    driver.press(Qt.Key.Key_End)
    compare("driven-capture", all_used(driver, ("file.recent-capture",)), tmp_path)


def test_of_a_lesson(driver: Driver, tmp_path: Path) -> None:
    take(driver, lesson_of(LESSON))
    compare("driven-lesson", all_used(driver, ("file.lesson",)), tmp_path)


def test_pages_of_the_help_as_they_open(driver: Driver, tmp_path: Path) -> None:
    told = []
    for name in ("help.about", "help.keys"):
        dialog = opened(driver, name)
        assert dialog is not None
        versions = {qVersion(): "(version)", metadata.version("relayviz"): "(version)"}
        lines = described(dialog)
        for version, instead in versions.items():
            lines = [line.replace(version, instead) for line in lines]
        told.append((name, lines))
        closed(driver, dialog)
    compare("help", told, tmp_path)
