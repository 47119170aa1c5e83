"""A view of rings, shown without a screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from relayviz.gui.look import theme
from relayviz.gui.rings.view import RingsView

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot


@pytest.fixture
def make_view(qtbot: QtBot) -> Callable[[int, int], RingsView]:
    """Makes views of a size."""

    def make(width: int, height: int) -> RingsView:
        view = RingsView(theme.load("dark"))
        qtbot.addWidget(view)
        view.resize(width, height)
        view.show()
        qtbot.waitExposed(view)
        return view

    return make
