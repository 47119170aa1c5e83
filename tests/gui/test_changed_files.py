"""A file that another program writes while it is open here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from relayviz.gui.sessions.changed import ChangedQuestion
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.session.file import load

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

FILE = """relayviz = 1
[channel]  # a comment
subbuf_size = 64
n_subbufs = 2
cpus = 1
[[branch]]
steps = '''
write 64 times=3
# another
write 1
'''
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.relay.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def opened(driver: Driver, file: Path, qtbot: QtBot) -> Driver:
    driver.window.desk.open(file)
    qtbot.waitUntil(
        lambda: driver.controller.tab is not None and driver.controller.tab.path == file
    )
    driver.settle()
    return driver


def test_saving_keeps_the_comments(opened: Driver, file: Path, qtbot: QtBot) -> None:
    opened.controller.submit(Operation(Kind.WRITE, 0, 9))
    opened.settle()
    opened.window.desk.save()
    tab = opened.controller.tab
    assert tab is not None
    qtbot.waitUntil(lambda: not tab.is_changed)
    text = file.read_text(encoding="utf-8")
    assert "[channel]  # a comment\n" in text
    assert "# another\nwrite 1\nwrite 9\n" in text


def other_program(file: Path) -> str:
    """Somebody else writes the file; what is in it then."""
    text = FILE.replace("relayviz = 1", 'relayviz = 1  # theirs\ntitle = "theirs"', 1)
    file.write_text(text, encoding="utf-8")
    return text


def asked(driver: Driver, qtbot: QtBot) -> ChangedQuestion:
    """Save, and return the question that comes."""
    driver.window.desk.save()
    qtbot.waitUntil(lambda: bool(driver.window.findChildren(ChangedQuestion)))
    return driver.window.findChildren(ChangedQuestion)[-1]


def test_what_others_wrote_is_not_discarded(opened: Driver, file: Path, qtbot: QtBot) -> None:
    opened.controller.submit(Operation(Kind.WRITE, 0, 9))
    opened.settle()
    theirs = other_program(file)
    question = asked(opened, qtbot)
    assert file.read_text(encoding="utf-8") == theirs
    assert question.save_as.isDefault()
    QTest.mouseClick(question.compare, Qt.MouseButton.LeftButton)
    lines = question.text.toPlainText().split("\n")
    assert '-title = "theirs"' in lines
    assert "+write 9" in lines
    question.reject()
    assert file.read_text(encoding="utf-8") == theirs
    tab = opened.controller.tab
    assert tab is not None
    assert tab.is_changed


def test_overwriting_and_saving_elsewhere_are_offered(
    opened: Driver, file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    opened.controller.submit(Operation(Kind.WRITE, 0, 9))
    opened.settle()
    tab = opened.controller.tab
    assert tab is not None
    theirs = other_program(file)
    QTest.mouseClick(asked(opened, qtbot).save_as, Qt.MouseButton.LeftButton)
    dialog = opened.window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(tmp_path / "mine.relay.toml"))
    dialog.reject()
    qtbot.waitUntil(lambda: not tab.is_changed)
    assert file.read_text(encoding="utf-8") == theirs
    assert load(tmp_path / "mine.relay.toml").lines[-1].operations[-1].length == 9
    # back to the first file, which it does not know any more: the file dialog asks about that
    opened.window.desk._write(tab, file, None)
    qtbot.waitUntil(lambda: tab.path == file)
    other_program(file)
    QTest.mouseClick(asked(opened, qtbot).overwrite, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: load(file).title != "theirs")
    opened.window.desk.save()
    opened.window.desk._writer.wait()
    assert load(file).lines[-1].operations[-1].length == 9
