"""Widgets are listed in one place, while Python collects nothing."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.alive import all_widgets, windows

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
HERE = ("tests/gui/alive.py", "tests/gui/test_alive.py")


def test_nothing_is_collected_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    was_on = list[bool]()

    def listed() -> list[QWidget]:
        was_on.append(gc.isenabled())
        return []

    for name, ask in (("allWidgets", all_widgets), ("topLevelWidgets", windows)):
        monkeypatch.setattr(QApplication, name, listed)
        assert ask() == []
        assert gc.isenabled()
    assert was_on == [False, False]


def test_nobody_asks_qt_for_them_elsewhere() -> None:
    """A window that nobody holds is collected now and then: its test would fail once a month."""
    asked = {
        path.relative_to(ROOT).as_posix()
        for folder in ("relayviz", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"allWidgets|topLevelWidgets", path.read_text(encoding="utf-8"))
    }
    assert asked == set(HERE)
