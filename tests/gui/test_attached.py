"""Channels of other processes in the real window: looked at, killed, taken along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from relayviz import relay
from relayviz.engines.attach.viewing.searching import find
from relayviz.gui.attach.aside import MOST_NEWS
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.channel import ChannelPanel
from relayviz.gui.counters import CountersPanel
from relayviz.gui.fate import FatePanel
from relayviz.gui.findings import FindingsPanel
from relayviz.gui.log import LogPanel
from relayviz.gui.looks import LooksPanel
from relayviz.gui.notice import Level
from relayviz.gui.rates import LossPanel, RatePanel
from relayviz.gui.shell.engines import catalogue
from relayviz.gui.why import WhyPanel
from relayviz.model.others import Search
from relayviz.model.why.why import Figure
from tests.attach.others import Producer, producing
from tests.gui.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.conftest import Driver


from tests.gui.attaching import (
    Key,
    attached,
    folder,
    no_thread_left,
    panel,
    producer,
    stored,
)

__all__ = ["folder", "no_thread_left", "producer"]  # fixtures


# -- what is shown -------------------------------------------------------------------------------


def test_docks_show_the_account_and_what_is_not_known(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    attached(driver, folder)
    producer.tell("write", 200, 0)
    producer.tell("big", 2, 1)
    until(lambda: driver.snapshot.count(1, "too_big").events == 2)
    shown = driver.snapshot
    counters = panel(driver, "counters", CountersPanel).model
    lost = shown.lost_events()

    def cells() -> list[str]:
        return [
            str(counters.data(counters.index(at, column)))
            for at in range(2)
            for column in range(counters.columnCount())
        ]

    until(lambda: str(shown.total_lost(0).events) in cells())
    assert "?" not in cells()
    assert "not known" not in panel(driver, "counters", CountersPanel)._note.text()
    lines = panel(driver, "channel", ChannelPanel).model

    def told(name: str) -> str:
        rows = {
            str(lines.data(lines.index(at, 0))): str(lines.data(lines.index(at, 1)))
            for at in range(lines.rowCount())
        }
        return rows.get(name, "")

    until(lambda: told("mode") == "no-overwrite")
    until(lambda: told("process").startswith(f"{producer.pid} ("))
    for name in ("descriptors", "mappings", "last too big"):
        assert told(name) == "not known"
    cards = panel(driver, "findings", FindingsPanel).cards
    words = "2 events lost, larger than a sub-buffer holds."
    until(lambda: words in [card.finding.text for card in cards.values()])
    assert any("Nothing was ever consumed" in card.finding.text for card in cards.values())
    until(lambda: driver.window.status.figures.text() == f"202 events tried · {lost} lost")


def test_rates_and_losses_are_of_events(driver: Driver, folder: Path, producer: Producer) -> None:
    attached(driver, folder)
    rate, loss = panel(driver, "rate", RatePanel), panel(driver, "loss", LossPanel)
    driver.window.focus_dock("rate")
    producer.tell("write", 200, 0)
    until(lambda: "written" in rate.says.text())
    assert rate.detail.startswith("events/s")
    driver.window.focus_dock("loss")
    until(lambda: driver.snapshot.lost_events() > 0)
    lost = driver.snapshot.lost_events()
    until(lambda: loss.says.text().startswith(f"now: {lost} lost in"))


def test_bytes_are_shown_as_they_come(driver: Driver, folder: Path, producer: Producer) -> None:
    attached(driver, folder)
    producer.tell("write", 4, 1)
    bytes_ = panel(driver, "bytes", BytesPanel)
    driver.controller.select(1, 0)

    def content() -> bytes:
        bytes_.view.grab()  # asks for what it draws
        source = driver.controller.source
        assert source is not None
        data = source.bytes_of(driver.snapshot, 1, 0, 13)
        return b"" if data is None else data.tobytes()

    until(lambda: content() == b"event 0 on 1.")
    until(lambda: "control block does not say" in bytes_.says.text())
    assert "may not be written yet" not in bytes_.says.text()  # nothing was reserved


def test_space_pauses_and_the_looks_say_what_is_new(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    attached(driver, folder)
    driver.window.focus_dock("looks")
    looks = panel(driver, "looks", LooksPanel)
    producer.tell("write", 10, 0)
    until(lambda: str(looks.model.data(looks.model.index(0, 7))).startswith("130"))
    assert looks.table.isVisible()
    driver.window.focus_dock("rings")
    driver.press(Key.Key_Space)
    until(lambda: "paused" in driver.window.status.words.text())
    producer.tell("write", 5, 0)
    assert stored(driver) == [10, 0]
    driver.press(Key.Key_Space)
    until(lambda: stored(driver) == [15, 0])


# -- the end -------------------------------------------------------------------------------------


def test_a_killed_process_is_told_in_notice_status_log_and_finding(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    attached(driver, folder)
    notices: list[tuple[str, Level]] = []
    driver.controller.notified.connect(lambda told: notices.append((told.text, told.level)))
    producer.tell("write", 12, 1)
    until(lambda: stored(driver) == [0, 12])
    producer.kill()
    until(lambda: bool(notices))
    assert notices == [(f"Process {producer.pid} is gone.", Level.LOSS)]
    driver.window.status._forget()
    told = f"▲ cpu: process {producer.pid} is gone and has not closed it."
    until(lambda: driver.window.status.words.text().startswith(told))
    driver.window.focus_dock("log")
    log = panel(driver, "log", LogPanel)
    until(lambda: log.seen.rows.rowCount() == 2)
    assert "Attached: 2 buffers" in str(log.seen.rows.data(log.seen.rows.index(0, 1)))
    assert log.seen.rows.data(log.seen.rows.index(1, 1)) == f"▲ Process {producer.pid} is gone."
    assert not log.filter.isVisible()
    when = log.seen.fontMetrics().horizontalAdvance("00:00:00")
    assert log.seen.columnWidth(0) > when
    rows = log.exported_rows()
    assert rows is not None
    assert list(rows.lines)[1][1] == f"Process {producer.pid} is gone."
    cards = panel(driver, "findings", FindingsPanel).cards
    until(lambda: any("12 events unread" in card.finding.text for card in cards.values()))


def test_what_happens_behind_another_tab_is_told_and_marked(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    attached(driver, folder)
    driver.controller.show_tab(0)
    driver.settle()
    tabs, status = driver.window.channels.tabs, driver.window.status
    title = tabs.tabText(1)
    assert title.startswith("cpu (")
    producer.kill()
    words = f"Process {producer.pid} is gone."
    until(lambda: tabs.tabText(1) == f"▲ {title}")
    assert status.words.text() == f"▲ {title}, in another tab: {words}"
    assert words in tabs.tabToolTip(1)
    driver.controller.show_tab(1)
    driver.settle()
    assert tabs.tabText(1) == title
    assert words not in tabs.tabToolTip(1)


def test_news_of_a_tab_behind_are_the_newest_and_told_once(driver: Driver, folder: Path) -> None:
    with producing(folder):
        attached(driver, folder)
        tab, told = driver.controller.tab, list[str]()
        assert tab is not None
        driver.controller.notified.connect(lambda notice: told.append(notice.text))
        for number in range(2 * MOST_NEWS):
            driver.window.attached.aside._tell(tab, f"Reset {number}.", is_bad=False)
        newest = range(MOST_NEWS, 2 * MOST_NEWS)
        assert tab.news.splitlines() == [f"Reset {number}." for number in newest]
        assert [text.partition(": ")[2] for text in told] == ["Reset 0."]
        driver.window.attached.aside._tell(tab, "Gone.", is_bad=True)
        assert told[1].endswith(": Gone.")


def test_no_size_is_too_big_for_what_nobody_writes_to(driver: Driver, folder: Path) -> None:
    length = driver.window.operations.length
    driver.controller.set_inputs(length=1 << 20)
    assert "is too big" in length.accessibleDescription()
    with producing(folder):
        attached(driver, folder)
        driver.controller.set_inputs(length=1 << 19)
        assert length.accessibleDescription() == ""


def test_rate_loss_and_log_are_there_at_first(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    assert producer.pid
    attached(driver, folder)
    docks = driver.window.docks
    there = {name for name, frame in docks.items() if not frame.isHidden()}
    assert there >= {"rings", "counters", "bytes", "rate", "loss", "log", "looks", "findings"}
    assert "records" not in there  # it has none
    assert docks["bytes"].panel.isVisible()  # in front of the two


def test_what_was_lost_before_is_not_told_as_nothing(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    """A channel that is taken along counts anew; each place that tells of losses says so."""
    attached(driver, folder)
    producer.tell("write", 200, 0)
    until(lambda: driver.snapshot.lost_events() > 0)
    driver.press(Key.Key_F11)
    until(lambda: driver.controller.stepped is not None)
    driver.settle()
    assert driver.snapshot.lost_events() == 0
    words = "What it began with counts as one event a sub-buffer, losses before are left out."
    assert words in panel(driver, "counters", CountersPanel)._note.text()
    assert words[1:-1] in driver.window.status.figures.text()
    why = panel(driver, "why", WhyPanel)
    driver.controller.ask_why(Figure(0, "lost"))
    driver.settle()
    assert words in why.text.toPlainText()
    assert "Nothing has changed it since it was taken over." in why.text.toPlainText()
    driver.window.focus_dock("fate")
    driver.settle()
    assert words in panel(driver, "fate", FatePanel).totals.text()


def test_closing_the_tab_says_that_it_is_detached(
    driver: Driver, folder: Path, producer: Producer
) -> None:
    attached(driver, folder)
    driver.trigger("file.close-tab")
    told = f"Detached from cpu: process {producer.pid} was not disturbed."
    assert driver.window.status.words.text() == told
    producer.tell("write", 3, 0)
    assert find((str(folder),), Search()).channels[0].written == 3


def test_the_log_of_a_stepped_channel_is_its_own(driver: Driver, folder: Path) -> None:
    with producing(folder):
        attached(driver, folder)
        log = panel(driver, "log", LogPanel)
        driver.window.focus_dock("log")
        until(lambda: log._stack.currentWidget() is log.seen)
        driver.trigger("file.previous-tab")
        driver.settle()
        driver.window.focus_dock("log")
        assert log._stack.currentWidget() is log.found
        assert log.filter.isVisible()


# -- taken along ---------------------------------------------------------------------------------


@pytest.mark.parametrize("is_dead", [False, True])
def test_f11_steps_it_from_where_it_stands(
    driver: Driver, folder: Path, producer: Producer, *, is_dead: bool
) -> None:
    attached(driver, folder)
    producer.tell("write", 20, 0)
    until(lambda: stored(driver) == [20, 0])
    if is_dead:
        producer.kill()
        until(lambda: driver.snapshot.foreign is not None and driver.snapshot.foreign.is_over)
    offset = int(driver.snapshot.buffers["offset"][0])
    driver.window.focus_dock("rings")
    driver.press(Key.Key_F11)
    until(lambda: driver.controller.stepped is not None and driver.snapshot.foreign is None)
    assert int(driver.snapshot.buffers["offset"][0]) == offset
    driver.press(Key.Key_W)
    assert driver.snapshot.step == 1
    assert int(driver.snapshot.buffers["offset"][0]) != offset
    if not is_dead:
        producer.tell("write", 1, 0)  # it goes on, and nothing of ours is in it
        assert find((str(folder),), Search()).channels[0].written == 21
    kinds = [one.kind for one in driver.controller.tabs[-1].engines]
    assert kinds == ["attach", "step"]


@pytest.mark.parametrize("is_dead", [False, True])
def test_the_bytes_are_saved_as_a_consumer_would_have_them(
    driver: Driver, folder: Path, tmp_path: Path, producer: Producer, *, is_dead: bool
) -> None:
    attached(driver, folder)
    producer.tell("write", 40, 0)
    producer.tell("write", 3, 1)
    until(lambda: stored(driver) == [40, 3])
    if is_dead:
        producer.kill()
        until(lambda: driver.snapshot.foreign is not None and driver.snapshot.foreign.is_over)
    driver.trigger("file.save-bytes")
    dialog = driver.dialog()
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "seen"))
    dialog.close()
    driver.settle()
    driver.settle()
    place = relay.Directory.at(folder)
    for cpu in range(2):
        with place.open(f"cpu{cpu}") as file:
            assert (tmp_path / f"seen.cpu{cpu}").read_bytes() == file.read()
    said = driver.window.status.words.text()
    assert said.startswith("Saved ")
    assert f"in 2 files: {tmp_path / 'seen.cpu0'}, …" in said
    assert "Not opened: " in said, "no layout knows its events"
    assert "Open capture by a C struct…" in said


def test_the_catalogue_has_one_kind_that_finds() -> None:
    assert [kind.id for kind in catalogue().kinds if kind.find is not None] == ["attach"]
