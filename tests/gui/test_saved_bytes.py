"""What is in a channel's buffers, saved as a consumer would have it and opened as a capture."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from tests.capture import made
from tests.gui.test_captures import engine, no_thread_left

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.conftest import Driver

__all__ = ["no_thread_left"]  # a fixture
WROTE = 40  # records, of a size that leaves padding
PDU = 37


def opened(driver: Driver, header: int = 0) -> None:
    config = ChannelConfig(cpus=2, subbuf_size=256, n_subbufs=4, header=header, mode=Mode.OVERWRITE)
    driver.controller.open_channel(config)
    driver.settle()


def save(driver: Driver, path: Path) -> None:
    driver.trigger("file.save-bytes")
    dialog = driver.dialog()
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()
    driver.settle()
    driver.settle()


def write(driver: Driver, cpu: int, numbers: range) -> list[bytes]:
    data = [made.blktrace7(one, 1000 * one, cpu, PDU) for one in numbers]
    for one in data:
        driver.engine.submit(Operation(Kind.WRITE, cpu=cpu, data=one))
    driver.settle()
    return data


@pytest.mark.parametrize("header", [0, 8])
def test_records_are_those_a_consumer_would_have(
    driver: Driver, tmp_path: Path, header: int
) -> None:
    opened(driver, header)
    wrote = {cpu: write(driver, cpu, range(1, WROTE - 9 * cpu)) for cpu in (0, 1)}
    save(driver, tmp_path / "seen")
    each = (256 - header) // len(wrote[0][0])
    for cpu, records in wrote.items():
        kept = len(records) - (len(records) - 1) // each * each + 3 * each
        path = tmp_path / f"seen.cpu{cpu}"
        assert path.read_bytes() == b"".join(records[-kept:])
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    tape = engine(driver).tape  # the capture is what is shown now
    assert tape.count == sum(path.stat().st_size for path in tmp_path.glob("seen.*")) // len(
        wrote[0][0]
    )
    assert tuple(tape.cpus) == (0, 1)


def test_a_name_that_is_there_is_kept(driver: Driver, tmp_path: Path) -> None:
    opened(driver)
    write(driver, 1, range(1, 3))
    (tmp_path / "seen.cpu7").write_bytes(b"mine")
    tabs = len(driver.controller.tabs)
    save(driver, tmp_path / "seen")
    assert "there already" in driver.window.status.words.text()
    assert sorted(path.name for path in tmp_path.glob("seen*")) == ["seen.cpu7"]
    assert len(driver.controller.tabs) == tabs


def test_nothing_is_not_saved(driver: Driver, tmp_path: Path) -> None:
    opened(driver)
    save(driver, tmp_path / "seen")
    assert "nothing to save" in driver.window.status.words.text()
    assert not [*tmp_path.glob("seen*")]


def test_bytes_that_have_moved_on_leave_no_file(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(driver)
    for cpu in (0, 1):
        write(driver, cpu, range(1, 3))
    source = driver.controller.shown
    assert source is not None
    read = source.bytes_of
    monkeypatch.setattr("relayviz.gui.captures.saving.PATIENCE", 0.05)
    monkeypatch.setattr(
        source, "bytes_of", lambda snapshot, row, *at: None if row else read(snapshot, row, *at)
    )
    save(driver, tmp_path / "seen")
    assert "gone on" in driver.window.status.words.text()
    assert not [*tmp_path.glob("seen*")]
