"""Channels in which every dock has something to show, and what the docks show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.why.why import Figure
from tests.gui.live.conftest import live as live_driver

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from tests.gui.conftest import Driver

live = live_driver  # the fixture
CONFIG = ChannelConfig(cpus=3, n_subbufs=4, subbuf_size=128, header=16)


def fill(driver: Driver) -> None:
    """Open a channel with losses, reads, names, watches and something that was asked about."""
    controller = driver.controller
    controller.open_channel(CONFIG)
    driver.settle()
    writes = [Operation(Kind.WRITE, number % 3, 30 + number) for number in range(40)]
    controller.submit(*writes, Operation(Kind.OPEN_FILE, 1), Operation(Kind.READ, 1, 200))
    controller.submit(Operation(Kind.WRITE, 0, 9999), Operation(Kind.FLUSH))
    driver.settle()
    controller.notebook.add_watch("ready[1]")
    controller.notebook.add_breakpoint(Breakpoint(On.WHEN, "lost > 4 and ready[1] == n_subbufs"))
    controller.select(0, 1)
    controller.ask_why(Figure(0, "produced"))
    driver.settle()


@pytest.fixture
def stepped(driver: Driver) -> Driver:
    """The window with a stepped channel that has something for every dock."""
    fill(driver)
    return driver


def pictures(driver: Driver) -> dict[str, QImage]:
    """Return what each dock looks like when it is in front and has the keyboard, where it is."""
    found = {}
    driver.window.reset_layout()
    for name, frame in driver.window.docks.items():
        driver.window.focus_dock(name)
        driver.settle()
        QTest.qWait(1)
        found[name] = frame.grab().toImage()
    return found


def differing(before: dict[str, QImage], after: dict[str, QImage]) -> list[str]:
    """Return the docks that do not look the same."""
    return [name for name in before if before[name] != after[name]]
