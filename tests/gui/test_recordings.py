"""Recordings in the window: begun, ended, marked, opened, played in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel

from relayviz.engines.replay.recording import Recording
from relayviz.gui.findings.panel import NOTHING_RECORDED
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.playing import played
from tests.engines.replay.kit import written
from tests.gui.dragging import drop

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.engine.playing import PlayedEngine
    from relayviz.model.engine.snapshot import Snapshot
    from tests.gui.conftest import Driver


@pytest.fixture
def steps(driver: Driver) -> list[Snapshot]:
    """The states of a channel that was stepped."""
    driver.controller.open_channel(ChannelConfig(cpus=2, n_subbufs=4, subbuf_size=128))
    driver.settle()
    shown = [driver.snapshot]
    for number in range(20):
        driver.controller.submit(Operation(Kind.WRITE, number % 2, 50))
        driver.settle()
        shown.append(driver.snapshot)
    return shown


def records(driver: Driver) -> bool:
    return driver.window.recordings.is_recording


def opened(driver: Driver, path: Path) -> PlayedEngine:
    driver.window.recordings.open(path)
    driver.settle()
    engine = played(driver.controller.shown)
    assert engine is not None
    return engine


def test_what_is_recorded_can_be_opened(driver: Driver, tmp_path: Path) -> None:
    recordings, path = driver.window.recordings, tmp_path / "a.relayrec"
    driver.trigger("recording.record")
    dialog = driver.dialog()
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    driver.settle()
    assert records(driver)
    assert recordings.light.text().startswith("● recording")
    assert driver.window.actions_made["recording.record"].isChecked()
    driver.controller.submit(Operation(Kind.WRITE, 0, 77))
    driver.settle()
    last = driver.snapshot
    driver.trigger("recording.mark")
    question = driver.dialog()
    assert isinstance(question, QInputDialog)
    question.textValueSelected.emit(" a write ")
    question.reject()
    driver.trigger("recording.record")
    assert not records(driver)
    assert not recordings.light.isVisible()
    engine = opened(driver, path)
    engine.go(1e9)
    driver.settle()
    assert driver.snapshot.buffers.tobytes() == last.buffers.tobytes()
    assert [one.text for one in engine.markers] == ["a write"]


def test_the_slider_goes_to_any_moment_and_the_buttons_both_ways(
    driver: Driver, steps: list[Snapshot], tmp_path: Path
) -> None:
    engine = opened(driver, written(tmp_path / "r", steps, 0.5))
    bar = driver.window.replay
    assert bar.isVisible()
    assert not driver.window.operations.isVisible()
    assert bar.slider.maximum() == 10_000
    bar.slider.setValue(4_600)
    driver.settle()
    assert driver.snapshot.buffers.tobytes() == steps[9].buffers.tobytes()
    assert bar.clock.text() == "0:04.60 of 0:10.00"
    bar.speed.setCurrentIndex(bar.speed.count() - 1)
    for action, end in (("replay.play", engine.length), ("replay.backwards", 0.0)):
        driver.trigger(action)
        while engine.speed:
            driver.settle()
        driver.settle()
        assert engine.at == end
    driver.trigger("replay.backwards")
    driver.trigger("replay.play")
    assert driver.snapshot.buffers["produced"].dtype == steps[0].buffers["produced"].dtype


def test_a_marker_is_a_line_and_a_place_to_go_to(
    driver: Driver, steps: list[Snapshot], tmp_path: Path
) -> None:
    path = written(tmp_path / "r", steps, 0.5)
    engine, bar = opened(driver, path), driver.window.replay
    engine.go(3.0)
    driver.settle()
    driver.window.recordings.mark_with("here")
    driver.settle()
    engine.go(9.0)
    driver.settle()
    assert [one.text for one in bar.slider.markers] == ["here"]
    bar.markers.menu().actions()[0].trigger()
    driver.settle()
    assert engine.at == 3.0
    assert driver.snapshot.buffers.tobytes() == steps[6].buffers.tobytes()
    again = Recording(path)
    assert [(one.time, one.text) for one in again.markers] == [(3.0, "here")]
    again.close()


def test_what_panels_say_of_a_recording_is_true(
    driver: Driver, steps: list[Snapshot], tmp_path: Path
) -> None:
    opened(driver, written(tmp_path / "r", steps, 0.5))
    driver.window.focus_dock("findings")
    driver.window.focus_dock("bytes")
    driver.settle()
    panel = driver.window.docks["findings"].panel
    assert NOTHING_RECORDED in [label.text() for label in panel.findChildren(QLabel)]
    assert "Recording: 0.00 s of 10.00 s" in driver.window.status.words.text()
    assert not driver.window.actions_made["op.write"].isEnabled()
    assert not driver.window.actions_made["recording.record"].isEnabled()


def test_a_file_that_is_dropped_is_opened(
    driver: Driver, steps: list[Snapshot], tmp_path: Path
) -> None:
    assert drop(driver, [written(tmp_path / "r", steps, 0.5)])
    assert played(driver.controller.shown) is not None


def test_a_file_that_the_program_is_started_with_is_opened(
    driver: Driver, steps: list[Snapshot], tmp_path: Path
) -> None:
    path = written(tmp_path / "r", steps, 0.5)
    driver.end()
    driver.start([path])
    assert played(driver.controller.shown) is not None


def test_a_tab_that_is_closed_ends_its_recording(driver: Driver, tmp_path: Path) -> None:
    recordings, path = driver.window.recordings, tmp_path / "a.relayrec"
    recordings.record(path)
    driver.settle()
    driver.window.desk.discard()
    driver.trigger("file.close-tab")
    assert not recordings.is_recording
    again = Recording(path)
    assert again.problems == []
    again.close()


def test_what_cannot_be_recorded_or_opened_is_told(driver: Driver, tmp_path: Path) -> None:
    told: list[str] = []
    driver.controller.notified.connect(lambda notice: told.append(notice.text))
    driver.window.recordings.record(tmp_path / "no" / "a")
    driver.settle()
    (tmp_path / "x").write_bytes(b"x")
    driver.window.recordings.open(tmp_path / "x")
    driver.settle()
    assert "was not written" in told[0]
    assert "no recording" in told[1]
    assert not driver.window.recordings.is_recording
