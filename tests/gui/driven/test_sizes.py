"""What docks show in windows and at zooms of many sizes: who is drawn, and what is left out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest

from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.columns import FIRST_LOSS as LOSS
from relayviz.gui.look.theme import POINT_SIZE
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation
from tests.capture.test_truth import LOSSY, files
from tests.gui.conftest import SIZE
from tests.gui.dragging import drop
from tests.gui.driven.moments import PAINTED, different, facts, shown
from tests.gui.inside.seen import show
from tests.gui.test_captures import panel
from tests.gui.whole.conftest import fill, live
from tests.gui.whole.test_described import compare, no_thread_left

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.gui.conftest import Driver
    from tests.gui.driven.moments import Moment, Part
    from tests.gui.live.conftest import LiveDriver

__all__ = ["live", "no_thread_left"]  # fixtures
DRAWN = ("rings", "timeline", "bytes", "counters", "fate")
ZOOMS = (75, 150)
AREAS = ((60, 400), (150, 150), (300, 90), (420, 333), (800, 300), (1500, 1100))
CPUS = (1, 2, 7, 64)


def zooms(driver: Driver) -> list[Moment]:
    """Return the moments of some zooms, in a window as it is at first."""
    enlarge = driver.controller.themes.enlarge
    return [(f"{zoom} %", partial(enlarge, POINT_SIZE * zoom / 100)) for zoom in (*ZOOMS, 100)]


def windows(driver: Driver) -> list[Moment]:
    """Return the moments of some sizes of the window."""
    sizes = ((900, 600), (1280, 1000), (2400, 1500), SIZE)
    return [(f"{size[0]} by {size[1]}", partial(driver.window.resize, *size)) for size in sizes]


def of_cpus(driver: Driver, cpus: int) -> None:
    """Open a channel whose buffers differ from each other."""
    config = ChannelConfig(cpus=cpus, n_subbufs=6, subbuf_size=64, mode=Mode.OVERWRITE)
    driver.controller.open_channel(config)
    driver.settle()
    writes = [Operation(Kind.WRITE, at * 5 % cpus, 20 + at % 40) for at in range(90)]
    driver.controller.submit(Operation(Kind.WRITE, ALL, 30), *writes)
    driver.settle()


def areas(driver: Driver, names: tuple[str, ...], folder: Path) -> Iterator[Part]:
    """Take docks out of the window, and give them sizes that they hardly get in it."""
    for name in names:
        frame = driver.window.docks[name]
        driver.window.focus_dock(name)
        frame.setFloating(True)
        before, lines = dict[str, str](), list[str]()
        for width, height in AREAS:
            frame.panel.setMinimumSize(0, 0)
            frame.setMinimumSize(1, 1)
            frame.resize(width, height)
            driver.settle()
            QTest.qWait(1)
            now = dict(facts(driver, name, folder))
            lines += different(f"{frame.width()} by {frame.height()}, painted", before, now)
            before = now
        yield name, lines
        frame.setFloating(False)


@pytest.mark.parametrize("cpus", CPUS)
def test_areas_of_any_size(driver: Driver, tmp_path: Path, cpus: int) -> None:
    of_cpus(driver, cpus)
    names = DRAWN if cpus == 2 else DRAWN[:2]
    compare(f"sizes-{cpus}", areas(driver, names, tmp_path), tmp_path)


def test_zooms_of_a_stepped_channel(driver: Driver, tmp_path: Path) -> None:
    fill(driver)
    compare("sizes-zooms", shown(driver, DRAWN, zooms(driver), tmp_path, PAINTED), tmp_path)


def test_zooms_of_many_cpus(driver: Driver, tmp_path: Path) -> None:
    of_cpus(driver, 16)
    moments = [*zooms(driver), *windows(driver)]
    compare("sizes-many", shown(driver, DRAWN[:4], moments, tmp_path, PAINTED), tmp_path)


def test_zooms_of_a_run(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    docks, moments = ("timeline", "rate", "loss"), [*zooms(live), *windows(live)]
    compare("sizes-live", shown(live, docks, moments, tmp_path, PAINTED), tmp_path)


def test_zooms_inside_operations(driver: Driver, tmp_path: Path) -> None:
    show(driver, "torn-read")
    driver.controller.seek(20)
    docks = ("rings", "timeline", "bytes", "copy", "source", "actors")
    compare("sizes-inside", shown(driver, docks, zooms(driver), tmp_path, PAINTED), tmp_path)


def test_areas_of_any_size_inside_operations(driver: Driver, tmp_path: Path) -> None:
    show(driver, "torn-read")
    driver.controller.seek(20)
    docks = ("rings", "timeline", "bytes")
    compare("sizes-inside-areas", areas(driver, docks, tmp_path), tmp_path)


def test_zooms_of_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    docks, moments = ("timeline", "rings", "bytes"), [*zooms(driver), *windows(driver)]
    compare("sizes-capture", shown(driver, docks, moments, tmp_path, PAINTED), tmp_path)


def test_columns_get_no_narrower_while_one_goes_along_a_channel(driver: Driver) -> None:
    def widths() -> list[int]:
        driver.settle()
        table = panel(driver, "counters", CountersPanel).table
        return [table.columnWidth(at) for at in range(LOSS)]

    driver.controller.open_channel(ChannelConfig(cpus=1, n_subbufs=4, subbuf_size=2**20))
    driver.window.focus_dock("counters")
    first = widths()
    driver.controller.submit(*[Operation(Kind.WRITE, 0, 2**20 - 1)] * 2)
    last = widths()
    assert last != first
    driver.controller.seek(0)
    assert widths() == last
    driver.controller.open_channel(ChannelConfig(cpus=1, n_subbufs=4, subbuf_size=64))
    assert widths() == first, "of another channel they are as wide as it needs"
