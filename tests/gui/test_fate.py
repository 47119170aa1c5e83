"""The Fate dock: what is drawn at any zoom, where a click leads, filter, copy, export, readers."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from relayviz.gui.fate.looks import FUTURE, LOOKS, TILE, colours
from relayviz.gui.fate.strip import draw_strips
from relayviz.gui.fate.table import DECIDED, EVENT, FATE, SEEN
from relayviz.gui.fate.view import FRAME
from relayviz.gui.look import theme as themes
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.trail import Fate
from relayviz.model.ledger.events import EventIndex
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.ledger.lane import LOSS_BITS, columns
from relayviz.model.ledger.timeline import Timeline
from relayviz.model.numbers import THIN
from relayviz.model.why.why import Event
from tests.engines.chance import CLIENT, chance_config, chance_operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from relayviz.gui.fate import FatePanel
    from relayviz.model.ledger.following import Following
    from tests.gui.conftest import Driver

Key = Qt.Key
FINISHED = 2  # Snapshot.subbufs["state"]: finished, not yet consumed
THEMES = ("dark", "light")


def panel_of(driver: Driver) -> FatePanel:
    driver.window.focus_dock("fate")
    driver.settle()
    return driver.window.docks["fate"].panel  # type: ignore[return-value]


def overwriting(driver: Driver) -> FatePanel:
    """Open a channel that has overwritten, delivered and lost events, and show the dock."""
    driver.controller.open_channel(
        ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2, mode=Mode.OVERWRITE)
    )
    writes = [Operation(Kind.WRITE, 0, 30) for _ in range(9)]
    others = [Operation(Kind.WRITE, 1, 100), Operation(Kind.WRITE, 1, 10)]
    reads = [Operation(Kind.OPEN_FILE, 0), Operation(Kind.READ, 0, 64)]
    driver.controller.submit(*writes, *others, *reads)
    driver.settle()
    return panel_of(driver)


# -- the picture -----------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("height", [1, 2, 5, 24])
def test_no_zoom_hides_a_fate(theme: str, height: int) -> None:
    chance = random.Random(height)  # noqa: S311
    looks = [bit for bit in LOOKS if bit != FUTURE]
    for events in (3, 40, 500, 20_000):
        bits = np.full(events, 1 << Fate.UNREAD, np.uint16)
        for _ in range(max(1, events // 50)):
            bits[chance.randrange(events)] = chance.choice(looks)
        for width in (1, 7, 100, 333):
            grid = columns(bits, width)[None]
            image = draw_strips(grid, events, height, 0, themes.load(theme))
            pixels = np.frombuffer(image.bits(), np.uint32).reshape(height, -1)[:, :width]
            for column in range(width):
                first = column * events // width
                last = max((column + 1) * events // width, first + 1)
                inside = np.bitwise_or.reduce(bits[first:last])
                check_column(pixels[:, column], int(inside), theme, width >= events * 4)


def check_column(pixels: np.ndarray[tuple[int]], inside: int, theme: str, has_gaps: bool) -> None:
    """Check that each fate, or as many as there are pixels, losses first, has its colour there."""
    drawn = set(pixels.tolist())
    if has_gaps and drawn == {themes.load(theme).rgb(themes.Role.PANEL)}:
        return  # between two events
    present = [bit for bit in LOOKS if inside & bit]
    for bit in present[: len(pixels)]:
        assert drawn & colours(bit, theme), (bin(bit), bin(inside))
    if inside & LOSS_BITS:
        lost = set().union(*(colours(bit, theme) for bit in present if bit & LOSS_BITS))
        assert drawn & lost


@pytest.mark.parametrize("theme", THEMES)
def test_each_fate_has_a_look_of_its_own(theme: str) -> None:
    from relayviz.gui.fate.looks import tile  # noqa: PLC0415

    tiles = {tile(bit, theme).tobytes() for bit in LOOKS}
    assert len(tiles) == len(LOOKS)
    assert len({look.words for look in LOOKS.values()}) == len(LOOKS)
    hatches = {look.hatch for look in LOOKS.values() if look.hatch is not None}
    y, x = np.mgrid[:TILE, :TILE].astype(np.int64)
    assert len({hatch(x, y).tobytes() for hatch in hatches}) == len(hatches) > 2
    # a loss is never told by colour alone
    assert all(len(colours(bit, theme)) == 2 for bit in LOOKS if bit & LOSS_BITS)


def test_what_is_on_screen_shows_every_loss(driver: Driver) -> None:
    panel = overwriting(driver)
    assert panel.index is not None
    image = panel.view.image()
    assert image is not None
    for zoom in (0, 2.0, 3.0):
        panel.view.zoom(zoom)
        image = panel.view.image()
        assert image is not None
        lost = [bit for bit in LOOKS if bit & LOSS_BITS]
        red = set().union(*(colours(bit, themes.current().name) for bit in lost))
        lane = panel.index.lane(0)
        for row in range(panel.view.range.first, min(panel.view.range.last + 1, len(lane.rows))):
            x = int(panel.view.range.x_of(row))
            column = {image.pixel(x, y) for y in range(int(image.height() * (1 - FRAME.gap) / 2))}
            is_lost = bool(lane.bits(driver.snapshot.step, row, row + 1)[0] & LOSS_BITS)
            assert bool(column & red) == is_lost


# -- where it leads --------------------------------------------------------------------------------


def point_of(panel: FatePanel, lane: int, row: int) -> QPointF:
    height = panel.view.grid().lane
    return QPointF(panel.view.x_of(row), FRAME.top + lane * height + height / 3)


def test_a_click_goes_to_the_deciding_step_and_the_bytes(driver: Driver) -> None:
    panel = overwriting(driver)
    assert panel.index is not None
    last = driver.snapshot.step
    first, kept = panel.index.at(0, 0, last), panel.index.at(0, 8, last)
    assert first.fate is Fate.OVERWRITTEN
    assert "overwritten" in panel.view.words_at(point_of(panel, 0, 0))
    QTest.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=point_of(panel, 0, 0).toPoint())
    driver.settle()
    assert driver.snapshot.step == first.decided
    assert driver.controller.selection == (0, 0)
    # the events behind that step keep their places, as what is still to come
    assert "tried later" in panel.view.words_at(point_of(panel, 0, 8))
    QTest.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=point_of(panel, 0, 8).toPoint())
    driver.settle()
    assert driver.snapshot.step == kept.step
    driver.controller.seek(last)
    driver.settle()
    panel.view.setFocus()
    panel._point(0, 8)
    assert kept.place is not None
    bytes_view = driver.window.docks["bytes"].panel.view  # type: ignore[attr-defined]
    assert driver.controller.selection == (0, kept.place[1])
    assert bytes_view.selection == (kept.place[2], kept.place[2] + kept.length)


def test_keys_go_from_event_to_event_and_loss_to_loss(driver: Driver) -> None:
    panel = overwriting(driver)
    panel.view.setFocus()
    driver.press(Key.Key_Right)
    assert panel.view.cursor_place == (0, 0)
    assert "event 1" in panel.view.accessibleDescription()
    driver.press(Key.Key_Right)
    driver.press(Key.Key_Down)
    assert panel.view.cursor_place == (1, 1)
    driver.press(Key.Key_L, Qt.KeyboardModifier.ShiftModifier)
    assert panel.view.cursor_place == (1, 0)
    assert "too big" in panel.view.accessibleDescription()
    steps = len(driver.engine.history.steps)
    driver.press(Key.Key_Up)
    driver.press(Key.Key_L)
    assert panel.view.cursor_place == (0, 1)
    assert len(driver.engine.history.steps) == steps  # no shortcut of the window was meant
    driver.press(Key.Key_Return)
    assert driver.snapshot.step == 5  # the fifth event begins sub-buffer 2, which is 0 again


def texts(panel: FatePanel, column: int) -> list[str]:
    model = panel.events.model
    return [str(model.data(model.index(row, column))) for row in range(model.rowCount())]


def test_the_table_filters_sorts_and_copies(driver: Driver) -> None:
    panel = overwriting(driver)
    assert texts(panel, EVENT) == [str(number) for number in range(1, 12)]
    panel.events.filter.setText("overwritten")
    assert set(texts(panel, FATE)) == {"overwritten"}
    panel.events.filter.setText("cpu 1")
    assert texts(panel, EVENT) == ["10", "11"]
    panel.events.filter.setText("step 5")
    assert texts(panel, EVENT) == ["1", "2", "5"]
    for nothing in ("step ²", "9" * 5000):  # no digits that make a number, and far too many
        panel.events.filter.setText(nothing)
        assert texts(panel, EVENT) == []
    panel.events.filter.clear()
    panel.events.chosen.setCurrentIndex(1)
    assert all(text not in ("unread", "consumed") for text in texts(panel, FATE))
    panel.events.table.sortByColumn(EVENT, Qt.SortOrder.DescendingOrder)
    assert texts(panel, EVENT) == sorted(texts(panel, EVENT), key=int, reverse=True)
    panel.events.table.setFocus()
    panel.events.table.selectAll()
    driver.trigger("edit.copy")
    assert len(QGuiApplication.clipboard().text().splitlines()) == panel.events.model.rowCount()
    panel.events.only_cpu.setChecked(True)
    driver.controller.select(1)
    assert texts(panel, EVENT) == ["10"]
    assert panel.totals.accessibleDescription() == "2 attempts = 1 unread + 1 too big"


def test_sums_are_the_account_at_any_step(driver: Driver) -> None:
    panel = overwriting(driver)
    for step in (0, 4, 5, driver.snapshot.last_step):
        driver.controller.seek(step)
        seen = driver.settle()
        assert seen is not None
        words = panel.totals.accessibleDescription()
        figures = [int(word) for word in words.split() if word.isdigit()]
        assert (
            figures[0]
            == sum(figures[1:])
            == sum(seen.account(row)["attempted"].events for row in range(seen.rows))
        )
        assert panel.events.model.rowCount() == figures[0]


def test_readers_have_a_table_of_their_own(driver: Driver) -> None:
    panel = overwriting(driver)
    cells = [panel.readers.data(panel.readers.index(0, column)) for column in range(10)]
    assert cells[:4] == ["0", "0", "open", "64"]
    assert cells[4:6] == ["2", "1"]  # delivered, and a part of the newest
    assert cells[9] == "6"  # skipped
    seen = dict(zip(texts(panel, EVENT), texts(panel, SEEN), strict=True))
    assert [event for event, words in seen.items() if words == "delivered"] == ["7", "8"]
    assert seen["1"] == "skipped: reader lapped"


# -- export ----------------------------------------------------------------------------------------


def test_export_writes_the_rows_shown(driver: Driver, tmp_path: Path) -> None:
    panel = overwriting(driver)
    driver.click(panel.events.save)
    dialog = panel.events.findChildren(QFileDialog)[-1]
    dialog.reject()
    path = tmp_path / "events.csv"
    panel.events.export_to(str(path))
    assert panel.events._export is not None
    said: list[str] = []
    panel.events._export.finished.connect(said.append)
    driver.press(Key.Key_W)  # goes on meanwhile; the file is as the table was
    while not said:
        QTest.qWait(1)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[EVENT] for row in rows[1:]] == [str(number) for number in range(1, 12)]
    assert rows[1][DECIDED] == "5"
    assert said == [f"Wrote 11 events to {path}."]


def test_export_that_fails_says_why_and_leaves_nothing(driver: Driver, tmp_path: Path) -> None:
    panel = overwriting(driver)
    panel.events.export_to(str(tmp_path / "missing" / "events.csv"))
    assert "was not written: No such file or directory" in driver.window.status.words.text()
    assert not list(tmp_path.rglob("*.csv*"))


def test_without_events_it_says_what_to_do(driver: Driver) -> None:
    driver.controller.open_channel(ChannelConfig())
    panel = panel_of(driver)
    assert panel._stack.currentWidget() is not panel._split
    driver.press(Key.Key_W)
    assert panel._stack.currentWidget() is panel._split


def test_sub_buffers_add_up(driver: Driver) -> None:
    """Against the states of the sub-buffers themselves, at every step of a random session."""
    chance = random.Random(7)  # noqa: S311
    config = chance_config(chance, base_filename="cpu", mode=Mode.OVERWRITE, is_global=False)
    driver.controller.open_channel(config, [CLIENT])
    panel = panel_of(driver)
    driver.controller.submit(*(chance_operation(chance, config.subbuf_size) for _ in range(150)))
    seen = driver.settle()
    gone = 0
    for step in range(seen.last_step if seen is not None else 0):
        driver.controller.seek(step)
        driver.settle()
        now = driver.snapshot
        ready = sum(now.ready(row) for row in range(now.rows))
        there = int(np.count_nonzero(now.subbufs["state"] == FINISHED))
        words = f"({there} still there, {ready - there} used again)"
        assert (words in panel.totals.text().replace(THIN, "")) == (ready > there), step
        gone += ready > there
    assert gone


def test_a_long_history_is_taken_in_turns(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """By each panel that needs one: none takes more steps in one go than it may."""
    monkeypatch.setattr("relayviz.gui.widgets.catching_up.SLICE", 3)
    monkeypatch.setattr("relayviz.model.ledger.following.COLUMNS", 1)
    taken: dict[str, list[int]] = {}
    for part in (FateIndex, Timeline, EventIndex):
        follow, steps = part.follow, taken.setdefault(part.__name__, [])

        def counted(
            part: Following, *asked: object, follow: Callable[..., bool] = follow,
            steps: list[int] = steps,
        ) -> bool:  # fmt: skip
            before = part.step
            has_all = follow(part, *asked)
            steps.append(part.step - before)
            return has_all

        monkeypatch.setattr(part, "follow", counted)
    panel = overwriting(driver)
    assert "going through the history" in panel.detail
    driver.controller.ask_why(Event(1))
    names = ("fate", "why", "timeline", "bytes")
    for name in names[2:]:
        driver.window.focus_dock(name)
    panels = [driver.window.docks[name].panel for name in names]
    while any("going" in one.detail for one in panels):
        QTest.qWait(1)
    assert panel.events.model.rowCount() == 11
    assert "event 1" in panels[1].detail
    assert panels[2].detail == "step 13 of 13"
    assert "cpu" in panels[3].detail
    for steps in taken.values():
        assert (max(steps), sum(steps)) == (3, 14)
