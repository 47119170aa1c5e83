"""Files of sessions inside operations: Python that is confirmed first, others that write them."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from relayviz.gui.inside.finding import FindDialog
from relayviz.gui.sessions.changed import ChangedQuestion
from relayviz.gui.sessions.questions import PythonQuestion
from relayviz.model.inside.examples import example_text
from tests.gui.inside.seen import engine_of, is_changed, log, scene, show

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

GATE = threading.Event()
PYTHON = '''relayviz = 1
[channel]
subbuf_size = 16
n_subbufs = 2
cpus = 1
mode = "python"
source = "mine"
[sources]
mine = """
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    BODY
    return 1
"""
[inside]
rule = "kernel"
[[actor]]
name = "task"
queue = "write 16 times=3"
'''


def opened(driver: Driver, path: Path) -> None:
    driver.window.desk.open(path)
    driver.settle()


def confirm(driver: Driver, qtbot: QtBot, path: Path, body: str) -> None:
    """Open a session with Python, and run it."""
    path.write_text(PYTHON.replace("BODY", body))
    tabs = len(driver.controller.tabs)
    opened(driver, path)
    question = driver.dialog()
    assert isinstance(question, PythonQuestion)
    assert len(driver.controller.tabs) == tabs
    question.run_button.click()
    qtbot.waitUntil(lambda: len(driver.controller.tabs) > tabs)
    driver.settle()


# ---------------------------------------------------------------- Python


def test_python_is_run_when_it_was_confirmed_and_not_before(
    driver: Driver, qtbot: QtBot, tmp_path: Path
) -> None:
    path, ran = tmp_path / "mine.inside.toml", tmp_path / "ran"
    body = f"with open({str(ran)!r}, 'a') as file: file.write('x')"
    path.write_text(PYTHON.replace("BODY", body))
    opened(driver, path)
    question = driver.dialog()
    assert isinstance(question, PythonQuestion)
    assert "def subbuf_start(buf" in question.text.toPlainText()
    question.reject()
    driver.settle()
    assert not ran.exists()
    confirm(driver, qtbot, path, body)
    assert ran.read_text() == "x"  # at the opening
    engine = engine_of(driver)
    engine.run("task")
    engine.run("task")
    driver.settle()
    assert ran.read_text() == "xx"
    assert any("subbuf_start" in line and "asks" not in line for line in log(driver))
    driver.trigger("run.back")
    driver.trigger("run.end")
    assert ran.read_text() == "xx"  # going back and forward asks nobody


def test_python_that_loops_is_stopped_and_told(
    driver: Driver, qtbot: QtBot, tmp_path: Path
) -> None:
    loops = "while prev_subbuf is not None: pass"
    confirm(driver, qtbot, tmp_path / "mine.inside.toml", loops)
    engine = engine_of(driver)
    engine.run("task")
    engine.run("task")
    assert engine.wait_idle(30)
    driver.settle()
    found = [line for line in log(driver) if "TimeoutError" in line or "raised" in line]
    assert found, log(driver)[-5:]
    assert driver.snapshot.is_blocked(0)


def test_python_that_waits_for_ever_is_given_up(
    driver: Driver, qtbot: QtBot, tmp_path: Path
) -> None:
    GATE.clear()
    name = __name__
    waits = f"import {name} as here\n    prev_subbuf is not None and here.GATE.wait()"
    confirm(driver, qtbot, tmp_path / "mine.inside.toml", waits)
    engine = engine_of(driver)
    engine.run("task")
    driver.settle()
    engine.run("task")
    qtbot.waitUntil(lambda: driver.controller.is_stalled, timeout=20_000)
    assert "has not returned" in driver.window.status.words.text()
    driver.controller.give_up()
    driver.settle()
    step = driver.snapshot.step
    asking = scene(driver).actors[0].state
    engine.back()
    driver.settle()
    assert driver.snapshot.step == step - 1  # the window goes on
    assert asking == "asking"
    GATE.set()
    engine.end()
    engine.act("task")
    assert engine.wait_idle(20)
    assert engine.snapshot.step == step + 1  # it is asked again, and answers now


def test_no_order_is_looked_for_where_python_decides(
    driver: Driver, qtbot: QtBot, tmp_path: Path
) -> None:
    confirm(driver, qtbot, tmp_path / "mine.inside.toml", "pass")
    driver.trigger("inside.find")
    dialog = driver.dialog()
    assert isinstance(dialog, FindDialog)
    dialog.asked.setEditText("torn > 0")
    dialog.look.click()
    qtbot.waitUntil(lambda: "subbuf_start is in Python" in dialog.says.text())


# ---------------------------------------------------------------- files that others write


def test_what_others_wrote_is_not_discarded(driver: Driver, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.inside.toml"
    path.write_text(example_text("inside/torn-map"))
    opened(driver, path)
    engine_of(driver).act("reader")
    driver.settle()
    theirs = example_text("inside/torn-map").replace("A torn read", "Theirs: a torn read")
    path.write_text(theirs)
    driver.window.desk.save()
    qtbot.waitUntil(lambda: bool(driver.window.findChildren(ChangedQuestion)))
    question = driver.window.findChildren(ChangedQuestion)[-1]
    assert path.read_text() == theirs
    question.compare.click()
    assert '-title = "Theirs: a torn read' in question.text.toPlainText()
    assert "+step reader" in question.text.toPlainText()
    question.overwrite.click()
    qtbot.waitUntil(lambda: not is_changed(driver))
    assert "step reader" in path.read_text()
    assert "Theirs" not in path.read_text()


def test_comments_stay(driver: Driver, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.inside.toml"
    text = example_text("inside/torn-map").replace("cpus = 1\n", "cpus = 1  # one is enough\n")
    path.write_text(text)
    opened(driver, path)
    driver.controller.notebook.add_watch("offset")
    driver.window.desk.save()
    qtbot.waitUntil(lambda: not is_changed(driver))
    now = path.read_text()
    assert "cpus = 1  # one is enough\n" in now
    watches = re.compile(r'watches = \[\s*"offset",\s*\]')
    assert watches.search(now)
    assert watches.sub("", now).split() == text.split()


def test_what_the_code_was_is_told(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "old.inside.toml"
    code = 'digest = "0123456789abcdef"\ncode = "src/write.c 00000000"\n'
    path.write_text(example_text("inside/destroyed").replace("[inside]\n", f"[inside]\n{code}"))
    opened(driver, path)
    said = driver.window.docks["actors"].panel.warning.text()  # type: ignore[attr-defined]
    assert "made with other code of the core: 0123456789abcdef" in said
    assert "Of what it goes through: src/write.c is another one." in said


def test_forms_for_other_programs_are_refused_with_a_reason(driver: Driver) -> None:
    show(driver, "destroyed")
    for form in ("page", "perfetto", "parquet", "json"):
        driver.trigger(f"export.as-{form}")
        assert "has whole operations only" in driver.window.status.words.text()


def test_views_are_exported(driver: Driver, qtbot: QtBot, tmp_path: Path) -> None:
    show(driver, "torn-map")
    driver.controller.seek(40)
    driver.settle()
    found = {}
    for dock in ("actors", "source", "copy"):
        panel = driver.window.docks[dock].panel
        for suffix in ("csv", "svg", "png"):
            path = tmp_path / f"{dock}.{suffix}"
            driver.window.views.write(dock, panel, path)
            qtbot.waitUntil(path.exists)
        found[dock] = (tmp_path / f"{dock}.csv").read_text().splitlines()[1:]
        assert "step 40 of 43" in (tmp_path / f"{dock}.svg").read_text()
        assert not QImage(str(tmp_path / f"{dock}.png")).isNull()
    shown = scene(driver)
    assert [line.split(",")[0] for line in found["actors"]] == ["writer", "reader"]
    offset = next(one for one in shown.values if one.name == "offset")
    assert f"offset,{offset.value},{offset.actor},{offset.step}" in found["source"]
    (copy,) = shown.copies
    assert [line.split(",")[1] for line in found["copy"]] == [f"{one:02x}" for one in copy.data]
