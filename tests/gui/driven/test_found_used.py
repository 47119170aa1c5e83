"""Dialogs that find something first: what each thing in them does when there is something."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from relayviz.engines.attach.viewing.kind import KIND
from relayviz.engines.attach.viewing.searching import find
from relayviz.gui.attach.dialog import AttachDialog
from relayviz.gui.captures.structs import StructDialog
from relayviz.gui.prompts.find import FindDialog
from relayviz.gui.sweep import SweepWindow
from relayviz.model.others import Others, Search
from relayviz.model.session.file import SUFFIX
from tests.attach.others import producing
from tests.gui import test_captures as captures
from tests.gui import test_compare as comparing
from tests.gui import test_kernels as kernels
from tests.gui import test_sweep as sweeping
from tests.gui.attaching import folder
from tests.gui.driven.dialogs import closed, opened
from tests.gui.driven.told import INSTEAD, named
from tests.gui.driven.using import changes, used, wait
from tests.gui.lesson.test_writing import LESSON, write
from tests.gui.waiting import until
from tests.gui.whole.conftest import stepped
from tests.gui.whole.described import described
from tests.gui.whole.test_described import compare, no_thread_left
from tests.kernel.dumps import FIVE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from tests.gui.conftest import Driver

__all__ = ["folder", "no_thread_left", "stepped"]  # fixtures
WAYS = {f"QPushButton Way to the kernel: {way}" for way in
        ("Dump", "QEMU guest", "This machine", "ssh")}  # fmt: skip
SEARCH = "QLineEdit Search for a channel"
GO = "QPushButton Measure"


def test_a_kernel_and_its_channels(driver: Driver, tmp_path: Path) -> None:
    dialog = kernels.looked(driver, kernels.where(FIVE, tmp_path))
    lines = list(used(driver, dialog, set(WAYS)))
    compare("driven-kernel", [("dialog", lines), ("end", closed(driver, dialog))], tmp_path)


def test_channels_of_processes(
    driver: Driver, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked for is in two folders only: what else runs on this machine is nobody's concern."""

    def found(places: Sequence[str], search: Search) -> Others:
        return find([one or str(folder) for one in places], search)

    driver.controller.catalogue.register(replace(KIND, find=found))
    with producing(folder) as producer:
        producer.tell("write", 3, 1)
        block = (folder / "cpu0.ctl").read_bytes()
        (folder / "bad.ctl").write_bytes(b"\xff" * len(block))
        (folder / "bad").write_bytes((folder / "cpu0").read_bytes())
        driver.settings.save(replace(driver.settings.load(), attached=[str(folder)]))
        dialog = opened(driver, "file.attach")
        assert isinstance(dialog, AttachDialog)
        program = find((str(folder),), Search()).channels[0].program
        here = {str(folder): "PLACE", f"{producer.pid}": "PID", program: "PROGRAM"}
        for words, instead in here.items():
            monkeypatch.setitem(INSTEAD, words, instead)
        wait(driver, dialog)
        lines = described(dialog.place)
        for words in ("refused", "runs", ""):  # digits and letters are in any folder's name
            lines += changes(driver, dialog, partial(dialog.search.setText, words))
        lines += [*used(driver, dialog, {SEARCH}), *closed(driver, dialog)]
    compare("driven-attach", [("dialog", lines)], tmp_path)


def test_records_by_a_struct(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.3"
    path.write_bytes(captures.mine([*range(1, 40), *range(50, 80)]))
    dialog = opened(driver, "file.open-struct")
    assert isinstance(dialog, StructDialog)
    told = [
        list(changes(driver, dialog, lambda: dialog.take_files([path]))),
        list(changes(driver, dialog, lambda: dialog.text.setPlainText(captures.STRUCT))),
        list(used(driver, dialog, {"QPlainTextEdit C struct of a record"})),
        closed(driver, dialog),
    ]
    parts = zip(("files", "struct", "dialog", "end"), told, strict=True)
    compare("driven-struct", parts, tmp_path)


def test_steps_at_which_something_holds(stepped: Driver, tmp_path: Path) -> None:
    dialog = opened(stepped, "run.find")
    assert isinstance(dialog, FindDialog)
    dialog.field.setText("lost > 0")
    lines = list(used(stepped, dialog, {"QLineEdit Condition"}))
    compare("driven-find", [("dialog", lines), ("end", closed(stepped, dialog))], tmp_path)


def test_lines_of_a_lesson(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / f"mine{SUFFIX}"
    path.write_text(LESSON, encoding="utf-8")
    driver.window.desk.open(path, to_write=True)
    until(lambda: len(driver.controller.tabs) == 2)
    driver.settle()
    dialog = write(driver)
    lines = list(used(driver, dialog, {"QPushButton Preview"}))
    for button in dialog.findChildren(QPushButton):  # each beside the first line
        if button.text() in ("Say", "Hint", "When"):
            dialog.lines.setCurrentCell(0, 1)
            lines += [button.text(), *changes(driver, dialog, button.click)]
    compare("driven-writing", [("dialog", lines), ("end", closed(driver, dialog))], tmp_path)


def test_what_a_sweep_found(driver: Driver, tmp_path: Path) -> None:
    window = opened(driver, "live.sweep")
    assert isinstance(window, SweepWindow)
    sweeping.small(window)
    before = list(used(driver, window, {GO, "NumberField Processes"}))
    sweeping.small(window)
    window.form.numbers.setText("2, 8")
    window.form.workers.setValue(1)

    def measure() -> None:
        window.go.click()
        until(lambda: not window.is_running)

    told = list(changes(driver, window, measure))
    form = {name for name, one in named(window).items() if window.form.isAncestorOf(one)}
    done, after = {GO, *form}, list[str]()
    for _ in range(3):  # it is hidden when a channel of it is opened, and comes back
        after += used(driver, window, done)
        assert opened(driver, "live.sweep") is window
    after += closed(driver, window)
    parts = [("asked", before), ("measured", told), ("found", after)]
    compare("driven-sweep", parts, tmp_path)


def test_two_channels_compared(driver: Driver, tmp_path: Path) -> None:
    comparing.session(driver)
    window = comparing.opened(driver)
    lines = [one for one in described(window) if "base64" not in one]
    lines += list(used(driver, window, {"QToolButton Run ▶▶"}))  # which goes on by itself
    window.close()
    told = [line for line in lines if "painted" not in line]  # where its rings are comes later
    compare("driven-compare", [("window", told)], tmp_path)
