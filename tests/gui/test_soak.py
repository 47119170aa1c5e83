"""The window for long: thousands of operations and timer events, and memory stays where it was.

The history grows with each operation, as it must; so what is measured is a second round of the same
length in a new channel, after the first has warmed every cache up and was closed.
"""

from __future__ import annotations

import gc
import resource
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEventLoop, QTimer

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

BATCH = 50  # operations between two looks at the window
GROWTH_AT_MOST = 24 << 20  # bytes; a leak of one object for each operation is more in the long run

OPERATIONS = (
    *(Operation(Kind.WRITE, cpu, length=100) for cpu in range(4)),
    Operation(Kind.RESERVE, 0, length=20),
    Operation(Kind.FILL, 0),
    Operation(Kind.FLUSH),
    *(Operation(Kind.CONSUME, cpu, count=1) for cpu in range(4)),
)


def resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def run_timer_events(count: int) -> None:
    """Let a timer fire `count` times with the event loop running."""
    loop, timer, left = QEventLoop(), QTimer(), iter(range(count))

    def fire() -> None:
        if next(left) == count - 1:
            loop.quit()

    timer.timeout.connect(fire)
    timer.start(0)
    loop.exec()
    timer.stop()


def live(driver: Driver, operations: int, events: int) -> int:
    """Open a channel, work in it, look at it all the time, close it; return the memory then."""
    driver.controller.open_channel(ChannelConfig(base_filename=None))
    source = cycle(OPERATIONS)
    for _ in range(operations // BATCH):
        for _ in range(BATCH):
            driver.controller.submit(next(source))
        driver.settle()
        run_timer_events(max(1, events * BATCH // operations))
    assert driver.snapshot.step == operations
    driver.controller.seek(0)
    driver.settle()
    assert driver.snapshot.step == 0
    driver.controller.close_tab(driver.controller.current)
    driver.settle()
    gc.collect()
    return resident()


@pytest.mark.parametrize(
    ("operations", "events"),
    [
        (500, 1_000),
        pytest.param(10_000, 20_000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
def test_memory_stays_flat(driver: Driver, operations: int, events: int) -> None:
    warm = live(driver, operations, events)
    assert live(driver, operations, events) - warm < GROWTH_AT_MOST


def test_reference_counts_survive(driver: Driver) -> None:
    """A PySide6 that loses a reference to None or True ends the process in this many calls."""
    driver.settle()
    run_timer_events(20_000)
    assert driver.window.isVisible()
