"""What tests of the window look at inside operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.inside.acting import acting

if TYPE_CHECKING:
    from relayviz.gui.inside.actors import ActorsPanel
    from relayviz.gui.inside.copies import CopyPanel
    from relayviz.gui.inside.source import SourcePanel
    from relayviz.model.inside.acting import ActingEngine
    from relayviz.model.inside.scene import Scene
    from tests.gui.conftest import Driver


def show(driver: Driver, name: str) -> ActingEngine:
    driver.window.desk.open_scenario(name if "/" in name else f"inside/{name}")
    driver.settle()
    return engine_of(driver)


def engine_of(driver: Driver) -> ActingEngine:
    engine = acting(driver.controller.shown)
    assert engine is not None
    return engine


def scene(driver: Driver) -> Scene:
    return engine_of(driver).scene


def actors(driver: Driver) -> ActorsPanel:
    panel: ActorsPanel = driver.window.docks["actors"].panel  # type: ignore[assignment]
    return panel


def source(driver: Driver) -> SourcePanel:
    panel: SourcePanel = driver.window.docks["source"].panel  # type: ignore[assignment]
    return panel


def copies(driver: Driver) -> CopyPanel:
    panel: CopyPanel = driver.window.docks["copy"].panel  # type: ignore[assignment]
    return panel


def is_changed(driver: Driver) -> bool:
    assert driver.controller.tab is not None
    return driver.controller.tab.is_changed


def log(driver: Driver) -> list[str]:
    model = driver.window.docks["log"].panel.model  # type: ignore[attr-defined]
    return [" | ".join(model.cells(row)) for row in range(model.rowCount())]
