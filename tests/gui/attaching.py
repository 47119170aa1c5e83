"""What the tests of attached channels share: a producer, the dialog by its keys, waiting."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.attach.dialog import AttachDialog
from tests.attach.others import Producer, producing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gui.conftest import Driver

P = TypeVar("P")
Key = Qt.Key


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """The thread of a channel ends by itself after its tab was closed."""
    yield
    for thread in threading.enumerate():
        if thread.name in ("attach", "background"):
            thread.join(5)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="relay-test-", dir="/dev/shm") as path:
        yield Path(path)


@pytest.fixture
def producer(folder: Path) -> Iterator[Producer]:
    with producing(folder) as made:
        yield made


def asked(driver: Driver) -> AttachDialog:
    driver.trigger("file.attach")
    dialog = driver.dialog()
    assert isinstance(dialog, AttachDialog)
    return dialog


def looked(driver: Driver, place: object) -> AttachDialog:
    """The dialog with what is at a place, asked for by its keys."""
    dialog = asked(driver)
    dialog.place.setText(str(place))
    QTest.keyClick(dialog.place, Key.Key_Return)
    driver.settle()
    return dialog


def attached(driver: Driver, place: object) -> None:
    """Attach to the only channel of a place, by keys alone."""
    dialog = looked(driver, place)
    assert dialog.model.rowCount() == 1
    QTest.keyClick(dialog.search, Key.Key_Return)
    driver.settle()
    driver.activate()


def panel(driver: Driver, dock: str, kind: type[P]) -> P:
    found = driver.window.docks[dock].panel
    assert isinstance(found, kind)
    return found


def stored(driver: Driver) -> list[int]:
    numbers: list[int] = driver.snapshot.buffers["account"]["accepted"]["events"].tolist()
    return numbers


def row(dialog: AttachDialog, at: int) -> list[str]:
    columns = range(dialog.model.columnCount())
    return [str(dialog.model.data(dialog.model.index(at, column))) for column in columns]
