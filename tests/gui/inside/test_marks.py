"""Where actors stand in rings and bytes: in their colours, with their numbers, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from relayviz.gui.inside.colours import colour_of
from relayviz.gui.look import theme
from relayviz.gui.rings.legend import DOTTED
from tests.gui.inside.seen import show

if TYPE_CHECKING:
    import pytest
    from PySide6.QtGui import QColor, QImage

    from relayviz.gui.bytes.panel import BytesPanel
    from relayviz.gui.rings.panel import RingsPanel
    from tests.gui.conftest import Driver


def rings(driver: Driver) -> RingsPanel:
    panel: RingsPanel = driver.window.docks["rings"].panel  # type: ignore[assignment]
    return panel


def at_byte(driver: Driver, byte: int, depth: float) -> QPointF:
    """A point of the first ring: at a byte, so many pixels inside of its rim."""
    from relayviz.gui.rings.geometry import point_of, turn_of  # noqa: PLC0415
    from relayviz.gui.rings.raster import samples_around  # noqa: PLC0415

    layout, shown = rings(driver).view.scene.layout, driver.snapshot
    size, n = shown.subbuf_size, shown.n_subbufs
    turn = turn_of(byte // size, byte % size, n, size, samples_around(layout.outer))
    return QPointF(*point_of(layout.centre(0), layout.outer - depth, turn))


def count(image: QImage, colour: QColor) -> int:
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(image.pixelColor(*place) == colour for place in places)


def test_rings_show_where_actors_stand(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.controller.seek(1)
    driver.settle()
    view, irq = rings(driver).view, colour_of(theme.current(), 1)
    before = count(view.grab().toImage(), irq)
    assert "task writes" not in view.words_at(at_byte(driver, 4, 20))
    driver.controller.seek(7)
    driver.settle()
    assert count(view.grab().toImage(), irq) > before + 20
    words = view.words_at(at_byte(driver, 4, 20))
    assert words.splitlines()[-2:] == [
        "1 task writes 16 bytes here, 8 of them there",
        "2 irq writes 16 bytes here, 8 of them there",
    ]
    assert "writes" not in view.words_at(at_byte(driver, 40, 20))
    spoken = view.accessibleDescription()
    assert "irq writes 16 bytes from byte 0 of buffer 0 on, 8 of them there, key 2" in spoken
    legend = rings(driver).legend.accessibleDescription()
    assert legend.endswith(f"task, irq, {DOTTED}")


def test_bars_show_where_actors_stand(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relayviz.gui.rings.layout.LEAST_RADIUS", 1000.0)  # there is no room
    show(driver, "destroyed")
    view, colours = rings(driver).view, [colour_of(theme.current(), actor) for actor in (0, 1)]
    assert view.scene.layout.bars
    inked = []
    for step in (1, 7, 12, 1):  # before, while both are within, behind, before
        driver.controller.seek(step)
        driver.settle()
        image = view.grab().toImage()
        inked.append([count(image, colour) for colour in colours])
    task, irq = zip(*inked, strict=True)
    assert task[1] > task[0]
    assert irq[1] > irq[0]
    assert inked[3] == inked[0]
    assert irq[2] == irq[0]


def test_what_is_there_is_solid_and_the_rest_dotted(driver: Driver) -> None:
    show(driver, "destroyed")
    task = colour_of(theme.current(), 0)
    inked = []
    for step in (2, 4):  # chosen, copied
        driver.controller.seek(step)
        driver.settle()
        inked.append(count(rings(driver).view.grab().toImage(), task))
    assert inked[1] > inked[0] * 1.3


def test_bytes_say_and_show_who_stands_there(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    driver.window.focus_dock("bytes")
    driver.settle()
    panel: BytesPanel = driver.window.docks["bytes"].panel  # type: ignore[assignment]
    panel.view.move_to(3)
    assert panel.says.text().splitlines()[-1] == "2 irq writes 16 bytes here, 8 of them there"
    panel.view.move_to(40)
    assert "writes" not in panel.says.text()
    panel.view.move_to(3)
    irq = colour_of(theme.current(), 1)
    inked = count(panel.view.viewport().grab().toImage(), irq)
    driver.controller.seek(12)
    driver.settle()
    assert count(panel.view.viewport().grab().toImage(), irq) < inked


def test_other_tabs_have_none(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    driver.settle()
    driver.controller.show_tab(0)
    driver.settle()
    assert rings(driver).view.scene.reaches == ()
    assert DOTTED not in rings(driver).legend.accessibleDescription()
