"""Each dock, dialog and menu is as it was described when somebody last looked at it.

After a change that is meant: RELAYVIZ_DESCRIBE=1 python -m pytest tests/gui/whole/test_described.py
writes the descriptions; read what `git diff` shows of them.
"""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QFontInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit

from tests.capture.test_truth import LOSSY, files
from tests.gui.alive import windows
from tests.gui.dragging import drop
from tests.gui.inside.seen import show
from tests.gui.lesson.test_lesson import LESSON, lesson_of, take
from tests.gui.test_kernels import choose, looked, where
from tests.gui.whole.described import described
from tests.gui.whole.noting import Noting
from tests.gui.whole.test_widgets import dialogs
from tests.kernel.dumps import FIVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu

    from relayviz.gui.docks.docks import DockFrame
    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

FOLDER = Path(__file__).parent / "descriptions"
FONT = "DejaVu Sans"
AT = re.compile(r"painted at \w+ \(Qt [\d.]+\)$")
LOOKS = {"file.attach"}  # for what is on this machine, meanwhile
ABOUT_FILES = ("file.", "export.", "recording.")
HOW = "RELAYVIZ_DESCRIBE=1 python -m pytest tests/gui/whole/test_described.py"


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Threads of captures and kernels end by themselves after their tab was closed."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(("capture", "kernel")):
            thread.join(5)


