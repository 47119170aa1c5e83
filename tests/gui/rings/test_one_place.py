"""However one gets to a sub-buffer: rings, bytes and selection name the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

Key = Qt.Key


def test_no_two_cursors_point_at_different_sub_buffers(driver: Driver) -> None:
    """Rings, bytes and what is selected name one place, however one gets there."""
    rings = driver.window.docks["rings"].panel.view  # type: ignore[attr-defined]
    content = driver.window.docks["bytes"].panel.view  # type: ignore[attr-defined]

    def places() -> set[tuple[int, int]]:
        row, index = driver.controller.selection
        if index < 0:  # a buffer as a whole: what is being written there
            index = int(driver.snapshot.buffers["current"][row])
        seen = content.content
        return {rings.focus_place, (row, index), (seen.row, seen.index)}

    driver.window.focus_dock("rings")
    assert len(places()) == 1
    keys = [Key.Key_W] * 9 + [Key.Key_Right, Key.Key_Right, Key.Key_Up, Key.Key_W, Key.Key_Left]
    keys += [Key.Key_Period, Key.Key_Comma, Key.Key_BracketRight, *[Key.Key_W] * 9, Key.Key_Down]
    for key in keys:
        driver.press(key)
        assert len(places()) == 1, f"after {key}: {places()}"
