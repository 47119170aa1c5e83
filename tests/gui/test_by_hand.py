"""What a hand does and expects: files open by themselves, letters, Return, Escape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QTabBar

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.actions import Menu, actions
from relayviz.gui.compare.window import CompareWindow
from relayviz.gui.docks.docks import TELLS, TITLES
from relayviz.gui.fate.looks import LOOKS
from relayviz.gui.help import HelpDialog
from relayviz.gui.newchannel import NewChannelDialog
from relayviz.gui.prompts.prompts import Prompt
from relayviz.gui.prompts.times import TimesDialog
from relayviz.gui.shell.engines import KINDS
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.engine.captured import captured

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from relayviz.gui.counters import CountersPanel
    from tests.gui.conftest import Driver

Key, Modifier = Qt.Key, Qt.KeyboardModifier
NONE, SHIFT, CONTROL = Modifier.NoModifier, Modifier.ShiftModifier, Modifier.ControlModifier
SMALL = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2)
WRITE = Operation(Kind.WRITE, 0, 40)


@pytest.fixture
def small(driver: Driver) -> Driver:
    """A channel of two CPUs with three writes on the first, and no file open."""
    driver.controller.open_channel(SMALL)
    driver.controller.submit(WRITE, WRITE, WRITE)
    driver.settle()
    driver.window.focus_dock("rings")
    return driver


def kinds(driver: Driver) -> list[Kind]:
    snapshot = driver.snapshot
    done = driver.engine.history.operations(snapshot.branch, snapshot.step)
    return [operation.kind for operation in done]


# -- files open by themselves ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "kind"),
    [(Key.Key_D, Kind.READ), (Key.Key_P, Kind.POLL), (Key.Key_L, Kind.SPLICE),
     (Key.Key_M, Kind.MMAP)],
)  # fmt: skip
def test_what_needs_a_file_opens_it_as_a_step(key: Qt.Key, kind: Kind, small: Driver) -> None:
    before = kinds(small)
    small.press(key)
    assert kinds(small) == [*before, Kind.OPEN_FILE, kind]
    assert small.snapshot.result.outcome != "error"
    small.press(key)  # now there is one
    assert kinds(small) == [*before, Kind.OPEN_FILE, kind, kind]
    assert [file.cpu for file in small.snapshot.files] == [0]
    steps = captured(small.engine, small.controller.notebook.notes).lines[0].operations
    assert [one.kind for one in steps] == kinds(small)
    assert not any(one.opens for one in steps)


def test_on_all_cpus_each_opens_its_own(small: Driver) -> None:
    small.controller.set_inputs(all_cpus=True)
    small.press(Key.Key_D)
    assert kinds(small)[3:] == [Kind.OPEN_FILE, Kind.READ] * 2
    assert [file.cpu for file in small.snapshot.files] == [0, 1]


@pytest.mark.parametrize("fields", [{}, {"is_global": True}], ids=["each", "global"])
@pytest.mark.parametrize("cpu", [1, ALL])
def test_it_is_as_opening_by_hand(fields: dict[str, bool], cpu: int) -> None:
    """Also where operations come faster than one sees them."""
    config = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2, **fields)  # type: ignore[arg-type]
    asked, by_hand = StepEngine(config), StepEngine(config)
    read = Operation(Kind.READ, cpu, 30, opens=True)
    asked.submit(*[WRITE] * 3, *[read] * 40, WRITE)
    files = [0] if fields else [0, 1] if cpu == ALL else [1]
    by_hand.submit(*[WRITE] * 3)
    for which in files:
        on = 1 if cpu == 1 else which
        by_hand.submit(Operation(Kind.OPEN_FILE, on, text="r"), Operation(Kind.READ, on, 30))
    by_hand.submit(*[Operation(Kind.READ, cpu, 30)] * 39, WRITE)
    for engine in (asked, by_hand):
        assert engine.wait_idle()
    ours, theirs = (
        [(step.operation, step.result) for step in engine.history.steps]
        for engine in (asked, by_hand)
    )
    assert ours == theirs
    for engine in (asked, by_hand):
        engine.close()


def test_where_there_are_no_files_it_says_so(driver: Driver) -> None:
    driver.controller.open_channel(ChannelConfig(base_filename=None, cpus=1))
    driver.settle()
    driver.press(Key.Key_D)
    assert kinds(driver) == [Kind.READ]
    assert driver.snapshot.result.outcome == "error"


# -- many times ------------------------------------------------------------------------------------


def times(driver: Driver, text: str) -> TimesDialog:
    driver.trigger("op.write-times")
    dialog = driver.dialog()
    assert isinstance(dialog, TimesDialog)
    dialog.field.setText(text)
    return dialog


@pytest.mark.parametrize(("all_cpus", "steps"), [(False, 3000), (True, 6000)])
def test_many_writes_are_steps_and_undone_together(
    small: Driver, qtbot: QtBot, *, all_cpus: bool, steps: int
) -> None:
    small.controller.set_inputs(all_cpus=all_cpus, length=10)
    dialog = times(small, "3000")
    with qtbot.waitSignal(dialog.accepted, timeout=30_000):
        dialog.buttons.accepted.emit()
    small.settle()
    assert kinds(small)[3:] == [Kind.WRITE] * steps
    assert small.snapshot.count(0, "attempted").events == 3003
    small.trigger("edit.undo")
    small.settle()
    assert small.snapshot.step == 3


def test_many_writes_can_be_stopped(small: Driver) -> None:
    dialog = times(small, "1000000")
    dialog.buttons.accepted.emit()
    dialog.reject()
    small.settle()
    assert 3 <= small.snapshot.step < 1_000_003
    assert small.snapshot.step == small.snapshot.last_step == len(small.engine.history.steps) - 1
    assert "Stopped: what was written" in small.window.status.words.text()
    for wrong in ("0", "x", "1000001", ""):
        dialog = times(small, wrong)
        assert not dialog.buttons.buttons()[0].isEnabled()
        dialog.reject()
        QTest.qWait(0)


# -- typing ----------------------------------------------------------------------------------------


def test_return_in_a_box_gives_the_keyboard_back(small: Driver) -> None:
    for field in (small.window.operations.length, small.window.operations.cpu):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "1")
        QTest.keyClick(field, Key.Key_Return)
        rings = small.window.docks["rings"].panel
        focused = QApplication.focusWidget()
        assert focused is not None
        assert rings.isAncestorOf(focused)
        assert field.value() == 1


def test_no_key_is_that_of_a_menu() -> None:
    letters = {found.group(1).upper() for one in Menu if (found := re.match(r"[^/]*&(\w)", one))}
    keys = {key for action in actions(KINDS, TITLES, TELLS) for key in action.keys}
    assert not {f"Alt+{letter}" for letter in letters} & keys


def test_alt_o_opens_a_file(small: Driver) -> None:
    small.press(Key.Key_O, Modifier.AltModifier)
    assert [(file.cpu, file.flags) for file in small.snapshot.files] == [(0, "rw")]


@pytest.mark.parametrize("dock", ["log", "breakpoints", "watches"])
def test_a_click_on_a_tab_is_meant_for_its_text_box(small: Driver, dock: str) -> None:
    frames = small.window.docks
    other = "log" if dock != "log" else "why"
    small.window.focus_dock(other)
    small.window.focus_dock("rings")
    small.settle()
    bars = small.window.findChildren(QTabBar)
    bar, place = next(
        (bar, place)
        for bar in bars
        for place in range(bar.count())
        if bar.isVisible() and bar.tabText(place) == TITLES[dock]
    )
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(place).center())
    small.settle()
    field = frames[dock].panel.text_field
    assert isinstance(field, QLineEdit)
    assert QApplication.focusWidget() is field
    before = small.snapshot.step
    QTest.keyClicks(field, "wdf")
    small.settle()
    assert field.text() == "wdf"
    assert small.snapshot.step == before


def test_letters_can_be_switched_off(small: Driver) -> None:
    small.trigger("edit.letters")
    before = small.snapshot.step
    for key, modifier in ((Key.Key_W, NONE), (Key.Key_D, NONE), (Key.Key_D, SHIFT),
                          (Key.Key_2, NONE), (Key.Key_W, SHIFT)):  # fmt: skip
        small.press(key, modifier)
    assert small.snapshot.step == before
    assert not small.window.findChildren(Prompt)
    small.press(Key.Key_W, Modifier.AltModifier)
    small.click(small.button("op.write"))
    assert small.snapshot.step == before + 2
    small.stop()
    small.start()  # it is remembered
    step = small.snapshot.step
    small.press(Key.Key_W)
    assert small.snapshot.step == step
    small.trigger("edit.letters")
    small.press(Key.Key_W)
    assert small.snapshot.step == step + 1


def test_bytes_are_typed_in_hex(small: Driver) -> None:
    small.trigger("op.write-bytes")
    prompt = small.dialog()
    assert isinstance(prompt, Prompt)
    for wrong in ("0", "zz", "00 f", "0x12"):
        prompt.field.setText(wrong)
        assert "two digits" in prompt.message.text()
        assert not prompt.buttons.buttons()[0].isEnabled()
    prompt.field.setText("00 7f FF0a")
    assert prompt.message.text() == "4 bytes"
    prompt.buttons.accepted.emit()
    small.settle()
    assert small.snapshot.made_by.operation == Operation(Kind.WRITE, 0, data=b"\x00\x7f\xff\n")


def test_event_size_is_what_is_written(driver: Driver) -> None:
    driver.press(Key.Key_N, CONTROL)
    dialog = driver.dialog()
    assert isinstance(dialog, NewChannelDialog)
    cast("QLineEdit", dialog.form.fields["event_size"]).setText("77")
    dialog.open_button.click()
    driver.settle()
    assert driver.window.operations.length.value() == 77
    driver.controller.show_tab(0)
    driver.settle()
    assert driver.window.operations.length.value() != 77  # of the other tab
    driver.controller.show_tab(1)
    driver.activate()
    driver.press(Key.Key_W)
    assert driver.snapshot.made_by.operation.length == 77


# -- polish ----------------------------------------------------------------------------------------


def test_escape_closes_compare_and_its_legend_has_what_is_drawn(small: Driver) -> None:
    small.trigger("run.compare")
    window = small.window.findChild(CompareWindow)
    assert isinstance(window, CompareWindow)
    while window.halves is None:
        QTest.qWait(5)
    shown = {look.words for look in LOOKS.values() if look.words in window.legend.text()}
    # two sub-buffers of 64 hold one event of 40 each: the third is refused in A, in B the first
    # is overwritten
    assert shown == {"unread", "refused", "overwritten"}
    assert window.legend.text().count("<img ") == len(shown)
    window.activateWindow()
    QTest.keyClick(window, Key.Key_Escape)
    small.settle()
    assert not window.isVisible()


def test_words_are_searched_at_once(driver: Driver) -> None:
    driver.trigger("help.words")
    dialog = driver.dialog()
    assert isinstance(dialog, HelpDialog)
    assert dialog.focusWidget() is dialog.field
    dialog.reject()


def test_watching_is_told(small: Driver) -> None:
    panel = cast("CountersPanel", small.window.docks["counters"].panel)
    for told in ("Watching lost[0]: ", "lost[0] is watched already: "):
        menu = panel.figure_menu("lost", 0)
        next(one for one in menu.actions() if one.text().startswith("Watch")).trigger()
        menu.deleteLater()
        assert told in small.window.status.words.text()


def test_a_cpu_has_a_name_and_no_thousands(driver: Driver) -> None:
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2048))
    driver.settle()
    model = cast("CountersPanel", driver.window.docks["counters"].panel).model
    assert model.data(model.index(2020, 0)) == "2020"
    tip = str(model.data(model.index(2020, 0), Qt.ItemDataRole.ToolTipRole))
    assert tip.startswith("cpu: 2020\n")
