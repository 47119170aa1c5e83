"""Inside operations as in Step: named steps, conditions that F5 stops at, what-if, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from relayviz.gui.inside.finding import FindDialog
from relayviz.gui.prompts.prompts import Prompt
from relayviz.gui.sessions.questions import ListQuestion
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.inside.examples import example_text
from tests.gui.inside.seen import engine_of, is_changed, scene, show, source

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QMenu
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def said(driver: Driver) -> str:
    return driver.window.status.words.text()


def at(driver: Driver) -> tuple[int, int]:
    return driver.snapshot.branch, driver.snapshot.step


def log_menu(driver: Driver, step: int) -> QMenu:
    """What the log offers for a step of the branch shown."""
    step_there = engine_of(driver).steps.at(driver.snapshot.branch, step)
    menu: QMenu = driver.window.docks["log"].panel.step_menu(step_there)  # type: ignore[attr-defined]
    return menu


def offered(driver: Driver, step: int) -> list[str]:
    return [one.text() for one in log_menu(driver, step).actions()]


def made(driver: Driver) -> list[int]:
    """Who makes each step of the branch shown."""
    engine = engine_of(driver)
    return [engine.actor_of(one.id) for one in engine.steps.path(driver.snapshot.branch, 1)]


def choose(driver: Driver, step: int, words: str) -> None:
    menu = log_menu(driver, step)
    next(one for one in menu.actions() if one.text() == words).trigger()
    driver.settle()


def answer(driver: Driver, text: str) -> None:
    prompt = driver.dialog()
    assert isinstance(prompt, Prompt)
    prompt.field.setText(text)
    prompt._answer()
    driver.settle()


# ---------------------------------------------------------------- F5 and conditions


def test_run_goes_to_where_a_condition_begins_to_hold_and_back(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.press(Key.Key_F5)
    assert at(driver) == (0, 12)
    assert said(driver) == "There is no breakpoint in force: this is the end of the branch."
    driver.press(Key.Key_F5, SHIFT)
    assert at(driver) == (0, 0)
    panel = driver.window.docks["breakpoints"].panel
    panel.field.setText("destroyed > 0")  # type: ignore[attr-defined]
    panel._add_condition()  # type: ignore[attr-defined]
    driver.press(Key.Key_F5)
    engine, first = engine_of(driver), driver.snapshot.step
    assert said(driver) == f"Stopped at step {first}: destroyed > 0, hit 1."
    counts = []
    for step in range(13):
        engine.seek(step)
        driver.settle()
        counts.append(scene(driver).judged["destroyed"])
    assert counts.index(1) == first
    driver.press(Key.Key_F5, SHIFT)
    assert driver.snapshot.step == first
    driver.press(Key.Key_F5, SHIFT)
    assert driver.snapshot.step == 0
    assert said(driver) == "No breakpoint was hit on the way to the opening."


def test_conditions_can_ask_who_moved_and_where_to(driver: Driver) -> None:
    engine = show(driver, "destroyed")
    notebook = driver.controller.notebook
    columns = notebook.columns()
    assert columns is not None
    steps = engine.steps.path(0, 1)
    names = [one.name for one in engine.session.actors]
    assert columns.of("actor").tolist() == ["", *(names[engine.actor_of(one.id)] for one in steps)]
    driver.trigger("run.find")
    found = notebook.find("actor == 'irq'", "first")
    driver.settle()
    assert driver.snapshot.step == 5
    assert found == "Step 5: number 1 of 6 steps at which it holds, 5 to 10."
    notebook.find("stop == 'WRITE_COPIED' and actor == 'task'", "first")
    driver.settle()
    assert scene(driver).actors[0].stop == "WRITE_COPIED"


def test_run_stops_at_probes_that_were_clicked(driver: Driver) -> None:
    engine = show(driver, "destroyed")
    place = next(one for one in engine.places if one.stop == "WRITE_COPIED")
    panel = source(driver)
    panel._open(place.file)
    panel._clicked(panel.lines.index(place.line - 1, 2))
    driver.settle()
    driver.press(Key.Key_F5)
    assert (driver.snapshot.step, scene(driver).actor) == (4, "task")
    assert said(driver) == "Stopped at step 4: a breakpoint in Source, hit 1."
    driver.press(Key.Key_F5)
    assert (scene(driver).actor, scene(driver).actors[1].stop) == ("irq", "WRITE_COPIED")
    driver.press(Key.Key_F5)
    assert said(driver) == "No breakpoint was hit on the way to the end of the branch."


def test_figures_are_plotted(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.controller.notebook.add_watch("offset[0]")
    driver.controller.notebook.add_watch("destroyed")
    driver.window.focus_dock("watches")
    driver.settle()
    rows = driver.window.docks["watches"].panel.exported_rows()
    assert rows is not None
    plotted = [list(row) for row in rows.lines]
    driver.press(Key.Key_End)
    assert plotted[-1] == [12, int(driver.snapshot.buffers["offset"][0]), 1]
    assert plotted[0] == [0, 0, 0]


# ---------------------------------------------------------------- names, expectations, files


def test_names_and_expectations_are_kept_in_the_schedule(
    driver: Driver, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.inside.toml"
    path.write_text(example_text("inside/destroyed"))
    driver.window.desk.open(path)
    driver.settle()
    notebook = driver.controller.notebook
    brought = [one.that for one in notebook.notes.expectations]
    assert brought[0] == "destroyed == 0 and offset == 0"
    assert [one.at.step for one in notebook.notes.expectations] == [4, 10, 12]
    assert not is_changed(driver)
    driver.controller.seek(3)
    driver.settle()
    driver.trigger("run.mark")
    answer(driver, "half copied # 1")
    driver.trigger("run.expect")
    answer(driver, "offset == 0")
    assert is_changed(driver)
    driver.trigger("run.check")
    assert said(driver) == "All is as expected: 4 expectations."
    notebook.add_watch("offset")
    notebook.add_breakpoint(Breakpoint(On.WHEN, "changed(offset)"))
    driver.trigger("file.save")
    qtbot.waitUntil(lambda: not is_changed(driver))
    lines = path.read_text().splitlines()
    first = lines.index("step task times=3")
    assert lines[first + 1 : first + 4] == [
        "mark half copied # 1",
        "expect offset == 0",
        "step task",
    ]
    notes = notebook.notes
    driver.window.desk.open(path)
    driver.settle()
    assert notebook.notes == notes


def test_named_steps_are_gone_to(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.controller.seek(3)
    driver.settle()
    driver.controller.notebook.mark("half copied")
    flags = driver.window.docks["timeline"].panel._flags  # type: ignore[attr-defined]
    assert flags.isVisible()
    assert flags.accessibleDescription() == "half copied at step 3, 0 hits"
    driver.press(Key.Key_End)
    driver.trigger("run.marker")
    question = driver.dialog()
    assert isinstance(question, ListQuestion)
    assert question.list.item(0).text() == "step 3  half copied"
    question.accept()
    driver.settle()
    assert driver.snapshot.step == 3


def test_what_does_not_hold_is_gone_to(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.controller.seek(4)
    driver.settle()
    driver.controller.notebook.expect("offset == 16")
    driver.press(Key.Key_Home)
    driver.trigger("run.check")
    driver.settle()
    assert driver.snapshot.step == 4
    assert said(driver) == "✕ Step 4: expected offset == 16, but offset = 0."


def test_an_expectation_cannot_ask_what_a_schedule_does_not_know(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.trigger("run.expect")
    prompt = driver.dialog()
    assert isinstance(prompt, Prompt)
    prompt.field.setText("actor == 'irq'")
    assert "actor" in prompt.message.text()
    assert not prompt.buttons.button(prompt.buttons.StandardButton.Ok).isEnabled()


def test_lines_are_copied(driver: Driver) -> None:
    engine = show(driver, "destroyed")
    driver.trigger("edit.copy-lines")
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines() == engine.schedule()
    assert said(driver) == "Copied 6 lines: the schedule of the branch shown."


# ---------------------------------------------------------------- what-if


def test_what_if_a_step_comes_later_or_not_at_all(driver: Driver) -> None:
    engine = show(driver, "destroyed")
    assert [name for name in offered(driver, 4) if name.startswith("What if")] == [
        "What if: skip it",
        "What if: after the next one",
        "What if: before it a step of",
    ]
    assert "What if: after the next one" not in offered(driver, 2)  # two steps of one actor
    choose(driver, 4, "What if: after the next one")
    assert made(driver) == [0, 0, 0, 1]
    assert "task cannot move: irq runs in an interrupt on its CPU" in said(driver)
    assert engine.steps.branches[driver.snapshot.branch].title == "step 4 after 5"
    driver.press(Key.Key_Z, CTRL)
    assert at(driver) == (0, 0)
    assert len(engine.steps.lines) == 1
    choose(driver, 12, "What if: skip it")
    assert at(driver) == (0, 11)
    assert "Nobody else moves after it" in said(driver)


def test_what_if_others_come_first(driver: Driver) -> None:
    engine = show(driver, "torn-map")
    before = made(driver)
    number = before.index(1) + 2  # a step of the writer before the reader's second one
    menu = log_menu(driver, number)
    others = next(one for one in menu.actions() if one.text() == "What if: before it a step of")
    (writer,) = others.menu().actions()  # type: ignore[attr-defined]
    writer.trigger()
    driver.settle()
    assert made(driver)[:number] == [*before[: number - 1], 0]
    title = engine.steps.branches[driver.snapshot.branch].title
    assert title == f"before step {number} a step of writer"


def test_what_if_another_rule_held(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.press(Key.Key_End)
    driver.trigger("run.what-if")
    prompt = driver.dialog()
    assert isinstance(prompt, Prompt)
    assert prompt.field.text().startswith("rule=kernel subbuf_size=64 n_subbufs=2")
    prompt.field.setText("rule=nonsense")
    assert "There is no rule" in prompt.message.text()
    answer(driver, "rule=library")
    assert driver.controller.tab is not None
    assert driver.controller.tab.title.startswith("rule=library: An interrupt destroys")
    assert scene(driver).rule == "library"
    assert scene(driver).warning == ""
    assert driver.snapshot.step == driver.snapshot.last_step == 19  # there are other stops
    assert scene(driver).actors[0].begun == 1


# ---------------------------------------------------------------- undo, branches


def test_steps_are_undone_and_done_again(driver: Driver) -> None:
    engine = show(driver, "destroyed")
    driver.press(Key.Key_2)
    driver.press(Key.Key_2)
    assert at(driver) == (1, 2)
    driver.press(Key.Key_Z, CTRL)
    assert at(driver) == (1, 1)
    assert said(driver) == "Undone: step of irq. Ctrl+Shift+Z brings it back."
    assert driver.snapshot.last_step == 1
    driver.press(Key.Key_Z, CTRL)
    assert at(driver) == (0, 0)
    assert driver.snapshot.last_step == 12
    driver.press(Key.Key_Z, CTRL | SHIFT)
    driver.press(Key.Key_Z, CTRL | SHIFT)
    assert at(driver) == (1, 2)
    driver.press(Key.Key_Z, CTRL)
    driver.press(Key.Key_1)  # cannot: an interrupt runs on its CPU, and nothing is to be undone
    driver.press(Key.Key_2)
    again = driver.snapshot.branch
    assert driver.snapshot.step == 2
    assert engine.schedule() == ["step irq times=2"]
    driver.trigger("run.delete-branch")
    assert engine.steps.line_of(again) == 0
    assert said(driver).startswith("Deleted: branch 1, from step 0. Ctrl+Z")


def test_what_an_actor_that_cannot_move_is_asked_is_nothing_to_undo(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.controller.seek(6)
    driver.settle()
    driver.press(Key.Key_1)
    assert "cannot move" in said(driver)
    assert not driver.window.what_if.can_undo


# ---------------------------------------------------------------- workers


def test_several_look_for_a_schedule(driver: Driver, qtbot: QtBot) -> None:
    show(driver, "destroyed")
    driver.trigger("inside.find")
    dialog = driver.dialog()
    assert isinstance(dialog, FindDialog)
    dialog.pruning.setCurrentText("orders that can differ")
    assert not dialog.workers.isEnabled()
    dialog.pruning.setCurrentText("each state once")
    dialog.workers.setValue(2)
    dialog.look.click()
    assert not dialog.workers.isEnabled()
    assert dialog.look.text() == "&Stop"
    qtbot.waitUntil(lambda: dialog.answer is not None, timeout=60_000)
    assert "by 2 workers that count for themselves" in dialog.says.text()
    dialog.show_it.click()
    driver.settle()
    assert scene(driver).judged["destroyed"] == 1
    assert said(driver).endswith("The last step is shown: go back from it.")
    driver.trigger("edit.undo")
    assert at(driver) == (0, 0)
    assert said(driver).startswith("Undone: the schedule for destroyed > 0.")