def compare(name: str, parts: Iterable[tuple[str, list[str]]], folder: Path) -> None:
    """Hold a description against that which was kept, or write it."""
    lines = [line for title, told in parts for line in ("", f"# {title}", "", *told)][1:]
    found = [_anywhere(line, folder) for line in lines]
    path = FOLDER / f"{name}.txt"
    if os.environ.get("RELAYVIZ_DESCRIBE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(found) + "\n", encoding="utf-8")
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if QFontInfo(QApplication.font()).family() != FONT:  # how much has room depends on it
        found, kept = ([line for line in one if "painted" not in line] for one in (found, kept))
    if not any(line.endswith(f"(Qt {qVersion()})") for line in kept):
        found, kept = ([line for line in one if not AT.search(line)] for one in (found, kept))
    assert found == kept, f"If it is meant so: {HOW}"


def _anywhere(line: str, folder: Path) -> str:
    """Leave out what is of this machine."""
    line = line.replace(str(folder), "FOLDER").replace(str(Path.cwd()), "HERE").rstrip()
    return re.sub(r"\bfake\d+-", "fake-", re.sub(r", width=\d+", "", line))


def docks(driver: Driver) -> Iterator[tuple[str, list[str]]]:
    """Describe each dock that there is, in front and with the keyboard; then what is around."""
    driver.window.reset_layout()
    for name, frame in driver.window.docks.items():
        if frame.toggleViewAction().isVisible():
            driver.window.focus_dock(name)
            driver.settle()
            QTest.qWait(1)
            yield name, [frame.panel.detail, *described(frame.panel)]
    window = driver.window
    for bar in (window.operations, window.live, window.replay, window.channels, window.statusBar()):
        if bar.isVisible():
            yield type(bar).__name__, described(bar)


def used(driver: Driver) -> Iterator[tuple[str, list[str]]]:
    """Describe those docks that are not as they are while nothing is open."""
    text = (FOLDER / "nothing.txt").read_text(encoding="utf-8")
    for name, told in docks(driver):
        if "\n".join(("", f"# {name}", "", *told)) not in f"\n{text}":
            yield name, told


def files_asked(driver: Driver, names: Iterable[str]) -> Iterator[str]:
    """Open the dialogs about files that some actions open; say what they ask for."""
    for name in names:
        driver.window.actions_made[name].trigger()
        QTest.qWait(0)
        for one in windows():
            if isinstance(one, QFileDialog) and one.isVisible():
                yield f"{name}: {file_dialog(one)}"
            if isinstance(one, QDialog) and one.isVisible():
                QTest.keyClick(one, Qt.Key.Key_Escape)
        driver.settle()


def file_dialog(shown: QFileDialog) -> str:
    """Say what a dialog asks for."""
    name = shown.findChild(QLineEdit, "fileNameEdit")
    assert isinstance(name, QLineEdit)
    facts = (shown.windowTitle(), shown.acceptMode().name, shown.fileMode().name)
    more = (shown.nameFilters(), shown.defaultSuffix(), name.text())
    return ", ".join(map(str, (*facts, *more)))


def test_nothing_open(driver: Driver, tmp_path: Path) -> None:
    driver.window.desk.discard()
    while driver.controller.tabs:
        driver.controller.close_tab(0)
        driver.settle()
    frames = ((f"around {name}", _bare(frame)) for name, frame in driver.window.docks.items())
    compare("nothing", (*docks(driver), *frames), tmp_path)


def _bare(frame: DockFrame) -> list[str]:
    return [*described(frame)[:1], *described(frame.titleBarWidget())]


def test_a_stepped_channel(stepped: Driver, tmp_path: Path) -> None:
    compare("stepped", used(stepped), tmp_path)


def test_a_live_channel(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    files = ("files", list(files_asked(live, ["recording.record"])))
    compare("live", (*used(live), files), tmp_path)


def test_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    driver.press(Qt.Key.Key_End)
    compare("capture", used(driver), tmp_path)


def test_a_kernel(driver: Driver, tmp_path: Path) -> None:
    dialog = looked(driver, where(FIVE, tmp_path))
    told = [("dialog", described(dialog))]
    choose(driver, dialog, "noover")
    files = ("files", list(files_asked(driver, ["file.save-seen"])))
    compare("kernel", (*told, *used(driver), files), tmp_path)


def test_inside_an_operation(driver: Driver, tmp_path: Path) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    files = ("files", list(files_asked(driver, ["file.save-as"])))
    compare("inside", (*used(driver), files), tmp_path)


def test_a_lesson(driver: Driver, tmp_path: Path) -> None:
    take(driver, lesson_of(LESSON))
    compare("lesson", used(driver), tmp_path)


def test_the_dialogs(stepped: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})  # of any machine
    told = ((name, described(one)) for name, one in dialogs(stepped) if name not in LOOKS)
    compare("dialogs", told, tmp_path)


def others(driver: Driver) -> Iterator[tuple[str, list[str]]]:
    """Describe those dialogs that are not as they are beside a stepped channel."""
    text = (FOLDER / "dialogs.txt").read_text(encoding="utf-8")
    for name, one in dialogs(driver):
        told = described(one)
        if name not in LOOKS and "\n".join(("", f"# {name}", "", *told)) not in f"\n{text}":
            yield name, told


def test_the_dialogs_of_a_live_channel(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    compare("dialogs-live", others(live), tmp_path)


def test_the_dialogs_inside_an_operation(driver: Driver, tmp_path: Path) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    compare("dialogs-inside", others(driver), tmp_path)


def test_the_dialogs_of_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    driver.press(Qt.Key.Key_End)
    compare("dialogs-capture", others(driver), tmp_path)


def test_the_dialogs_of_a_lesson(driver: Driver, tmp_path: Path) -> None:
    take(driver, lesson_of(LESSON))
    compare("dialogs-lesson", others(driver), tmp_path)


def test_files_that_are_asked_for(stepped: Driver, tmp_path: Path) -> None:
    made = stepped.window.actions_made
    names = (one.id for one in made.table if one.title.endswith("…") and made[one.id].isEnabled())
    asked = files_asked(stepped, [name for name in names if name.startswith(ABOUT_FILES)])
    compare("files", [("files", list(asked))], tmp_path)


def test_the_menus(driver: Driver, tmp_path: Path) -> None:
    bar = driver.window.menuBar()
    told = (menu_entry(one, "") for one in bar.actions())
    compare("menus", (("menus", [line for lines in told for line in lines]),), tmp_path)


def done(driver: Driver, names: Iterable[str]) -> list[str]:
    """Say what some actions ask of the window, without doing it."""
    lines, notes = [], list[str]()
    shell = Noting(driver.window, notes)
    table = {action.id: action for action in driver.window.actions_made.table}
    for name in names:
        table[name].run(shell)  # type: ignore[arg-type]
        lines.append(f"{name}: {'; '.join(notes)}")
        notes.clear()
    return lines


def test_what_actions_do(stepped: Driver, tmp_path: Path) -> None:
    names = [action.id for action in stepped.window.actions_made.table]
    at_rest = done(stepped, names)
    stepped.controller.set_inputs(cpu=1, length=33, all_cpus=True)
    stepped.controller.select(1, 3)
    others = done(stepped, names)
    show(stepped, "destroyed")
    stepped.controller.seek(7)
    stepped.settle()
    inside = done(stepped, names)
    parts = [
        ("with cpu 0", at_rest),
        ("all CPUs, 33 B", [one for one in others if one not in at_rest]),
        ("inside an operation", [one for one in inside if one not in at_rest + others]),
    ]
    compare("actions", parts, tmp_path)


def menu_entry(action: QAction, indent: str) -> list[str]:
    """Describe an entry of a menu, and what is in it."""
    if action.isSeparator():
        return [f"{indent}-"]
    keys = ", ".join(key.toString() for key in action.shortcuts())
    facts = {
        keys: bool(keys),
        "checkable": action.isCheckable() and not action.isChecked(),
        "checked": action.isChecked(),
        "off": not action.isEnabled(),
        "hidden": not action.isVisible(),
        f"tip {action.toolTip()!r}": action.toolTip() != action.text().replace("&", ""),
        f"status {action.statusTip()!r}": bool(action.statusTip()),
        "picture": not action.icon().isNull(),
    }
    line = ", ".join([indent + action.text(), *(fact for fact, holds in facts.items() if holds)])
    menu: QMenu | None = action.menu()  # type: ignore[assignment]
    inner = [] if menu is None else menu.actions()
    return [line, *(each for one in inner for each in menu_entry(one, f"{indent}  "))]
