"""Captures in the real window: opened by menu and drop; sought, laid out, explained."""

from __future__ import annotations

import struct
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QListWidget

from relayviz.gui.bars.capture import CaptureBar
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.captures.structs import FIRST, StructDialog
from relayviz.gui.channel import ChannelPanel
from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.findings import FindingsPanel
from relayviz.gui.rings import RingsPanel
from relayviz.gui.timeline import TimelinePanel
from relayviz.model.capture.layout import read_layout
from relayviz.model.channel.marks import Mark
from relayviz.model.engine.taped import taped
from tests.capture import made
from tests.capture.test_truth import LOSSY, files, truth
from tests.gui.dragging import drop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.model.engine.taped import TapedEngine
    from tests.gui.conftest import Driver

P = TypeVar("P")
Key = Qt.Key


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """The threads of a capture end by themselves after its tab was closed."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("capture"):
            thread.join(5)


def panel(driver: Driver, dock: str, kind: type[P]) -> P:
    found = driver.window.docks[dock].panel
    assert isinstance(found, kind)
    return found


def capture_bar(driver: Driver) -> CaptureBar:
    found = driver.window.findChild(CaptureBar)
    assert isinstance(found, CaptureBar)
    return found


def engine(driver: Driver) -> TapedEngine:
    found = taped(driver.controller.shown)
    assert found is not None
    return found


@pytest.mark.parametrize("folder", LOSSY)
def test_files_that_are_dropped_are_one_capture(driver: Driver, folder: str) -> None:
    before = len(driver.controller.tabs)
    assert drop(driver, files(folder))
    assert len(driver.controller.tabs) == before + 1
    true, shown = truth(folder), driver.snapshot
    assert shown.last_step == true["kept"]
    assert panel(driver, "rings", RingsPanel).view.snapshot is shown
    assert not panel(driver, "rings", RingsPanel).legend.accessibleDescription().count("consumer")
    findings = panel(driver, "findings", FindingsPanel)
    texts = [one.finding.text for one in findings.cards.values()]
    missing = f"{true['refused_that_gaps_prove']:,}".replace(",", "\u202f")
    assert any(f"{missing} record" in text and "missing" in text for text in texts)
    assert any("not known" in text for text in texts)
    assert capture_bar(driver).isVisible()


def test_counters_say_what_is_not_known_and_what_may_be_more(driver: Driver) -> None:
    drop(driver, files(LOSSY[0]))
    model = panel(driver, "counters", CountersPanel).model
    column = next(at for at, one in enumerate(COLUMNS) if one.fields == ("account.refused_full",))
    row = engine(driver).tape.cpus.index(1)
    assert model.index(row, column).data() == "≥ 244"
    lost = next(at for at, one in enumerate(COLUMNS) if one.heading == "lost")
    assert model.index(row, lost).data() == "≥ 244"
    other = engine(driver).tape.cpus.index(0)  # no gap, but its end is not known
    assert [model.index(other, at).data() for at in (column, lost)] == ["?", "?"]
    consumed = next(at for at, one in enumerate(COLUMNS) if one.fields == ("consumed",))
    assert model.index(row, consumed).data() == "?"


def test_the_timeline_shows_each_gap_between_its_two_times(driver: Driver) -> None:
    drop(driver, files(LOSSY[1]))
    view, true = panel(driver, "timeline", TimelinePanel).tape_view, truth(LOSSY[1])
    assert view.isVisible()
    marks = view._marks
    assert marks is not None
    columns = 400
    grid = marks.columns(0, view.last, columns)
    row = engine(driver).tape.cpus.index(1)
    lost = [one for one in true["lost"] if one["seq"] is not None]
    at = {(one["time_ns"] - marks.begin) * columns // (view.last + 1) for one in lost}
    shown = set(np.flatnonzero(grid[row] & np.uint32(Mark.LOST_FULL)).tolist())
    behind = max(int(one["time_ns"]) for one in lost if one["cpu"] == 1)
    assert shown
    assert {one for one in at if one * (view.last + 1) // columns + marks.begin < behind} <= shown
    assert not (grid[[other for other in range(len(grid)) if other != row]] & Mark.LOST_FULL).any()
    words = view.words_at(QPointF(view.width() - view.frame.right - 2, view.grid().top_of(0) + 3))
    assert "cpu 0" in words


def test_the_slider_and_keys_of_the_timeline_go_from_record_to_record(driver: Driver) -> None:
    drop(driver, files(LOSSY[0]))
    slider = driver.window.channels.slider
    assert slider.isVisible()
    slider.setValue(100)
    driver.settle()
    assert driver.snapshot.step == 100
    view = panel(driver, "timeline", TimelinePanel).tape_view
    view.setFocus()
    driver.press(Key.Key_Right)
    assert driver.snapshot.step == 101
    driver.press(Key.Key_L)
    first = engine(driver).tape.lost[0]
    assert driver.snapshot.step == first.after
    driver.press(Key.Key_Right)
    told = driver.snapshot.buffers["account"]["refused_full"]["events"]
    assert int(told.sum()) == first.gap.missing
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(view.width() // 2, 30))
    driver.settle()
    tape = engine(driver).tape
    begin, end = tape.span()
    assert abs(tape.time(driver.snapshot.step - 1) - (begin + end) / 2) < (end - begin) / 10


def test_bytes_name_the_field_under_the_cursor(driver: Driver) -> None:
    drop(driver, files(LOSSY[0]))
    driver.controller.select(0, int(driver.snapshot.buffers["current"][0]))
    driver.settle()
    shown = panel(driver, "bytes", BytesPanel)
    shown.view.grab()  # asks for the bytes
    driver.settle()
    shown.view.grab()
    content = shown.view.content
    assert content is not None
    record = content.event_at(0)
    assert record is not None
    row = engine(driver).tape.row(record.event)
    shown.view.move_to(record.start + 4)
    assert f"number {int(row['sequence'])}" in shown.says.text()
    assert f"field sequence = {int(row['sequence'])}" in shown.says.text().replace("\u202f", "")
    used = int(driver.snapshot.subbufs["used"][0, content.index])
    shown.view.move_to(min(used + 1, content.size - 1))
    assert "not known" in shown.says.text()


def test_sizes_are_offered_with_their_evidence_and_can_be_others(driver: Driver) -> None:
    drop(driver, files(LOSSY[0]))
    bar = capture_bar(driver)
    assert "2\u202f048 B" in bar.sizes.currentText()
    assert "gaps" in bar.why.text()
    lines = panel(driver, "channel", ChannelPanel).model
    rings = panel(driver, "rings", RingsPanel)

    def told(name: str, role: int = Qt.ItemDataRole.DisplayRole) -> str:
        at = next(at for at in range(lines.rowCount()) if lines.index(at, 0).data() == name)
        return str(lines.index(at, 1).data(role))

    assert told("sub-buffers") == "at most 5", "the losses show no more than that"
    assert told("sub-buffer size") == "2\u202f048 B, inferred"
    assert told("alloc size").startswith("≤ 12\u202f288 B")
    assert "a buffer has no more" in told("sub-buffers", Qt.ItemDataRole.ToolTipRole)
    assert "if nobody flushed" in told("sub-buffers", Qt.ItemDataRole.ToolTipRole)
    assert "× at most 5 sub-buffers ×" in rings.detail
    usual = bar.sizes.findText("512 KiB × 4")
    bar.sizes.setCurrentIndex(usual)
    bar.sizes.activated.emit(usual)
    driver.settle()
    assert told("sub-buffers") == "4, assumed"
    assert rings.detail.endswith("4 sub-buffers × 512 KiB, assumed")
    bar.sizes.setEditText("4Kx3")
    line = bar.sizes.lineEdit()
    assert line is not None
    QTest.keyClick(line, Key.Key_Return)
    driver.settle()
    assert (driver.snapshot.subbuf_size, driver.snapshot.n_subbufs) == (4096, 3)
    assert told("sub-buffers") == "3", "as somebody said who knows it"
    assert rings.detail.endswith("× 3 sub-buffers × 4 KiB")
    for wrong in ("7x2", "much"):
        bar.sizes.setEditText(wrong)
        QTest.keyClick(line, Key.Key_Return)
        driver.settle()
        assert (driver.snapshot.subbuf_size, driver.snapshot.n_subbufs) == (4096, 3)
        assert "Sub-buffers:" in driver.window.status.words.text()


def test_a_file_of_each_kind(driver: Driver, tmp_path: Path, subtests: pytest.Subtests) -> None:
    for kind in made.KINDS:
        with subtests.test(kind=kind):
            show_kind(driver, tmp_path, kind)


def show_kind(driver: Driver, folder: Path, kind: str) -> None:
    records, path = made.KINDS[kind](30), folder / "file.2"
    path.write_bytes(b"".join(records))
    assert drop(driver, [path])
    assert driver.snapshot.last_step == len(records)
    driver.window.channels.slider.setValue(10)
    driver.settle()
    assert driver.snapshot.step == 10
    for dock in ("rings", "timeline", "counters", "channel", "findings", "bytes"):
        driver.window.docks[dock].panel.grab()
    driver.settle()
    foreign = driver.snapshot.foreign
    assert foreign is not None
    is_untried = "not tried on a real file" in dict(fact[:2] for fact in foreign.facts)["kind"]
    assert is_untried is not kind.startswith(("blktrace 7", "ath9k", "ath10k"))


def test_what_is_no_capture_is_told_with_the_reason(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("nothing of the kind\n" * 40)
    before = len(driver.controller.tabs)
    assert drop(driver, [path])
    assert len(driver.controller.tabs) == before
    assert "no kind that is known" in driver.window.status.words.text()


def test_menu_recent_ones_and_the_next_start(driver: Driver) -> None:
    driver.trigger("file.recent-capture")
    assert "No capture was opened yet" in driver.window.status.words.text()
    driver.trigger("file.open-capture")
    dialog = driver.dialog()
    assert isinstance(dialog, QFileDialog)
    dialog.filesSelected.emit([str(path) for path in files(LOSSY[0])])
    dialog.reject()
    driver.settle()
    assert driver.snapshot.last_step == truth(LOSSY[0])["kept"]
    driver.end()
    driver.start()
    driver.trigger("file.recent-capture")
    question = driver.dialog()
    names = question.findChild(QListWidget)
    assert names is not None
    assert "disk.blktrace.0" in names.item(0).text()
    QTest.keyClick(names, Key.Key_Return)
    driver.settle()
    assert driver.snapshot.last_step == truth(LOSSY[0])["kept"]


def test_a_closed_capture_leaves_nothing_behind(driver: Driver) -> None:
    drop(driver, files(LOSSY[0]))
    driver.trigger("file.close-tab")
    driver.settle()
    assert not capture_bar(driver).isVisible()
    view = panel(driver, "timeline", TimelinePanel).tape_view
    assert view._marks is None


STRUCT = """struct mine {
    __u16 magic;
    __u16 len;
    __u32 seq;
    __u64 time;
};"""


def mine(numbers: Sequence[int]) -> bytes:
    """Records as STRUCT says, each with some bytes behind it."""
    return b"".join(
        struct.pack("<HHIQ", 0x1234, n % 7, n, 1000 * n) + bytes(n % 7) for n in numbers
    )


def test_a_pasted_struct_is_tried_at_once_opened_and_saved(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.3"
    path.write_bytes(mine([*range(1, 40), *range(50, 80)]))
    driver.trigger("file.open-struct")
    dialog = driver.dialog()
    assert isinstance(dialog, StructDialog)
    dialog.take_files([path])
    dialog.text.setPlainText("struct mine { u16 magic")
    dialog._read()
    assert "paste all" in dialog.says.text()
    assert not dialog.open_button.isEnabled()
    dialog.text.setPlainText(STRUCT)
    dialog._read()
    driver.settle()
    assert "100" in dialog.says.text()
    assert "length len + 16" in dialog.says.text()
    dialog.roles["length"].setCurrentText("—")
    dialog.check()
    driver.settle()
    assert not dialog.open_button.isEnabled()  # too little fits
    dialog.roles["length"].setCurrentText("len")
    dialog.check()
    driver.settle()
    driver.click(dialog.save_button)
    asked = dialog.findChildren(QFileDialog)[-1]
    assert [Path(one).name for one in asked.selectedFiles()] == ["mine.toml"]
    assert (asked.acceptMode(), asked.defaultSuffix()) == (
        QFileDialog.AcceptMode.AcceptSave,
        "toml",
    )
    saved = tmp_path / "mine.toml"
    asked.fileSelected.emit(str(saved))
    asked.reject()
    assert read_layout(saved).bias == 16
    driver.click(dialog.open_button)
    driver.settle()
    assert driver.snapshot.last_step == 69
    (lost,) = engine(driver).tape.lost
    assert (lost.gap.cpu, lost.gap.before, lost.gap.after, lost.gap.missing) == (3, 39, 50, 10)
    driver.activate()


def test_a_struct_that_is_changed_while_it_is_tried_is_tried_again(
    driver: Driver, tmp_path: Path
) -> None:
    path = tmp_path / "mine.3"
    path.write_bytes(mine(range(1, 40)))
    driver.trigger("file.open-struct")
    dialog = driver.dialog()
    assert isinstance(dialog, StructDialog)
    dialog.take_files([path])
    dialog.text.setPlainText(STRUCT)
    dialog._read()
    driver.settle()
    dialog.roles["length"].setCurrentText("—")
    dialog.check()
    dialog.roles["length"].setCurrentText("len")
    dialog.check()
    driver.settle()
    assert "length len + 16" in dialog.says.text()
    assert dialog.open_button.isEnabled()


def test_without_a_struct_or_files_nothing_is_tried(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.3"
    path.write_bytes(mine(range(1, 40)))
    driver.trigger("file.open-struct")
    dialog = driver.dialog()
    assert isinstance(dialog, StructDialog)
    dialog.text.setPlainText(STRUCT)
    dialog._read()
    assert (dialog.says.text(), dialog._work) == ("Choose the files.", None)
    for text, words in (("struct mine { u16 magic", "paste all"), ("", "No struct")):
        dialog.text.setPlainText(text)
        dialog._read()
        assert words in dialog.says.text()
        dialog.take_files([path])
        assert (dialog.says.text(), dialog._work) == (FIRST, None)
    assert not dialog.open_button.isEnabled()
    dialog.reject()


def test_a_saved_layout_opens_files(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "mine.0").write_bytes(mine(range(1, 30)))
    layout = tmp_path / "mine.toml"
    layout.write_text('name = "x"')
    driver.trigger("file.open-layout")
    first = driver.dialog()
    assert isinstance(first, QFileDialog)
    first.fileSelected.emit(str(layout))
    first.reject()
    assert "needs header" in driver.window.status.words.text()
    layout.write_text(
        'name = "mine"\nheader = 16\nmark = { at = 0, size = 2, value = 0x1234 }\n'
        "length = { at = 2, size = 2, bias = 16 }\nsequence = { at = 4, size = 4 }\n"
    )
    driver.window.captures._take_layout(str(layout))
    asked = driver.dialog()
    assert isinstance(asked, QFileDialog)
    asked.filesSelected.emit([str(tmp_path / "mine.0")])
    asked.reject()
    driver.settle()
    assert driver.snapshot.last_step == 29
