"""The Load dock: fields, messages, presets, and what reaches the engine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.desk.presets import Presets
from relayviz.gui.load import LoadPanel, summary
from relayviz.gui.load.rows import BURSTS, RATE, READING, SIZES, WHOLE
from relayviz.gui.load.text import rate_text, rate_value, time_text, time_value, whole_value
from relayviz.gui.prompts.prompts import Prompt
from relayviz.gui.shell.settings import Settings
from relayviz.model.clients import client_loads
from relayviz.model.load.file import to_dict
from relayviz.model.load.load import Load, ReaderKind, Reading, SizeKind, Sizes, Writing
from relayviz.model.load.presets import PRESETS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from relayviz.gui.load.rows import Row
    from tests.gui.live.conftest import LiveDriver

Key = Qt.Key


@pytest.mark.parametrize(
    ("text", "value"),
    [("500", 500.0), ("35k", 35_000.0), ("2.2 M", 2_200_000.0), ("1e3", 1000.0), ("10 000", 1e4)],
)
def test_rates_are_typed_as_people_write_them(text: str, value: float) -> None:
    assert rate_value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("40 ms", 0.04), ("250us", 0.00025), ("250 µs", 0.00025), ("2 s", 2.0), ("1min", 60.0),
     ("3", 3.0)],
)  # fmt: skip
def test_times_are_typed_with_their_unit(text: str, value: float) -> None:
    assert time_value(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "x", "k", "1.5.2", "inf", "nan", "ten"])
def test_nonsense_is_no_number(text: str) -> None:
    for parse in (rate_value, time_value, whole_value):
        assert isinstance(parse(text), str), parse


@pytest.mark.parametrize("value", [0.0, 1.0, 999.0, 1000.0, 35_000.0, 2_200_000.0, 1234.5, 0.25])
def test_what_is_shown_can_be_typed_again(value: float) -> None:
    assert rate_value(rate_text(value)) == pytest.approx(value)
    assert time_value(time_text(value)) == pytest.approx(value)


def test_a_load_in_words() -> None:
    load = Load(
        Writing(35_000, Sizes(SizeKind.UNIFORM, 16, 96), burst_on=0.2, burst_off=0.8),
        Reading(pace=0.04),
    ).with_reading(Reading(pace=0.04, stall_every=20, stall=2), 7)
    assert summary.writers(load) == "35 k events/s per CPU, 16–96 B, bursts 200 ms : 800 ms"
    assert summary.readers(load) == "read every 40 ms · cpu 7 differs"
    assert summary.reading(load.reading_of(7)) == "read every 40 ms, stall 2 s every 20 s"
    assert summary.writing(Writing(math.inf)) == "as fast as it goes, 64 B"
    assert summary.writing(Writing(0)) == "nobody writes"
    assert summary.reading(Reading(ReaderKind.NONE)) == "nobody reads"
    mapped = Reading(ReaderKind.MMAP, pace=0, batch=2, forget_every=3, report_extra=1)
    assert summary.reading(mapped) == (
        "mmap without pause, 2 sub-buffers at most, forgets each 3rd report, reports 1 too many"
    )
    assert summary.flush(load) == "never"


def opened(live: LiveDriver) -> LoadPanel:
    """The Load dock of a live channel, in front."""
    live.open_live()
    live.window.focus_dock("load")
    panel = live.panel("load")
    assert isinstance(panel, LoadPanel)
    return panel


def type_into(panel: LoadPanel, row: Row, text: str) -> None:
    field = panel.form.lines[row]
    assert field.isVisible()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def message(panel: LoadPanel, row: Row) -> str:
    label = panel.form._messages[panel.form.lines[row]]
    return label.text() if not label.isHidden() else ""


def test_what_is_typed_applies_a_moment_later_while_it_runs(live: LiveDriver) -> None:
    panel = opened(live)
    type_into(panel, RATE, "35k")
    assert live.fake.load.writing.rate == Writing().rate, "not with each letter"
    assert panel._wait.isActive()
    panel._wait.timeout.emit()
    assert live.fake.load.writing.rate == 35_000
    assert live.fake.running
    assert "35 k events/s" in live.window.live.summaries["live.writers"].accessibleName()
    assert panel.form.lines[RATE].text() == "35k", "what is typed is not written anew"


def test_letters_typed_into_a_field_are_no_commands(live: LiveDriver) -> None:
    panel = opened(live)
    type_into(panel, READING[0], "40 ms")
    assert panel.form.lines[READING[0]].text() == "40 ms"
    assert live.fake.running


WRONG = (
    (RATE, "fast", "Type a number"),
    (RATE, "9G", "events a second"),
    (SIZES[0], "3", "at least 16 B"),
    (BURSTS[0], "1 s", "Bursts need both"),
    (READING[3], "1 s", "Stalls need both"),
    (WHOLE[1], "0", "threads"),
)


def test_what_is_wrong_is_said_below_the_field_and_not_applied(
    live: LiveDriver, subtests: pytest.Subtests
) -> None:
    panel = opened(live)
    before = live.fake.load
    for row, text, says in WRONG:
        with subtests.test(row=row.id, text=text):
            type_into(panel, row, text)
            panel.apply()
            shown = message(panel, row)
            if row is SIZES[0]:
                shown = panel.form._messages[panel.form.size_kind].text()
            assert says in shown
            assert live.fake.load == before
        panel.show_load()
        assert message(panel, row) == ""


def test_fields_that_mean_nothing_are_not_there(live: LiveDriver) -> None:
    panel = opened(live)
    form = panel.form
    forget = next(row for row in READING if row.id == "reading.forget_every")
    assert form.lines[forget].isHidden()
    form.reader_kind.setFocus()
    live.press(Key.Key_Down)
    assert form.reader_kind.currentData() == ReaderKind.MMAP
    assert not form.lines[forget].isHidden()
    type_into(panel, forget, "3")
    panel.apply()
    assert live.fake.load.reading == Reading(ReaderKind.MMAP, forget_every=3)


def test_one_cpu_can_differ_and_be_the_same_again(live: LiveDriver) -> None:
    panel = opened(live)
    panel.cpu.setValue(2)
    type_into(panel, RATE, "7")
    panel.apply()
    assert live.fake.load.writing_of(2).rate == 7
    assert live.fake.load.writing_of(1) == Writing()
    assert "cpu 2" in panel.differing.text()
    panel.cpu.setValue(-1)
    assert panel.form.lines[RATE].text() == "10 k"
    type_into(panel, RATE, "20k")
    panel.apply()
    assert live.fake.load.writing_of(2).rate == 7, "what is particular to a CPU stays"
    assert live.fake.load.writing_of(1).rate == 20_000
    panel.cpu.setValue(2)
    live.click(panel.same)
    assert live.fake.load.writers == ()


def test_changing_the_cpu_keeps_what_was_just_typed(live: LiveDriver) -> None:
    panel = opened(live)
    type_into(panel, RATE, "7")
    panel.cpu.setValue(1)
    assert live.fake.load.writing.rate == 7
    assert live.fake.load.writers == ()


def test_as_fast_as_it_goes(live: LiveDriver) -> None:
    panel = opened(live)
    live.click(panel.form.fast)
    panel.apply()
    assert math.isinf(live.fake.load.writing.rate)
    assert not panel.form.lines[RATE].isEnabled()
    live.click(panel.form.fast)
    type_into(panel, RATE, "5")
    panel.apply()
    assert live.fake.load.writing.rate == 5


def test_a_preset_is_taken_and_a_change_makes_it_another(live: LiveDriver) -> None:
    panel = opened(live)
    panel.presets.setFocus()
    panel.presets.setCurrentText("slow consumer")
    panel.presets.activated.emit(panel.presets.currentIndex())
    assert live.fake.load == PRESETS["slow consumer"]
    type_into(panel, RATE, "5")
    panel.apply()
    assert panel.presets.currentText() == "(changed)"


def test_an_own_preset_is_saved_used_after_a_restart_and_deleted(live: LiveDriver) -> None:
    panel = opened(live)
    type_into(panel, RATE, "77")
    live.click(panel.save)
    prompt = live.dialog()
    assert isinstance(prompt, Prompt)
    QTest.keyClicks(prompt.field, "steady")
    assert "take another" in prompt.message.text()
    prompt.field.selectAll()
    QTest.keyClicks(prompt.field, "mine")
    QTest.keyClick(prompt.field, Key.Key_Return)
    assert panel.presets.currentText() == "mine"
    assert live.settings.load().presets["mine"] == to_dict(live.fake.load)
    live.stop()
    live.start()
    panel = opened(live)
    names = [panel.presets.itemText(place) for place in range(panel.presets.count())]
    assert names[0] == "mine"
    panel.presets.setCurrentText("mine")
    panel.presets.activated.emit(0)
    assert live.fake.load.writing.rate == 77
    live.click(panel.delete)
    assert live.settings.load() == Settings()
    assert not panel.delete.isEnabled()


def test_a_preset_of_a_later_version_is_kept_and_told(live: LiveDriver) -> None:
    later = {"version": 99, "secret": 1}
    live.stop()
    live.settings.save(Settings(presets={"odd": later, "fine": to_dict(Load())}))
    live.start()
    assert "odd" in live.window.status.words.text()
    live.controller.running.presets.save("new", Load())
    assert live.settings.load().presets["odd"] == later


def test_presets_say_what_is_wrong_with_a_name(qapp: object) -> None:
    del qapp
    presets = Presets()
    assert presets.problem(" ")
    assert presets.problem("x" * 61)
    assert presets.problem("steady")
    assert presets.problem("my own") == ""
    assert presets.names == (*PRESETS, *client_loads())


def test_sizes_come_from_a_file(live: LiveDriver, qtbot: QtBot, tmp_path: Path) -> None:
    panel = opened(live)
    panel.form.size_kind.setCurrentIndex(panel.form.size_kind.findData("list"))
    panel.form.size_kind.activated.emit(panel.form.size_kind.currentIndex())
    panel.apply()
    assert "sizes" in panel.form._messages[panel.form.size_kind].text()
    file = tmp_path / "sizes.txt"
    file.write_text("64\n# a remark\nlarge\n", encoding="utf-8")
    said = panel.form._messages[panel.form.file].text
    panel.read_sizes(str(file))
    qtbot.waitUntil(lambda: "line 3" in said())
    file.write_text("64\n128\n", encoding="utf-8")
    panel.read_sizes(str(file))
    qtbot.waitUntil(lambda: not said())
    panel.apply()
    assert live.fake.load.writing.sizes == Sizes(SizeKind.LIST, recorded=(64, 128))
    assert "64–128 B" in panel.form.file.text()
    panel.read_sizes(str(tmp_path / "nothing"))
    qtbot.waitUntil(lambda: "nothing" in said())
    assert live.fake.load.writing.sizes.recorded == (64, 128)
