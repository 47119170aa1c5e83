"""Ctrl-C, and the time limit, while a test has Qt at work: a half-made window is left to nobody.

An exception that a signal raises between any two instructions leaves widgets behind whose C++ and
Python sides disagree. The next call that goes through all of them, as `setStyle` does, ends the
program. The program itself has no such exception: there Ctrl-C ends it at once.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

QT = "qapp"  # the fixture of whoever needs Qt


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Have Ctrl-C end the run after the test; pressed again, at once."""
    before = signal.getsignal(signal.SIGINT)
    if not _needs_qt(item) or before == signal.SIG_IGN:
        return (yield)
    pressed = False

    def remember(number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, remember)
    try:
        result = yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
    return result


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have a test that takes too long end the run, and say where it is, without an exception."""
    for item in filter(_needs_qt, items):
        item.add_marker(pytest.mark.timeout(method="thread"))


def _needs_qt(item: pytest.Item) -> bool:
    return QT in getattr(item, "fixturenames", ())
