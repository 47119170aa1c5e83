"""Copy as C, Copy as pytest: the branch shown becomes a program on the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from relayviz.gui.background import Background
from relayviz.gui.notice import Level
from relayviz.model.engine.captured import captured
from relayviz.model.numbers import grouped, plural
from relayviz.model.program.c import c_program
from relayviz.model.program.pytest import pytest_program
from relayviz.model.program.recorded import with_record

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab

NO_WAY_THERE = (
    "This channel began in the state of a running one: no operations lead there, so it cannot be"
    " saved or copied."
)


class Programs(QObject):
    """Makes programs of what the window shows; long ones beside it.

    Threads: the window's; the text is made in one of its own.
    """

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller

    def can_be_captured(self, tab: Tab) -> bool:
        """Return whether operations lead to what a tab shows; if none do, the user is told."""
        if tab.handed is not None:
            self._controller.notify(NO_WAY_THERE, Level.ERROR)
        return tab.handed is None

    def copy_lines(self) -> None:
        """Put the schedule that leads to the end of the branch shown on the clipboard."""
        tab = self._controller.tab
        engine = None if tab is None else tab.acting
        if tab is None or engine is None:
            return
        lines = engine.schedule(tab.notes)
        QGuiApplication.clipboard().setText("".join(f"{line}\n" for line in lines))
        words = plural(len(lines), "line")
        self._controller.notify(f"Copied {words}: the schedule of the branch shown.")

    def copy(self, kind: str) -> None:
        """Put the branch shown on the clipboard as a program, "C" or "pytest"."""
        tab, engine = self._controller.tab, self._controller.sought
        if tab is None or engine is None or not self.can_be_captured(tab):
            return
        notes, branch = tab.notes, engine.snapshot.branch
        program = c_program if kind == "C" else pytest_program

        def dropped(_text: str) -> None:
            """Nobody wants it any more."""

        def copied() -> str:
            return program(with_record(captured(engine, notes), engine, branch), branch)

        writing = Background(copied, dropped, self)
        writing.ended.connect(lambda error: self._copied(writing, kind, error))
        writing.start()

    def _copied(self, writing: Background[str], kind: str, error: BaseException | None) -> None:
        writing.deleteLater()
        if writing.result is None:
            self._controller.notify(f"Nothing was copied: {error}", Level.ERROR)
            return
        QGuiApplication.clipboard().setText(writing.result)
        lines = grouped(writing.result.count("\n"))
        self._controller.notify(f"Copied {lines} lines: the branch shown as {kind}.")
