"""Channels of other processes in the real window: which there are, and which are chosen."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtTest import QTest

from relayviz.engines.attach.viewing.kind import KIND
from relayviz.engines.attach.viewing.searching import find
from relayviz.gui.attach.attached import has_channels
from relayviz.gui.attach.dialog import NOTHING, AttachDialog
from relayviz.model.others import Others, Search
from tests.gui.dragging import drop
from tests.gui.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.attach.others import Producer
    from tests.gui.conftest import Driver


from tests.gui.attaching import (
    Key,
    asked,
    folder,
    looked,
    no_thread_left,
    producer,
    row,
)

__all__ = ["folder", "no_thread_left", "producer"]  # fixtures


# -- which there are -----------------------------------------------------------------------------


def test_the_list_says_whose_channels_are_and_how_they_stand(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    producer.tell("write", 3, 1)
    dialog = looked(driver, folder)
    assert dialog.says.text() == "1 channel, 1 of them of processes that run."
    assert row(dialog, 0)[:6] == [
        "cpu",
        f"{producer.pid} {find((str(folder),), Search()).channels[0].program}: runs",
        "3",
        "0",
        "4 × 256 B",
        "2",
    ]
    producer.kill()
    QTest.keyClick(dialog, Key.Key_F5)
    driver.settle()
    assert row(dialog, 0)[1] == f"{producer.pid}: gone"
    dialog.reject()


def test_it_lists_all_of_this_user_before_anything_is_typed(
    driver: Driver, producer: Producer
) -> None:
    dialog = asked(driver)
    QTest.keyClicks(dialog.search, str(producer.pid))
    assert dialog.table.model().rowCount() == 1
    assert dialog.open_button.isEnabled()
    QTest.keyClicks(dialog.search, "nothing like it")
    assert not dialog.open_button.isEnabled()
    dialog.reject()


def test_an_empty_folder_says_what_to_do(driver: Driver, folder: Path) -> None:
    dialog = looked(driver, folder)
    assert dialog.says.text() == "0 channels."
    assert dialog._stack._sentence.text() == NOTHING
    assert dialog._stack.currentWidget() is dialog._stack._sentence
    assert not dialog.open_button.isEnabled()
    dialog.look_at(str(folder / "none"))
    driver.settle()
    assert dialog.says.text() == f"✕ {folder / 'none'}: there is no such folder."
    assert driver.settings.load().attached == []
    dialog.reject()


def test_what_is_refused_stands_in_the_list_and_cannot_be_opened(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    block = (folder / "cpu0.ctl").read_bytes()
    (folder / "bad.ctl").write_bytes(b"\xff" * len(block))
    (folder / "bad").write_bytes((folder / "cpu0").read_bytes())
    dialog = looked(driver, folder)
    assert "1 file refused" in dialog.says.text()
    refused = row(dialog, 1)
    assert refused[:2] == ["bad", "✕ refused"]
    assert "damaged" in refused[-1]
    tabs = len(driver.controller.tabs)
    dialog.table.selectRow(1)
    assert not dialog.open_button.isEnabled()
    assert dialog.says.text().startswith("✕ bad: That is no control block")
    QTest.keyClick(dialog.table, Key.Key_Return)
    driver.settle()
    assert len(driver.controller.tabs) == tabs
    dialog.reject()
    del producer


def test_a_long_search_tells_where_it_is_and_can_be_stopped(
    driver: Driver, producer: Producer
) -> None:
    def slow(places: Sequence[str], search: Search) -> Others:
        search.where = "/far/away" if list(places) == [""] else "?"
        end = time.monotonic() + PATIENCE
        while not search.is_stopped and time.monotonic() < end:
            threading.Event().wait(0.005)
        return Others((), (), is_whole=not search.is_stopped)

    driver.controller.catalogue.register(replace(KIND, find=slow))
    driver.window.actions_made["file.attach"].trigger()
    dialog = driver.dialog()
    assert isinstance(dialog, AttachDialog)
    until(lambda: "/far/away" in dialog.says.text())
    assert dialog.progress.isVisible()
    assert dialog.look_button.text() == "Stop"
    dialog.look_button.click()
    until(lambda: dialog.says.text() == "Stopped. Until then: 0 channels.")
    assert not dialog.progress.isVisible()
    assert dialog.look_button.text() == "Look"
    dialog.look()
    dialog.reject()  # the search goes on without it, and ends
    del producer


def test_another_place_is_looked_at_while_a_search_goes_on(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    def slow(places: Sequence[str], search: Search) -> Others:
        while not search.is_stopped and "" in places:
            threading.Event().wait(0.005)
        return find(places, search)

    driver.controller.catalogue.register(replace(KIND, find=slow))
    driver.window.actions_made["file.attach"].trigger()
    dialog = driver.dialog()
    assert isinstance(dialog, AttachDialog)
    assert dialog.look_button.text() == "Stop"
    dialog.place.setText(str(folder))
    assert dialog.look_button.text() == "Look"
    QTest.keyClick(dialog.place, Key.Key_Return)
    until(lambda: [one.pid for one in dialog.model.channels] == [producer.pid])
    dialog.reject()


def test_recent_folders_are_there_again(driver: Driver, folder: Path, producer: Producer) -> None:
    looked(driver, folder).reject()
    assert driver.settings.load().attached == [str(folder)]
    driver.stop()
    driver.start()
    dialog = asked(driver)
    assert dialog.recent.isVisible()
    dialog.recent.activated.emit(1)
    driver.settle()
    assert dialog.place.text() == str(folder)
    assert dialog.model.channels[0].pid == producer.pid
    dialog.reject()


def test_a_folder_that_is_dropped_is_looked_at(
    driver: Driver, folder: Path, tmp_path: Path, producer: Producer
) -> None:
    assert drop(driver, [folder])
    dialog = driver.dialog()
    assert isinstance(dialog, AttachDialog)
    assert dialog.model.channels[0].pid == producer.pid
    dialog.reject()
    assert not has_channels(tmp_path)
    assert not has_channels(folder / "cpu0")
    assert has_channels(folder.parent)


def test_a_folder_named_on_the_command_line_is_looked_at(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    driver.stop()
    driver.start(files=[folder])
    dialog = driver.dialog()
    assert isinstance(dialog, AttachDialog)
    assert dialog.model.channels[0].pid == producer.pid
    dialog.reject()
