"""The whole window, driven by real keys and clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QSlider, QTableView, QWidget

from relayviz.gui.docks.arrangement import Arrangement
from relayviz.gui.docks.docks import DOCKS
from relayviz.gui.help import HelpDialog
from relayviz.gui.prompts.prompts import Prompt
from relayviz.gui.shell.palette import Palette
from relayviz.gui.shell.settings import Settings
from relayviz.gui.widgets.table import Table
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import Outcome

if TYPE_CHECKING:
    from relayviz.gui.counters import CountersPanel
    from relayviz.gui.log import LogPanel
    from tests.gui.conftest import Driver

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def log_of(driver: Driver) -> LogPanel:
    return driver.window.docks["log"].panel  # type: ignore[return-value]


def cell(driver: Driver, cpu: int, heading: str) -> str:
    panel: CountersPanel = driver.window.docks["counters"].panel  # type: ignore[assignment]
    model = panel.model
    headings = [
        model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())
    ]
    return str(model.data(model.index(cpu, headings.index(heading))))


def test_first_start_shows_a_filled_channel_and_what_to_press(driver: Driver) -> None:
    assert driver.window.isVisible()
    assert driver.window.welcome.isVisible()
    assert driver.snapshot.step > 40
    assert driver.snapshot.reserved
    assert any(driver.snapshot.total_lost(row).events for row in range(driver.snapshot.rows))
    assert not any(step.result.outcome is Outcome.ERROR for step in driver.engine.history.steps)


def test_the_first_steps_once_put_away_stay_away(driver: Driver) -> None:
    button = driver.window.welcome.findChild(QAbstractButton)
    assert isinstance(button, QAbstractButton)
    buttons = [one for one in driver.window.welcome.findChildren(QAbstractButton) if one.text()]
    driver.click(buttons[0])
    assert not driver.window.welcome.isVisible()
    driver.stop()
    driver.start()
    assert not driver.window.welcome.isVisible()
    driver.trigger("help.welcome")
    assert driver.window.welcome.isVisible()


def test_a_key_writes_and_everything_shows_it(driver: Driver) -> None:
    before, lines = driver.snapshot.step, log_of(driver).model.rowCount()
    offset = cell(driver, 0, "tried")
    driver.press(Key.Key_W)
    assert driver.snapshot.step == before + 1
    assert driver.snapshot.made_by.operation.kind is Kind.WRITE
    assert log_of(driver).model.rowCount() == lines + 1
    assert cell(driver, 0, "tried") == str(int(offset) + 1)
    assert driver.snapshot.result.words in driver.window.status.words.text()
    assert driver.window.channels.slider.value() == before + 1


def test_a_button_does_the_same_as_its_key(driver: Driver) -> None:
    before = driver.snapshot.step
    driver.click(driver.button("op.write"))
    driver.click(driver.button("op.reserve"))
    driver.click(driver.button("op.fill"))
    kinds = [step.operation.kind for step in driver.engine.history.path(0, before + 1)]
    assert kinds == [Kind.WRITE, Kind.RESERVE, Kind.FILL]


def test_all_cpus_makes_a_step_for_each(driver: Driver) -> None:
    before = driver.snapshot.step
    driver.click(driver.window.operations.all_cpus)
    driver.press(Key.Key_W)
    assert driver.snapshot.step == before + 4
    driver.press(Key.Key_A)
    assert not driver.controller.inputs.all_cpus


def test_letters_are_commands_even_in_a_number_field(driver: Driver) -> None:
    field = driver.window.operations.length
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "77")
    driver.press(Key.Key_W)
    assert driver.snapshot.made_by.operation.length == 77
    assert field.value() == 77


def test_letters_are_text_in_a_text_field(driver: Driver) -> None:
    before = driver.snapshot.step
    field = log_of(driver).filter
    field.setFocus()
    QTest.keyClicks(field, "wfx1")
    driver.settle()
    assert field.text() == "wfx1"
    assert driver.snapshot.step == before


def test_back_shows_the_state_before_and_forward_the_one_after(driver: Driver) -> None:
    driver.press(Key.Key_W)
    after = driver.snapshot
    driver.press(Key.Key_F11, Modifier.ShiftModifier)
    assert driver.snapshot.step == after.step - 1
    driver.press(Key.Key_F11)
    assert driver.snapshot.step == after.step
    assert (driver.snapshot.buffers == after.buffers).all()
    driver.press(Key.Key_Home)
    assert driver.snapshot.step == 0
    assert not driver.button("run.back").isEnabled()
    driver.press(Key.Key_End)
    assert driver.snapshot.step == after.step
    assert not driver.button("run.forward").isEnabled()


def test_acting_in_the_past_begins_a_branch_and_the_log_leads_back(driver: Driver) -> None:
    panel = log_of(driver)
    last, steps = driver.snapshot.step, panel.model.rowCount()
    driver.press(Key.Key_F11, Modifier.ShiftModifier)
    driver.press(Key.Key_F11, Modifier.ShiftModifier)
    driver.press(Key.Key_W)
    assert driver.snapshot.branch == 1
    assert panel.model.rowCount() == steps + 1
    assert "2 branches" in panel.detail
    index = panel._shown.mapFromSource(panel.model.index(steps - 1, 1))
    panel.table.scrollTo(index)
    spot = panel.table.visualRect(index).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    driver.settle()
    assert (driver.snapshot.branch, driver.snapshot.step) == (0, last)


def test_the_slider_seeks(driver: Driver) -> None:
    slider: QSlider = driver.window.channels.slider
    slider.setFocus()
    driver.press(Key.Key_Left)
    assert driver.snapshot.step == driver.snapshot.last_step - 1
    slider.setValue(3)
    driver.settle()
    assert driver.snapshot.step == 3
    assert "step 3 of" in driver.window.channels._label.text()


def test_the_slider_is_there_for_a_channel_only(driver: Driver) -> None:
    slider: QSlider = driver.window.channels.slider
    assert slider.isEnabled()
    driver.controller.close_tab(0)
    driver.settle()
    assert not slider.isEnabled()


def test_the_mode_switch_is_an_operation(driver: Driver) -> None:
    buttons = driver.window.channels.mode.findChildren(QAbstractButton)
    by_text = {button.text(): button for button in buttons}
    assert by_text["no-overwrite"].isChecked()
    driver.click(by_text["overwrite"])
    assert driver.snapshot.mode.value == Mode.OVERWRITE
    assert driver.snapshot.made_by.operation.kind is Kind.SET_MODE
    assert by_text["overwrite"].isChecked()
    assert not by_text["no-overwrite"].isChecked()
    driver.press(Key.Key_1)
    assert driver.snapshot.mode.value == Mode.NO_OVERWRITE
    step = driver.snapshot.step
    driver.press(Key.Key_1)
    assert driver.snapshot.step == step


def test_the_other_mode_in_a_second_tab(driver: Driver) -> None:
    step = driver.snapshot.step
    driver.trigger("file.other-mode")
    assert driver.window.channels.tabs.count() == 2
    assert driver.snapshot.mode.value == Mode.OVERWRITE
    assert driver.snapshot.step == step
    driver.trigger("file.next-tab")
    assert driver.snapshot.mode.value == Mode.NO_OVERWRITE
    driver.trigger("file.close-tab")
    assert driver.window.channels.tabs.count() == 1
    assert driver.snapshot.mode.value == Mode.OVERWRITE


def test_without_a_channel_each_place_says_what_to_do(driver: Driver) -> None:
    driver.press(Key.Key_W, Modifier.ControlModifier)
    assert driver.controller.snapshot is None
    assert "Ctrl+N" in driver.window.status.words.text()
    assert not driver.button("op.write").isEnabled()
    driver.press(Key.Key_W)
    driver.press(Key.Key_F11)
    assert driver.controller.snapshot is None


def test_choosing_a_row_chooses_the_cpu(driver: Driver) -> None:
    table = driver.window.docks["counters"].panel.findChild(QTableView)
    assert isinstance(table, QTableView)
    spot = table.visualRect(table.model().index(2, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert driver.controller.inputs.cpu == 2
    assert driver.controller.selection == (2, -1)
    driver.press(Key.Key_BracketRight)
    assert driver.controller.selection[0] == 3
    assert driver.window.operations.cpu.value() == 3
    assert table.currentIndex().row() == 3
    driver.press(Key.Key_Period)
    assert driver.controller.selection[1] >= 0


def test_a_typed_text_is_written(driver: Driver) -> None:
    driver.press(Key.Key_W, Modifier.ShiftModifier)
    dialog = driver.dialog()
    assert isinstance(dialog, Prompt)
    QTest.keyClicks(dialog.field, "hello")
    assert dialog.message.text() == "5 bytes"
    QTest.keyClick(dialog.field, Key.Key_Return)
    driver.settle()
    assert driver.snapshot.made_by.operation.data == b"hello"


def test_a_prompt_refuses_nonsense_beside_the_field(driver: Driver) -> None:
    driver.press(Key.Key_G, Modifier.ControlModifier)
    dialog = driver.dialog()
    assert isinstance(dialog, Prompt)
    before = driver.snapshot.step
    for bad in ("", "x", "-1", "99999999", "²", "1.5"):
        dialog.field.setText(bad)
        assert dialog.message.text().startswith("Type")
        QTest.keyClick(dialog.field, Key.Key_Return)
    driver.settle()
    assert driver.snapshot.step == before
    dialog.field.setText("7")
    QTest.keyClick(dialog.field, Key.Key_Return)
    driver.settle()
    assert driver.snapshot.step == 7


def test_the_palette_finds_and_runs(driver: Driver) -> None:
    driver.press(Key.Key_P, Modifier.ControlModifier | Modifier.ShiftModifier)
    palette = driver.dialog()
    assert isinstance(palette, Palette)
    QTest.keyClicks(palette.field, "flush")
    assert palette.list.currentItem().text().startswith("Flush")
    QTest.keyClick(palette.field, Key.Key_Return)
    driver.settle()
    assert driver.snapshot.made_by.operation.kind is Kind.FLUSH


def test_help_has_its_pages(driver: Driver) -> None:
    for page, text in (("keys", "Shift+F11"), ("words", "padding"), ("about", "MIT")):
        driver.trigger(f"help.{page}")
        dialog = driver.dialog()
        assert isinstance(dialog, HelpDialog)
        assert text in dialog.text.toPlainText()
        dialog.close()


def test_docks_hide_float_and_come_back(driver: Driver) -> None:
    for dock in DOCKS:
        frame = driver.window.docks[dock.id]
        is_there = dock.place(Arrangement.STEPPED).is_shown
        assert frame.isVisible() is is_there
        driver.trigger(f"dock.{dock.id}")
        assert frame.isVisible() is not is_there
    driver.window.docks["log"].setFloating(True)
    driver.trigger("view.reset")
    for dock in DOCKS:
        frame = driver.window.docks[dock.id]
        assert frame.isVisible() is dock.place(Arrangement.STEPPED).is_shown, dock.id
        assert not frame.isFloating()


def test_a_hidden_panel_catches_up(driver: Driver) -> None:
    driver.trigger("dock.log")
    lines = log_of(driver).model.rowCount()
    driver.press(Key.Key_W)
    assert log_of(driver).model.rowCount() == lines
    driver.trigger("dock.log")
    assert log_of(driver).model.rowCount() == lines + 1


def test_layout_operands_and_theme_are_there_again(driver: Driver) -> None:
    driver.trigger("dock.counters")
    driver.window.operations.length.setValue(333)
    driver.trigger("theme.light")
    driver.stop()
    assert driver.settings.load() == Settings(theme="light")
    driver.start()
    assert not driver.window.docks["counters"].isVisible()
    assert driver.window.operations.length.value() == 333
    assert driver.controller.themes.choice == "light"
    driver.trigger("theme.system")


def test_a_broken_session_is_set_aside(driver: Driver) -> None:
    driver.stop()
    driver.session.path.write_text("{broken", encoding="utf-8")
    driver.start()
    assert "session.json" in driver.window.status.words.text()
    assert driver.session.path.with_suffix(".unreadable.json").exists()


def test_copying_takes_the_lines_of_the_table(driver: Driver) -> None:
    table = log_of(driver).table
    table.setFocus()
    table.selectRow(1)
    assert "relay_write" in table.copied()
    driver.press(Key.Key_C, Modifier.ControlModifier)
    assert "Copied 1 line" in driver.window.status.words.text()


def test_what_takes_the_keyboard_has_a_name(driver: Driver) -> None:
    assert [
        widget
        for widget in driver.window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)())
        and not isinstance(widget.parent(), QTableView)
        and not (isinstance(widget, QLineEdit) and widget.objectName() == "qt_spinbox_lineedit")
    ] == []


def test_every_dock_can_be_given_the_keyboard(driver: Driver) -> None:
    for number, dock in enumerate(DOCKS):
        if number < 10:
            driver.press(Qt.Key(Key.Key_0 + (number + 1) % 10), Modifier.AltModifier)
        else:
            driver.trigger(f"focus.{dock.id}")
        focused = driver.window.focusWidget()
        assert focused is not None
        assert driver.window.docks[dock.id].isAncestorOf(focused), dock.id


def test_tables_copy_headings_when_nothing_is_chosen(driver: Driver) -> None:
    table = driver.window.docks["counters"].panel.findChild(Table)
    assert isinstance(table, Table)
    table.clearSelection()
    assert table.copied().startswith("cpu\toffset\tprod")


def test_dialogs_do_not_block(driver: Driver) -> None:
    for action in ("file.new", "op.write-text", "mode.python", "help.keys"):
        driver.trigger(action)
        dialog = driver.dialog()
        assert isinstance(dialog, QDialog)
        assert dialog.isVisible()
        QTest.keyClick(dialog, Key.Key_Escape)
        assert not dialog.isVisible()
