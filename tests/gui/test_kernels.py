"""A real kernel's channel in the real window: opened from a dump, chosen from a list, looked at."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from relayviz.engines.kernel.viewing.kind import KIND
from relayviz.engines.kernel.viewing.opened import OpenedKernel
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.bytes.copying import Form
from relayviz.gui.channel import ChannelPanel
from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.findings import FindingsPanel
from relayviz.gui.kernels.dialog import FIRST, KernelDialog
from relayviz.gui.kernels.kernels import is_dump
from relayviz.gui.rings import RingsPanel
from relayviz.gui.shell.engines import catalogue
from relayviz.model.engine.kernel import How, Where
from relayviz.model.engine.protocol import Can
from tests.gui.dragging import drop
from tests.gui.waiting import until
from tests.kernel.dumps import BLKTRACE, FIVE, FIVE_612, Dump
from tests.kernel.test_viewing import Scripted, channel, look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from relayviz.model.engine.kernel import ForeignKernel
    from tests.gui.conftest import Driver

P = TypeVar("P")
Key = Qt.Key


@pytest.fixture(autouse=True)
def no_kernel_left() -> Iterator[None]:
    """The thread of a kernel ends by itself after its last tab was closed."""
    yield
    for thread in threading.enumerate():
        if thread.name == "kernel":
            thread.join(5)


def asked(driver: Driver) -> KernelDialog:
    driver.trigger("file.open-kernel")
    dialog = driver.dialog()
    assert isinstance(dialog, KernelDialog)
    return dialog


def looked(driver: Driver, where: Where) -> KernelDialog:
    """The dialog with the channels of a kernel, opened by its keys."""
    dialog = asked(driver)
    dialog.form.fill(where)
    QTest.keyClick(dialog.form.fields["target"], Key.Key_Return)
    driver.settle()
    return dialog


def choose(driver: Driver, dialog: KernelDialog, text: str) -> None:
    """Search for a channel and open it, by keys alone."""
    QTest.keyClicks(dialog.search, text)
    assert dialog.table.model().rowCount() == 1
    QTest.keyClick(dialog.search, Key.Key_Return)
    driver.settle()
    driver.activate()


def where(name: str, folder: Path) -> Where:
    dump = Dump(name)
    return Where(How.DUMP, str(dump.written(folder)), str(dump.types), str(dump.symbols))


def panel(driver: Driver, dock: str, kind: type[P]) -> P:
    found = driver.window.docks[dock].panel
    assert isinstance(found, kind)
    return found


def kernel_window(
    driver: Driver, make: Callable[[Where], ForeignKernel], folder: Path
) -> KernelDialog:
    driver.controller.catalogue.register(replace(KIND, attach=make))
    del folder
    return looked(driver, Where(How.SSH, "far"))


def test_what_is_typed_and_said_of_one_way_is_of_no_other(driver: Driver, tmp_path: Path) -> None:
    dialog = asked(driver)
    target = dialog.form.fields["target"]
    assert dialog.focusWidget() is target
    (tmp_path / "text").write_text("no dump", encoding="utf-8")
    QTest.keyClicks(target, str(tmp_path / "text"))
    QTest.keyClick(target, Key.Key_Return)
    driver.settle()
    wrong = dialog.says.text()
    assert "dump" in wrong
    dialog.form.show_way(How.SSH)
    assert (target.text(), dialog.says.text()) == ("", FIRST)
    target.setText("far")
    dialog.form.show_way(How.DUMP)
    assert target.text() == str(tmp_path / "text")
    dialog.form.show_way(How.SSH)
    assert target.text() == "far"
    dialog.reject()


def test_rings_and_bytes_are_those_of_the_dump(driver: Driver, tmp_path: Path) -> None:
    dialog = looked(driver, where(FIVE, tmp_path))
    kernel = Dump(FIVE).open()
    channels = kernel.look().channels
    assert dialog.table.model().rowCount() == len(channels)
    assert f"{len(channels)} relay channels" in dialog.says.text()
    seen = next(one for one in channels if one.name == "noover/cpu")
    choose(driver, dialog, "noover")
    shown = driver.snapshot
    assert panel(driver, "rings", RingsPanel).view.snapshot is shown
    buffers = sorted(seen.buffers, key=lambda one: one.cpu)
    assert shown.buffers["produced"].tolist() == [one.subbufs_produced for one in buffers]
    assert shown.buffers["consumed"].tolist() == [one.subbufs_consumed for one in buffers]
    assert shown.buffers["offset"].tolist() == [one.offset for one in buffers]
    memory = kernel.contents(seen, buffers[1]).memory
    bytes_ = panel(driver, "bytes", BytesPanel)
    driver.controller.select(1, 2)
    QApplication.sendPostedEvents()
    bytes_.view.grab()  # asks for what it draws
    driver.settle()
    bytes_.view.select(3, 19)
    bytes_.copy_as(Form.HEX)
    begin = 2 * seen.subbuf_size
    assert bytes.fromhex(QGuiApplication.clipboard().text()) == memory[begin + 3 : begin + 19]
    assert "kernel's memory does not say" in bytes_.says.text() or "padding" in bytes_.says.text()
    kernel.close()


def test_what_is_not_known_is_not_0(driver: Driver, tmp_path: Path) -> None:
    choose(driver, looked(driver, where(BLKTRACE, tmp_path)), "blktrace")
    counters = panel(driver, "counters", CountersPanel).model
    headings = [column.heading for column in COLUMNS]

    def cell(name: str) -> object:
        return counters.data(counters.index(0, headings.index(name)))

    for name in ("lost", "tried", "stored", "unread", "taken"):
        assert cell(name) == "?"
    assert cell("prod") != "?"
    assert "not known" in driver.window.status.figures.text()
    lines = panel(driver, "channel", ChannelPanel).model
    told = {
        str(lines.data(lines.index(row, 0))): str(lines.data(lines.index(row, 1)))
        for row in range(lines.rowCount())
    }
    assert told["dropped"] == "631 events"
    for name in ("descriptors", "mappings", "unfilled slots"):
        assert told[name] == "not known"
    rings = panel(driver, "rings", RingsPanel).view
    assert "0 events" not in rings.accessibleDescription()
    assert not any(
        button.isChecked() for button in driver.window.channels.mode._buttons.values()
    ) or driver.snapshot.knows("mode")


def test_blocked_buffers_are_a_finding(driver: Driver, tmp_path: Path) -> None:
    choose(driver, looked(driver, where(BLKTRACE, tmp_path)), "blktrace")
    cards = panel(driver, "findings", FindingsPanel).cards
    assert any("Blocked" in card.finding.text for card in cards.values())
    assert driver.window.docks["findings"].isVisible()


def test_a_hostile_file_gives_the_error_and_no_tab(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "hostile.elf"
    path.write_bytes(b"\x7fELF" + b"\xff" * 300)
    tabs = len(driver.controller.tabs)
    dialog = looked(driver, Where(How.DUMP, str(path)))
    assert dialog.says.text().startswith("✕ ")
    assert len(dialog.says.text()) > 20
    assert not dialog.open_button.isEnabled()
    QTest.keyClick(dialog, Key.Key_Escape)
    driver.settle()
    assert len(driver.controller.tabs) == tabs


def test_missing_types_are_told_with_what_helps(driver: Driver, tmp_path: Path) -> None:
    dialog = looked(driver, Where(How.DUMP, str(Dump(FIVE_612).written(tmp_path))))
    assert dialog.says.text().startswith("✕ ")
    assert "--" in dialog.says.text()
    dialog.reject()


def test_cancel_leaves_what_is_being_read(driver: Driver, tmp_path: Path) -> None:
    go_on, source = threading.Event(), Scripted(look(channel(1)))

    def slow(told: Where) -> OpenedKernel:
        assert go_on.wait(10)
        return OpenedKernel(source, told)

    driver.controller.catalogue.register(replace(KIND, attach=slow))
    dialog = asked(driver)
    dialog.form.fill(Where(How.SSH, "far"))
    dialog.look()
    assert dialog.progress.isVisible()
    assert "Reading far" in dialog.says.text()
    dialog.reject()
    go_on.set()
    until(source.closed.is_set)
    assert len(driver.controller.tabs) == 1
    del tmp_path


def test_a_running_kernel_is_paused_by_a_key_and_told_when_gone(
    driver: Driver, tmp_path: Path
) -> None:
    source = Scripted(look(channel(1, 0, 3)))
    dialog = kernel_window(driver, lambda told: OpenedKernel(source, told), tmp_path)
    choose(driver, dialog, "mine")
    assert driver.snapshot.runs
    source.looks = [look(channel(2, 0, 3))]
    until(lambda: int(driver.snapshot.buffers["produced"][0]) == 2)
    driver.window.focus_dock("rings")
    driver.press(Key.Key_Space)
    until(lambda: "paused" in driver.window.status.words.text())
    driver.press(Key.Key_Space)
    until(lambda: "all the time" in driver.window.status.words.text())
    source.looks = [look()]
    until(lambda: "it was closed" in driver.window.status.words.text())
    assert int(driver.snapshot.buffers["produced"][0]) == 2


def test_withheld_bytes_are_a_sentence(driver: Driver, tmp_path: Path) -> None:
    source = Scripted(look(channel(3, 1, SIZE_WRONG)))
    dialog = kernel_window(driver, lambda told: OpenedKernel(source, told), tmp_path)
    choose(driver, dialog, "mine")
    bytes_ = panel(driver, "bytes", BytesPanel)
    driver.controller.select(0, 1)
    until(lambda: bytes_.view.content is None)
    assert "contradict" in bytes_._stack._sentence.text()
    assert bytes_.view.content is None
    counters = panel(driver, "counters", CountersPanel).model
    until(lambda: counters.data(counters.index(0, 1)) == "?")
    assert [counters.data(counters.index(0, place)) for place in range(3)] == ["0", "?", "?"]


SIZE_WRONG = 999  # an offset that no buffer has


def test_systemtaps_4096_sub_buffers(driver: Driver, tmp_path: Path) -> None:
    number, size = 4096, 4096
    one = channel(5, 1, 7)
    buffer = replace(
        one.buffers[0],
        padding=(0,) * number,
        page_count=number,
        data=one.buffers[0].start + 5 * size,
    )
    buffers = tuple(replace(buffer, percpu_slot=cpu, cpu=cpu, addr=cpu) for cpu in range(4))
    many = replace(
        one, subbuf_size=size, n_subbufs=number, alloc_size=number * size, buffers=buffers
    )
    source = Scripted(look(many))
    dialog = kernel_window(driver, lambda told: OpenedKernel(source, told), tmp_path)
    assert dialog.model.rowCount() == 1, dialog.says.text()
    choose(driver, dialog, "4096")
    assert driver.snapshot.subbufs.shape == (4, number)
    assert np.count_nonzero(driver.snapshot.subbufs["state"] == 2) == 4 * 4


def test_a_dump_dropped_onto_the_window_is_asked_about(driver: Driver, tmp_path: Path) -> None:
    path = Dump(FIVE_612).written(tmp_path)
    assert drop(driver, [path])
    dialog = driver.dialog()
    assert isinstance(dialog, KernelDialog)
    assert dialog.form.fields["target"].text() == str(path)
    dialog.reject()
    other = tmp_path / "text.toml"
    other.write_text("x = 1", encoding="utf-8")
    assert is_dump(path)
    assert not is_dump(other)
    assert not is_dump(tmp_path)


def test_recent_kernels_are_there_again(driver: Driver, tmp_path: Path) -> None:
    told = where(BLKTRACE, tmp_path)
    looked(driver, told).reject()
    assert driver.settings.load().kernels == [told.to_values()]
    driver.stop()
    driver.start()
    dialog = asked(driver)
    assert dialog.form.where() == told
    dialog.reject()


def test_the_list_says_how_channels_stand(driver: Driver, tmp_path: Path) -> None:
    dialog = looked(driver, where(BLKTRACE, tmp_path))
    row = [str(dialog.model.data(dialog.model.index(0, column))) for column in range(6)]
    assert row[1].startswith("blktrace")
    assert "1 blocked" in row[5]
    QTest.keyClicks(dialog.search, "nothing like it")
    assert dialog.table.model().rowCount() == 0
    assert not dialog.open_button.isEnabled()
    dialog.reject()


def test_the_catalogue_has_one_kind_that_attaches() -> None:
    assert [kind.id for kind in catalogue().kinds if kind.attach is not None] == ["kernel"]
    assert KIND.can == {Can.HAND_OVER, Can.SAVE, Can.WATCH}
