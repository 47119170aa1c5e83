"""What the program does wrong itself: told, kept for a report, and Qt goes on."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize
from PySide6.QtWidgets import QWidget

from relayviz import gui
from relayviz.gui.faults import KEPT, FaultTeller, overrides

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

NOTHING: list[int] = []


class Wrong(QWidget):
    """Fails in C code while Qt shows and measures it: the process died of that."""

    def showEvent(self, event: object) -> None:  # noqa: N802  Qt's name
        print(NOTHING[2], event)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(NOTHING[2], 1)


class WrongModel(QAbstractListModel):
    """Fails where Qt has no answer of its own."""

    def rowCount(self, parent: object = None) -> int:  # noqa: N802  Qt's name
        return len(NOTHING) if parent is None else 1

    def data(self, index: object, role: int = 0) -> int:
        return NOTHING[role + len(str(index))]


def test_a_fault_in_what_qt_calls_does_not_end_the_process(
    qtbot: QtBot, capture: list[tuple[type, BaseException, object]]
) -> None:
    """The next widget is as good, Qt's own answer stands in, and Python's memory is whole."""
    for _ in range(20):
        wrong = Wrong()
        qtbot.addWidget(wrong)
        wrong.show()
        wrong.adjustSize()
        assert wrong.isVisible()
        assert wrong.sizeHint() == QWidget().sizeHint()
    gc.collect()
    assert {kind for kind, _, _ in capture} == {IndexError}
    assert len(capture) >= 20 * 3


def test_a_model_without_an_answer_has_none(
    capture: list[tuple[type, BaseException, object]],
) -> None:
    model = WrongModel()
    assert model.data(QModelIndex()) is None
    assert [str(fault) for _, fault, _ in capture] == ["list index out of range"]


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> list[tuple[type, BaseException, object]]:
    """The faults that reached the place for those that nobody handles."""
    seen: list[tuple[type, BaseException, object]] = []
    monkeypatch.setattr(sys, "excepthook", lambda *fault: seen.append(fault))
    return seen


def test_every_method_that_qt_calls_is_guarded(driver: Driver) -> None:
    """A name that is not in the list would be a way to end the process again."""
    del driver
    bare = []
    for module in pkgutil.walk_packages(gui.__path__, "relayviz.gui."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and one.__module__ == module.name:
                bare += [
                    f"{one.__qualname__}.{name}"
                    for name, method in overrides(one)
                    if not hasattr(method, "__wrapped__")
                ]
    assert bare == []


def test_a_fault_is_told_once_and_kept_for_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state" / "faults.txt"
    told: list[str] = []
    teller = FaultTeller(lambda text, _level: told.append(text), path)
    before, sys.excepthook = sys.excepthook, sys.__excepthook__
    teller.install()
    try:
        for _ in range(3):
            _fail()
        assert len(told) == 1
        assert "IndexError: list assignment index out of range" in told[0]
        assert str(path) in told[0]
        assert path.read_text("utf-8").count("Traceback") == 1
        for size in range(300):
            _fail(f"{size}x" + "y" * 300)
        assert KEPT // 2 < path.stat().st_size <= KEPT
    finally:
        teller.end()
        assert sys.excepthook is sys.__excepthook__
        sys.excepthook = before
    assert capsys.readouterr().err.count("IndexError") == 3


def test_a_thread_that_ends_by_a_fault_is_told(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the thread of the window, and in its words: an engine would be silent from now on."""
    printed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", printed.append)
    told: list[tuple[str, threading.Thread]] = []
    teller = FaultTeller(
        lambda text, _level: told.append((text, threading.current_thread())), tmp_path / "faults"
    )
    teller.install()
    try:
        thread = threading.Thread(target=NOTHING.__getitem__, args=(3,), name="an engine")
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: bool(told))
    finally:
        teller.end()
    ((text, where),) = told
    assert "IndexError: list index out of range (the thread “an engine” ended)" in text
    assert where is threading.current_thread()
    assert len(printed) == 1
    assert "IndexError" in (tmp_path / "faults").read_text("utf-8")
    assert threading.excepthook == printed.append


def test_a_fault_is_told_where_nothing_can_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    teller = FaultTeller(lambda text, _level: told.append(text), tmp_path / "file" / "faults.txt")
    before, sys.excepthook = sys.excepthook, sys.__excepthook__
    teller.install()
    try:
        _fail()
    finally:
        teller.end()
        sys.excepthook = before
    assert "on standard error only" in told[0]
    assert "IndexError" in capsys.readouterr().err


def _fail(text: str = "0") -> None:
    try:
        NOTHING[int(text, 10 if text == "0" else 2)] = 1
    except (IndexError, ValueError):
        sys.excepthook(*sys.exc_info())
