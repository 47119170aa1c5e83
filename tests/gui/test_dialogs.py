"""Each dialog that an action opens: nothing in it lies over anything else."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from relayviz.gui.actions import actions
from relayviz.gui.docks.docks import TELLS, TITLES
from relayviz.gui.shell.engines import KINDS
from tests.gui.alive import windows

if TYPE_CHECKING:
    from tests.gui.conftest import Driver


def opened() -> list[QDialog]:
    widgets = windows()
    return [one for one in widgets if isinstance(one, QDialog) and one.isVisible()]


def parts(dialog: QDialog) -> list[QWidget]:
    found = [one for one in dialog.children() if isinstance(one, QWidget)]
    return [one for one in found if one.isVisible() and not one.isWindow()]


def test_nothing_lies_over_anything_else(driver: Driver) -> None:
    seen = 0
    for action in actions(KINDS, TITLES, TELLS):
        made = driver.window.actions_made[action.id]
        if not action.title.endswith("…") or not made.isEnabled():
            continue
        made.trigger()
        QTest.qWait(0)
        for dialog in opened():
            if not isinstance(dialog, QFileDialog):  # which is Qt's own
                seen += 1
                assert dialog.windowTitle(), action.id
                for one, other in combinations(parts(dialog), 2):
                    where = (action.id, one, other)
                    assert not one.geometry().intersects(other.geometry()), where
            dialog.close()
        driver.settle()
    assert seen > 10
