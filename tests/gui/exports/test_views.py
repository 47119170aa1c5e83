"""File → Export: every view as PNG, SVG and CSV; no text is cut, figures are the engine's."""

from __future__ import annotations

import csv
import errno
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.docks.docks import TITLES
from relayviz.gui.exports import table_file
from relayviz.gui.exports.sheet import MARGIN
from relayviz.gui.exports.views import CSV, PNG, SVG
from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.shell.palette import Palette
from relayviz.gui.widgets.exported import Rows
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.why.why import Figure
from tests.gui.exports.svg_texts import cut, overlapping, texts_of
from tests.gui.live.conftest import LiveDriver
from tests.gui.live.conftest import live as live_driver
from tests.gui.test_drift import places

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

live = live_driver  # the fixture
STEPPED = [each for each in TITLES if each not in ("rate", "loss", "findings", "load")]
LIVE = ["rings", "timeline", "counters", "rate", "loss", "findings", "load", "channel", "bytes"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of its own for what is exported."""
    made = tmp_path / "out"
    made.mkdir()
    return made


@pytest.fixture
def stepped(driver: Driver) -> Driver:
    """A channel with losses, reads, names, watches and something that was asked about."""
    controller = driver.controller
    controller.open_channel(ChannelConfig(cpus=3, n_subbufs=4, subbuf_size=128, header=16))
    driver.settle()
    writes = [Operation(Kind.WRITE, number % 3, 30 + number) for number in range(40)]
    controller.submit(*writes, Operation(Kind.OPEN_FILE, 1), Operation(Kind.READ, 1, 200))
    controller.submit(Operation(Kind.WRITE, 0, 9999), Operation(Kind.FLUSH))
    driver.settle()
    for text in ("ready[1]", "refused_full + overwritten + released_unread + discarded"):
        controller.notebook.add_watch(text)
    controller.notebook.add_breakpoint(Breakpoint(On.WHEN, "lost > 4 and ready[1] == n_subbufs"))
    controller.ask_why(Figure(0, "produced"))
    driver.settle()
    return driver


def write(driver: Driver, dock: str, path: Path, scale: int = 1) -> str:
    """Export a view; return what was said at the end."""
    window = driver.window
    window.focus_dock(dock)
    driver.settle()
    QTest.qWait(20)
    said: list[str] = []
    driver.controller.notified.connect(lambda notice: said.append(notice.text))
    window.views.write(TITLES[dock], window.docks[dock].panel, path, scale)
    while not said:
        QTest.qWait(2)
    return said[-1]


def faults(svg: str) -> list[object]:
    """Return the texts that are cut, or over each other."""
    return [*cut(svg), *overlapping(svg)]


def test_no_text_is_cut_beside_a_stepped_channel(stepped: Driver, out: Path) -> None:
    for dock in STEPPED:  # in one window: making it takes longer than a picture
        path = out / f"{dock}.svg"
        assert write(stepped, dock, path) == f"Wrote {path}."
        svg = path.read_text(encoding="utf-8")
        assert faults(svg) == [], dock
        _, texts = texts_of(svg)
        words = " ".join(each.words for each in texts)
        assert TITLES[dock] in words
        assert stepped.controller.tab is not None
        assert stepped.controller.tab.title in words


def test_no_text_is_cut_beside_a_live_channel(live: LiveDriver, out: Path) -> None:
    live.open_live(cpus=6)
    for dock in LIVE:
        live.window.focus_dock(dock)
        live.run(50)
        path = out / f"{dock}.svg"
        assert write(live, dock, path) == f"Wrote {path}."
        assert faults(path.read_text(encoding="utf-8")) == [], dock


def test_a_png_is_as_large_as_asked_for_and_nothing_reaches_its_border(
    stepped: Driver, out: Path
) -> None:
    for dock in ("rings", "log", "timeline"):
        for scale in (1, 2, 3):
            _check_png(stepped, dock, scale, out / f"{dock}-{scale}.png")


def _check_png(stepped: Driver, dock: str, scale: int, path: Path) -> None:
    assert write(stepped, dock, path, scale) == f"Wrote {path}."
    image = QImage(str(path))
    sheet = stepped.window.views._sheet(TITLES[dock], stepped.window.docks[dock].panel)
    assert image.size() == sheet.size * scale
    ground = themes.current().rgb(Role.PANEL)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    edge = MARGIN * scale - scale
    for strip in (pixels[:edge], pixels[-edge:], pixels[:, :edge], pixels[:, -edge:]):
        assert (strip == ground).all()
    assert len(np.unique(pixels)) > 8, "something is drawn"


def test_a_picture_says_when_it_was(live: LiveDriver, out: Path) -> None:
    live.open_live()
    live.run(50)
    write(live, "rings", out / "rings.svg")
    _, texts = texts_of((out / "rings.svg").read_text(encoding="utf-8"))
    assert live.snapshot.live is not None
    words = " ".join(each.words for each in texts)
    assert f"live, after {live.snapshot.live.seconds:.1f} s" in words


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_log_as_csv_is_the_history(stepped: Driver, out: Path) -> None:
    path = out / "log.csv"
    steps = stepped.engine.history.steps
    assert write(stepped, "log", path) == f"Wrote {len(steps)} rows to {path}."
    rows = read(path)
    assert rows[0] == ["step", "branch", "operation", "result", "callbacks"]
    assert [(row[0], row[3]) for row in rows[1:]] == [
        (str(step.depth), step.result.words) for step in steps
    ]
    assert [row[4] for row in rows[1:]] == [
        "; ".join(call.told() for call in step.calls) for step in steps
    ]


def test_the_filter_of_the_log_is_that_of_its_file(stepped: Driver, out: Path) -> None:
    stepped.window.docks["log"].panel.filter.setText("Lost")  # type: ignore[attr-defined]
    path = out / "log.csv"
    write(stepped, "log", path)
    rows = read(path)[1:]
    expected = [
        step
        for step in stepped.engine.history.steps
        if "lost" in f"{step.title()} {step.result.words}".casefold()
    ]
    assert [row[0] for row in rows] == [str(step.depth) for step in expected]
    assert expected


def test_counters_as_csv_are_plain_figures(stepped: Driver, out: Path) -> None:
    path = out / "counters.csv"
    write(stepped, "counters", path)
    heading, *rows = read(path)
    buffers = stepped.snapshot.buffers
    headings = {column.figure: column.heading for column in COLUMNS}
    for name in ("produced", "consumed", "offset"):
        column = heading.index(headings[name])
        assert [int(row[column]) for row in rows] == buffers[name].tolist()


def test_fates_as_csv_have_every_event(stepped: Driver, out: Path) -> None:
    path = out / "fate.csv"
    write(stepped, "fate", path)
    rows = read(path)[1:]
    tried = [step for step in stepped.engine.history.steps if step.operation.kind is Kind.WRITE]
    assert [int(row[2]) for row in rows] == [step.operation.length for step in tried]


def test_plots_as_csv_are_what_is_plotted(live: LiveDriver, out: Path) -> None:
    live.open_live()
    live.window.focus_dock("rate")
    live.run(60)
    path = out / "rate.csv"
    write(live, "rate", path)
    heading, *rows = read(path)
    panel = live.panel("rate")
    rates = panel._shown[0]  # type: ignore[attr-defined]
    for name in ("written", "consumed", "bytes"):
        column = heading.index(name)
        assert [float(row[column]) for row in rows] == pytest.approx(getattr(rates, name).tolist())
    times = [float(row[0]) for row in rows]
    assert times == sorted(times)
    assert times[-1] < live.snapshot.live.seconds  # type: ignore[union-attr]


def test_each_view_is_found_by_the_palette(driver: Driver, subtests: pytest.Subtests) -> None:
    driver.trigger("edit.palette")
    palette = driver.dialog()
    assert isinstance(palette, Palette)
    for title in TITLES.values():
        with subtests.test(title=title):
            palette.field.setText(f"export {title}")
            item = palette.list.item(0)
            assert item is not None
            assert item.text().startswith(f"Export {title}…")
    palette.close()


def test_it_is_asked_for_a_file_in_the_forms_there_are(driver: Driver, out: Path) -> None:
    driver.trigger("export.log")
    dialog = driver.dialog()
    assert isinstance(dialog, QFileDialog)
    assert dialog.nameFilters() == [*PNG, SVG, CSV]
    dialog.selectNameFilter(list(PNG)[1])
    dialog.fileSelected.emit(str(out / "log.png"))
    dialog.close()
    driver.settle()
    while not (out / "log.png").exists():
        QTest.qWait(2)
    panel = driver.window.docks["log"].panel
    sheet = driver.window.views._sheet("Log", panel)
    assert QImage(str(out / "log.png")).height() == sheet.size.height() * 2
    driver.settle()
    driver.trigger("export.why")
    dialog = driver.dialog()
    assert isinstance(dialog, QFileDialog)
    assert dialog.nameFilters() == [*PNG, SVG], "it has no figures"
    dialog.close()


@pytest.mark.parametrize("dock", ["rate", "loss", "timeline", "load"])
def test_what_was_in_front_is_so_again_when_it_is_written(live: LiveDriver, dock: str) -> None:
    """Written or given up: each dock is where it was, in front or behind, and so is the keyboard.

    Of those in one place, those that were hidden, and those that were in front.
    """
    live.open_live()
    window = live.window
    window.docks["loss"].hide()
    window.focus_dock("counters")
    before, focused = places(live), window.focusWidget()
    arranged = set(window.space.arranged)
    for _ in range(2):
        live.trigger(f"export.{dock}")
        dialog = live.dialog()
        assert isinstance(dialog, QFileDialog)
        assert window.docks[dock].panel.isVisible()
        dialog.reject()
        live.activate()
        assert places(live) == before
        assert window.focusWidget() is focused
        assert window.space.arranged == arranged


def test_the_menu_has_the_views_that_there_are(live: LiveDriver) -> None:
    def offered() -> set[str]:
        made = live.window.actions_made
        return {dock for dock in TITLES if made[f"export.{dock}"].isVisible()}

    always = {"channel", "counters", "rings", "bytes", "timeline", "lesson"}
    live.open_live()
    assert offered() == always | {"rate", "loss", "findings", "load"}
    live.controller.show_tab(0)
    live.settle()
    assert offered() == always | {"log", "breakpoints", "watches", "fate", "why"}


REMEDIES = {
    errno.ENOSPC: "Make room on that disk",
    errno.EACCES: "that you may write to",
    errno.EROFS: "choose another folder",
}


@pytest.mark.parametrize("number", REMEDIES)
def test_a_file_that_cannot_be_written_says_why_and_what_to_do(
    driver: Driver, out: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(_handle: int) -> None:
        raise OSError(number, "the disk said no")

    monkeypatch.setattr(os, "fsync", full)
    for name in ("log.png", "log.svg", "log.csv"):
        old = out / name
        old.write_text("as it was", encoding="utf-8")
        said = write(driver, "log", old)
        assert said.startswith(f"{old} was not written: the disk said no. ")
        assert REMEDIES[number] in said
        assert old.read_text(encoding="utf-8") == "as it was"
        assert list(out.iterdir()) == [old]
        old.unlink()


def test_a_disk_that_is_full_within_a_table_is_told(
    driver: Driver, out: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_lines: object) -> str:
        raise OSError(errno.ENOSPC, "the disk said no")

    monkeypatch.setattr(table_file, "as_csv", full)
    path = out / "log.csv"
    export = table_file.TableExport(Rows(("a",), iter([(1,)]), 1), path, "row", driver.window)
    with qtbot.waitSignal(export.failed) as failed:
        export.start()
    (said,) = failed.args or [""]
    assert said.startswith(f"{path} was not written: the disk said no. ")
    assert not list(out.iterdir())


@pytest.mark.parametrize("name", ["log.png", "log.svg", "log.csv"])
def test_a_folder_that_is_not_there(driver: Driver, out: Path, name: str) -> None:
    said = write(driver, "log", out / "missing" / name)
    assert "No such file or directory. Make the folder first" in said


def test_another_ending_is_told(driver: Driver, out: Path) -> None:
    assert "end the name in .png, .svg or .csv" in write(driver, "log", out / "log.doc")
    assert "Why has no table" in write(driver, "why", out / "why.csv")
    assert not list(out.iterdir())


def test_a_long_table_shows_how_far_it_is_and_can_be_given_up(
    driver: Driver, out: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_file, "SEEN_AFTER_MS", 0)
    path = out / "long.csv"
    endless = ((number, "x") for number in range(10**9))
    export = table_file.TableExport(Rows(("a", "b"), endless, 10**9), path, "row", driver.window)
    said: list[str] = []
    export.failed.connect(said.append)
    export.start()
    shown = export._progress
    assert shown is not None
    qtbot.waitUntil(lambda: shown.isVisible() and shown.value() > 0)
    assert "of 1\u202f000\u202f000\u202f000 rows" in shown.labelText()
    cancel = shown.findChild(QPushButton)
    assert cancel is not None
    cancel.click()
    assert said == [f"Given up: {path} was not written."]
    assert not list(out.iterdir())
