"""A kernel that runs, in the real window: how often it is looked at, what is new, what is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from relayviz.engines.kernel.opening import open_dump
from relayviz.engines.kernel.viewing.opened import OpenedKernel
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.bytes.content import describe
from relayviz.gui.findings import FindingsPanel
from relayviz.gui.looks import LooksPanel
from relayviz.gui.rates import RatePanel
from relayviz.gui.timeline import TimelinePanel
from relayviz.model.channel.marks import LOSS
from relayviz.model.engine.protocol import watching
from tests.gui.test_kernels import (
    choose,
    kernel_window,
    looked,
    no_kernel_left,  # noqa: F401  a fixture for all tests here
    panel,
    where,
)
from tests.gui.waiting import until
from tests.kernel.dumps import BLKTRACE, FIVE_612
from tests.kernel.test_viewing import SIZE, Scripted, channel, look

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.conftest import Driver


def running(driver: Driver, folder: Path, *produced: int) -> Scripted:
    """The window with a channel that goes on as told, and the kernel that it is of."""
    source = Scripted(look(channel(produced[0], 0, 8)))
    dialog = kernel_window(driver, lambda told: OpenedKernel(source, told), folder)
    choose(driver, dialog, "mine")
    source.looks = [look(channel(one, 1, 8)) for one in produced[1:]]
    return source


def seen(driver: Driver) -> int:
    return int(driver.snapshot.buffers["produced"][0])


def test_what_is_new_is_told_by_buffer(driver: Driver, tmp_path: Path) -> None:
    running(driver, tmp_path, 1, 3)
    driver.window.focus_dock("looks")
    looks = panel(driver, "looks", LooksPanel)
    until(lambda: seen(driver) == 3)
    until(lambda: looks.model.rowCount() == 1)

    def cells() -> list[str]:
        return [str(looks.model.data(looks.model.index(0, place))) for place in range(10)]

    until(lambda: cells()[5] == "2" and "nothing" in cells()[1])
    assert cells()[0] == "0"
    assert cells()[5:] == ["2", "1", f"{2 * SIZE} B", "0", "0"]
    assert "looks in" in looks.says.text()


def test_how_often_it_looks_is_a_field(driver: Driver, tmp_path: Path) -> None:
    source = running(driver, tmp_path, 1, 1)
    driver.trigger("live.pace")
    looks = panel(driver, "looks", LooksPanel)
    until(lambda: looks.hz.value() == 10)
    looks.hz.setValue(25)
    until(lambda: source.paced == 25)
    engine = watching(driver.controller.shown)
    assert engine is not None
    assert engine.hz == 25


def test_the_time_line_shows_looks(driver: Driver, tmp_path: Path) -> None:
    source = running(driver, tmp_path, 1, 2)
    until(lambda: seen(driver) == 2)
    source.looks = [look(channel(4, 1, blocked=True))]
    driver.window.focus_dock("timeline")
    view = panel(driver, "timeline", TimelinePanel).live_view
    until(lambda: bool((view._lanes & int(LOSS)).any()))
    until(lambda: "live" in panel(driver, "timeline", TimelinePanel).detail)
    driver.window.focus_dock("findings")
    findings = panel(driver, "findings", FindingsPanel)
    until(lambda: any("So since" in card.finding.text for card in findings.cards.values()))


def test_rates_count_sub_buffers(driver: Driver, tmp_path: Path) -> None:
    running(driver, tmp_path, 1, 3)
    driver.window.focus_dock("rate")
    rate = panel(driver, "rate", RatePanel)
    until(lambda: seen(driver) == 3 and rate._shown is not None)
    until(lambda: rate._shown is not None and float(rate._shown[0].written.sum()) > 1.9)
    assert rate.detail.startswith("sub-buffers/s")
    rows = rate.exported_rows()
    assert rows is not None
    assert rows.headings[1] == "sub-buffers finished"


def test_stepped_from_a_dump_it_can_be_tried_what_a_flush_would_do(
    driver: Driver, tmp_path: Path
) -> None:
    choose(driver, looked(driver, where(FIVE_612, tmp_path)), "noover")
    before = driver.snapshot
    driver.trigger("live.step")
    until(lambda: driver.snapshot.foreign is None)
    assert driver.snapshot.buffers["produced"].tolist() == before.buffers["produced"].tolist()
    assert "counts as one event" in driver.window.status.words.text()
    driver.trigger("op.flush")
    writes = [
        int(row["produced"]) + (int(row["offset"]) <= before.subbuf_size) for row in before.buffers
    ]
    assert driver.snapshot.buffers["produced"].tolist() == writes
    # the notice is gone by now; that these are no events is said as long as they are counted
    assert "one event a sub-buffer" in driver.window.status.figures.text()


def test_what_is_seen_is_saved_and_opened_again(driver: Driver, tmp_path: Path) -> None:
    choose(driver, looked(driver, where(BLKTRACE, tmp_path)), "nullb0")
    name = tmp_path / "seen.elf"
    driver.trigger("file.save-seen")
    dialog = driver.window.findChildren(QFileDialog)[-1]
    assert "memory of that kernel" in dialog.windowTitle()
    dialog.fileSelected.emit(str(name))
    dialog.reject()
    until(lambda: "Only you can read it" in driver.window.status.words.text())
    with open_dump(name) as again:
        assert [one.client is not None for one in again.look().channels] == [True]
    shown = driver.snapshot
    driver.window.kernels.open(name)
    driver.settle()
    other = driver.dialog()
    choose(driver, other, "nullb0")  # type: ignore[arg-type]
    assert driver.snapshot is not shown
    assert driver.snapshot.buffers["produced"].tolist() == shown.buffers["produced"].tolist()


def test_bytes_of_blktrace_are_records_with_fields(driver: Driver, tmp_path: Path) -> None:
    choose(driver, looked(driver, where(BLKTRACE, tmp_path)), "nullb0")
    bytes_ = panel(driver, "bytes", BytesPanel)
    driver.controller.select(3, 0)
    until(lambda: bytes_.view.content is not None and bytes_.view.content.records is not None)
    content = bytes_.view.content
    assert content is not None
    first, second = content.span_at(0), content.span_at(content.span_at(0)[1])
    assert first[0] == 0
    assert second[0] == first[1]
    told = describe(content, second[0] + 4)
    assert "\nfield sequence = 1, at 4…7 of the record" in told
    assert told.startswith("record 2 of 85 in this sub-buffer · number 1 · ")
    assert "as blktrace 7 looks" in told
    assert "where in it events begin" not in told
    driver.controller.select(1, 0)
    until(lambda: bytes_.view.content is not None and bytes_.view.content.row == 1)
    until(lambda: bytes_.view.content is not None and bytes_.view.content.records is not None)
    content = bytes_.view.content
    assert content is not None
    newest = int(driver.snapshot.buffers["offset"][1]) - 1
    assert "may not be written yet" in describe(content, newest)
    assert "may not be written yet" not in describe(content, 0)
