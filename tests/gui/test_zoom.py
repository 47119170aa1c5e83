"""At every zoom and size of the window: nothing is cut or lies over another, each dock is legible.

The short version looks at the narrowest windows; `make soak` at all of them, on all sides.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QHeaderView, QLabel, QSpinBox, QStyle, QTableView

from relayviz.gui.fate import FatePanel
from relayviz.gui.lesson.stage import LEVELS
from relayviz.gui.shell import app
from relayviz.gui.shell.welcome import BRIEF
from tests.capture.test_truth import LOSSY, files
from tests.engines.replay.kit import written
from tests.gui.conftest import Driver
from tests.gui.dragging import drop
from tests.gui.live.conftest import LiveDriver
from tests.gui.test_cut import cut_at_rest
from tests.gui.test_kernel_looks import running, seen
from tests.gui.test_kernels import no_kernel_left  # noqa: F401  a fixture for all tests here
from tests.gui.waiting import until
from tests.gui.whole.conftest import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

SMALL = (1280, 800)
SIZES = (SMALL, (1680, 1050), (3840, 2160))
ZOOMS = (75, 100, 150, 200, 300)
LINES, LETTERS = 5, 38  # of a dock in front, at least, where everything is twice as large
ARROW = "#808a98"  # resources/icons/arrows
SLACK = 1  # pixels: half ones are rounded


def live(folder: Path) -> Driver:
    driver = LiveDriver(folder)
    driver.open_live(cpus=64)
    driver.run(40)
    return driver


def stepped(folder: Path) -> Driver:
    driver = Driver(folder)
    fill(driver)
    return driver


def capture(folder: Path) -> Driver:
    driver = Driver(folder)
    assert drop(driver, files(LOSSY[0]))
    return driver


def inside(folder: Path) -> Driver:
    driver = Driver(folder)
    driver.window.desk.insides.open_example("inside/destroyed")
    driver.settle()
    driver.trigger("run.end")
    return driver


def kernel(folder: Path) -> Driver:
    driver = Driver(folder)
    running(driver, folder, 1, 3)
    until(lambda: seen(driver) == 3)
    return driver


def recording(folder: Path) -> Driver:
    driver = Driver(folder)
    shown = [driver.snapshot]
    for _ in range(10):
        driver.trigger("op.write")
        shown.append(driver.snapshot)
    driver.window.recordings.open(written(folder / "r.relayrec", shown, 0.5))
    driver.settle()
    return driver


SIDES = {one.__name__: one for one in (stepped, live, capture, inside, kernel, recording)}


@pytest.fixture
def opened(
    qapp: QApplication, tmp_path: Path
) -> Iterator[Callable[[str, tuple[int, int], int], Driver]]:
    """Opens a window of a side, a size and a zoom."""
    app.prepare(qapp)
    made: list[Driver] = []

    def open_one(side: str, size: tuple[int, int], zoom: int) -> Driver:
        driver = SIDES[side](tmp_path)
        made.append(driver)
        show(driver, size, zoom)
        return driver

    yield open_one
    for driver in made:
        show(driver, SMALL, 100)
        driver.end()


def show(driver: Driver, size: tuple[int, int], zoom: int) -> None:
    driver.window.stage.set_zoom(zoom)
    driver.window.resize(*size)
    QTest.qWait(20)
    driver.settle()


def place(widget: QWidget) -> QRect:
    """Return where in its window a widget is."""
    return QRect(widget.mapTo(widget.window(), QPoint()), widget.size())


def over_another(driver: Driver) -> list[str]:
    """Return which docks and bars lie over each other, or beyond the window."""
    window = driver.window
    bars = [window.menuBar(), window.statusBar(), window.channels, window.operations, window.live]
    frames = {name: dock for name, dock in window.docks.items() if not dock.isFloating()}
    parts: dict[str, QWidget] = {**frames, **{type(bar).__name__: bar for bar in bars}}
    shown = {name: one for name, one in parts.items() if not one.visibleRegion().isEmpty()}
    places = {name: place(one) for name, one in shown.items()}
    found = [
        f"{one} over {other}"
        for (one, first), (other, second) in combinations(places.items(), 2)
        if min(first.intersected(second).width(), first.intersected(second).height()) > SLACK
    ]
    beyond = [name for name, one in places.items() if not window.rect().contains(one)]
    return found + [f"{name} beyond the window" for name in beyond]


def headings_cut(dock: QWidget) -> list[str]:
    """Return the headings of tables that have less room than they need."""
    found = []
    for table in dock.findChildren(QTableView):
        header = table.horizontalHeader()
        if table.visibleRegion().isEmpty() or header.isHidden():
            continue
        for column in range(header.count()):
            words = f"{table.model().headerData(column, Qt.Orientation.Horizontal)}"
            is_given = header.sectionResizeMode(column) is QHeaderView.ResizeMode.Stretch
            is_last = header.stretchLastSection() and column == header.count() - 1
            if is_given or is_last or header.isSectionHidden(column):
                continue  # what the others leave
            if header.fontMetrics().horizontalAdvance(words) > header.sectionSize(column):
                found.append(f"{table.accessibleName()}: {words}")
    return found


def faults(driver: Driver) -> dict[str, list[str]]:
    """Return what is wrong with each dock in front."""
    found = {}
    for name, dock in driver.window.docks.items():
        if dock.toggleViewAction().isVisible():
            driver.window.focus_dock(name)
            found[name] = cut_at_rest(driver.window) + over_another(driver) + headings_cut(dock)
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.mark.parametrize(
    ("side", "zoom"), [("stepped", 200), ("live", 150), ("live", 300), ("inside", 300)]
)
def test_nothing_is_cut_where_there_is_least_room(
    opened: Callable[[str, tuple[int, int], int], Driver], side: str, zoom: int
) -> None:
    driver = opened(side, SMALL, zoom)
    assert (driver.window.width(), driver.window.height()) == SMALL
    assert faults(driver) == {}


@pytest.mark.soak
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("side", SIDES)
def test_nothing_is_cut_at_any_zoom(
    opened: Callable[[str, tuple[int, int], int], Driver], side: str, size: tuple[int, int]
) -> None:
    driver = opened(side, size, ZOOMS[0])
    found: dict[tuple[int, str], list[str]] = {}
    for zoom in ZOOMS:
        show(driver, size, zoom)
        assert (driver.window.width(), driver.window.height()) == size
        found |= {(zoom, name): wrong for name, wrong in faults(driver).items()}
    assert found == {}


def test_each_dock_is_legible_at_200_percent(
    opened: Callable[[str, tuple[int, int], int], Driver],
) -> None:
    driver = opened("stepped", SMALL, 200)
    for name, dock in driver.window.docks.items():
        if not dock.toggleViewAction().isVisible():
            continue
        driver.window.focus_dock(name)
        driver.settle()
        assert not dock.visibleRegion().isEmpty(), name
        metrics = dock.panel.fontMetrics()
        seen = place(dock.panel).intersected(driver.window.rect())
        assert seen.height() >= LINES * metrics.lineSpacing(), name
        assert seen.width() >= LETTERS * metrics.averageCharWidth(), name


def test_docks_share_a_place_only_as_long_as_there_is_no_room(
    opened: Callable[[str, tuple[int, int], int], Driver],
) -> None:
    driver = opened("stepped", SMALL, 100)
    window = driver.window
    before, kept = places(driver), window.kept().docks
    words = window.welcome._text.text()
    assert {"rings", "counters", "bytes", "timeline"} <= before.keys()
    for zoom in LEVELS[LEVELS.index(175) :]:
        show(driver, SMALL, zoom)
        assert places(driver).keys() == {"rings"}
        assert window.kept().docks == kept, "nobody arranged that"
        assert window.welcome._text.text() == BRIEF
    window.focus_dock("load")
    assert places(driver).keys() == {"load"}
    window.toggle_dock("load")
    show(driver, SMALL, 100)
    assert places(driver) == before
    assert window.welcome._text.text() == words
    show(driver, SMALL, 300)
    window.resize(3840, 2160)
    driver.settle()
    assert len(places(driver)) == len(before)


def places(driver: Driver) -> dict[str, QRect]:
    QTest.qWait(20)
    docks = driver.window.docks.items()
    return {n: QRect(one.geometry()) for n, one in docks if not one.visibleRegion().isEmpty()}


def test_the_fate_of_some_events_is_seen_at_any_zoom(
    opened: Callable[[str, tuple[int, int], int], Driver],
) -> None:
    driver = opened("stepped", SMALL, 300)
    driver.window.focus_dock("fate")
    driver.settle()
    panel = driver.window.docks["fate"].panel
    assert isinstance(panel, FatePanel)
    table = panel.events.table
    assert table.viewport().height() >= table.rowHeight(0) > 0, "whole below its heading"


def test_arrows_grow(opened: Callable[[str, tuple[int, int], int], Driver]) -> None:
    driver = opened("stepped", SIZES[1], 100)
    driver.window.focus_dock("log")
    kinds = (QSpinBox, QComboBox)
    found = [one for kind in kinds for one in driver.window.findChildren(kind)]
    boxes = [box for box in found if not box.visibleRegion().isEmpty()]
    assert {kind for kind in kinds for box in boxes if isinstance(box, kind)} == set(kinds)

    def arrows(box: QWidget) -> int:
        """How many pixels have the grey of arrows."""
        image = box.grab().toImage()
        places = ((x, y) for x in range(image.width()) for y in range(image.height()))
        return sum(image.pixelColor(*place).name() == ARROW for place in places)

    before = [arrows(box) for box in boxes]
    assert min(before) > 0
    show(driver, SIZES[1], 200)
    for box, few in zip(boxes, before, strict=True):
        assert arrows(box) > 3 * few, box.accessibleName()


def test_what_is_painted_grows(opened: Callable[[str, tuple[int, int], int], Driver]) -> None:
    """Lanes, signs and keys below buttons, which have lengths of their own."""
    driver = opened("stepped", SIZES[1], 100)
    window = driver.window
    view = window.docks["timeline"].panel.view  # type: ignore[attr-defined]
    keys = driver.button("op.write").parentWidget()
    assert keys is not None
    rings = window.docks["rings"].panel.view._scene  # type: ignore[attr-defined]
    key, box = keys.findChild(QLabel, "key"), window.operations.all_cpus
    assert isinstance(key, QLabel)

    def lengths() -> list[float]:
        sign = box.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, box)
        tall = key.font().pointSizeF()
        return [view.frame.best, tall, sign, rings.layout.text]

    before = lengths()
    show(driver, SIZES[1], 200)
    assert lengths() == pytest.approx([one * 2 for one in before], abs=2)
