"""Waiting for what a thread or a timer brings, with the window going on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20.0
LAYERS = 4  # a layout that gets another size may ask the one around it


def until(holds: Callable[[], bool]) -> None:
    """Let the window go on until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        QTest.qWait(5)


def lay_out() -> None:
    """Have what asked for another size get it now, not when Qt comes to it."""
    for _ in range(LAYERS):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
