"""Break on…: the question, and the notice when it was met."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QPushButton

from relayviz.gui.breakon import BreakOnDialog
from relayviz.gui.breakon.dialog import EVENTS
from relayviz.gui.breakon.notice import hit_words
from relayviz.model.live.live import Hit
from relayviz.model.load.load import BreakOn, Counter

if TYPE_CHECKING:
    from tests.gui.live.conftest import LiveDriver

Key = Qt.Key
HIT = Hit("first event lost: refused", 2, 402, 12.3456, "refused_full", 1)


def asked(live: LiveDriver) -> BreakOnDialog:
    live.press(Key.Key_F9)
    dialog = live.dialog()
    assert isinstance(dialog, BreakOnDialog)
    return dialog


def ok(dialog: BreakOnDialog) -> QPushButton:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)


def test_what_is_chosen_reaches_the_engine_and_is_shown_again(live: LiveDriver) -> None:
    live.open_live()
    dialog = asked(live)
    dialog.losses["refused_full"].setFocus()
    QTest.keyClick(dialog.losses["refused_full"], Key.Key_Space)
    live.click(dialog.events["lapped"])
    dialog.counter.setFocus()
    QTest.keyClick(dialog.counter, Key.Key_Down)
    dialog.value.setFocus()
    dialog.value.selectAll()
    QTest.keyClicks(dialog.value, "2k")
    dialog.cpu.setValue(1)
    live.click(ok(dialog))
    wanted = BreakOn(
        frozenset({"refused_full"}), lapped=True, counter=Counter.PRODUCED, value=2048, cpu=1
    )
    assert live.fake.break_on == wanted
    live.settle()
    again = asked(live)
    assert again.break_on() == (wanted, "")
    live.click(again.clear)
    assert live.fake.break_on == BreakOn()


def test_each_box_is_its_own_condition_and_has_words(live: LiveDriver) -> None:
    live.open_live()
    conditions = {each.name for each in fields(BreakOn) if each.type == "bool"}
    assert conditions == set(EVENTS)
    for name in EVENTS:
        dialog = asked(live)
        live.click(dialog.events[name])
        live.click(ok(dialog))
        assert live.fake.break_on == BreakOn(**{name: True})  # type: ignore[arg-type]
        live.settle()
        again = asked(live)
        live.click(again.clear)
        live.settle()


@pytest.mark.parametrize("cpu", [None, 0, 3])
def test_a_break_is_of_one_cpu_or_of_any(live: LiveDriver, cpu: int | None) -> None:
    live.open_live()
    dialog = asked(live)
    assert (dialog.counter.itemText(0), dialog.counter.currentIndex()) == ("no counter", 0)
    assert dialog.break_on() == (BreakOn(), "")
    assert dialog.cpu.text() == "any CPU"
    live.click(dialog.events["torn"])
    if cpu is not None:
        dialog.cpu.setValue(cpu)
    live.click(ok(dialog))
    assert live.fake.break_on == BreakOn(torn=True, cpu=cpu)
    live.settle()
    again = asked(live)
    assert again.cpu.text() == ("any CPU" if cpu is None else str(cpu))
    assert [name for name, box in again.events.items() if box.isChecked()] == ["torn"]
    assert not any(box.isChecked() for box in again.losses.values())


def test_a_counter_needs_a_value(live: LiveDriver) -> None:
    live.open_live()
    dialog = asked(live)
    assert not dialog.value.isEnabled()
    dialog.counter.setCurrentIndex(1)
    for bad in ("", "x", "0", "-3"):
        dialog.value.setText(bad)
        assert not ok(dialog).isEnabled(), bad
        assert dialog.message.text().startswith(("Type", "A counter reaches 1 to"))
    dialog.value.setText("12")
    assert ok(dialog).isEnabled()


def test_a_hit_is_told_shown_and_put_away(live: LiveDriver) -> None:
    fake = live.open_live()
    notice = live.window.channels.hit
    assert notice.isHidden()
    fake.stop_at(HIT)
    live.settle()
    assert notice.isVisible()
    assert "first event lost: refused, cpu 2, event 402" in notice.words.text()
    assert "stopped at 12.346 s" in live.window.status.words.text()
    assert live.button("live.run").text().endswith("Run")
    live.click(notice.button)
    assert live.controller.selection == (2, live.snapshot.write_position(2).subbuf)
    live.press(Key.Key_Space)
    assert notice.isHidden()
    assert fake.running


def test_a_notice_put_away_stays_away_until_the_next_hit(live: LiveDriver) -> None:
    fake = live.open_live()
    fake.stop_at(HIT)
    live.settle()
    live.window.channels.hit._hide()
    fake.stop_at(HIT)
    live.settle()
    assert live.window.channels.hit.isHidden()
    fake.start()
    live.settle()
    fake.stop_at(Hit("buffer full", 0, None, 13.0, "ready", 4))
    live.settle()
    assert live.window.channels.hit.isVisible()


def test_words_have_all_figures() -> None:
    assert hit_words(HIT) == (
        "Stopped at 12.346 s: first event lost: refused, cpu 2, event 402 (refused full = 1)"
    )
