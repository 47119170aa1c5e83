"""Having a dock in front for a while, such as until it is exported: then all is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.docks.docks import DockFrame
    from relayviz.gui.docks.space import Space


def glance(frames: dict[str, DockFrame], space: Space, dock: str) -> Callable[[], None]:
    """Show a dock, which draws only while it is seen.

    Returns:
        What puts in front what was in front, and gives the keyboard back.
    """
    frame, focused = frames[dock], QApplication.focusWidget()
    was_hidden = frame.isHidden()
    front = [
        one for one in frames.values() if not one.isFloating() and not one.visibleRegion().isEmpty()
    ]
    with space.by_program():
        frame.show()
        frame.raise_()

    def back() -> None:
        with space.by_program():
            if was_hidden:
                frame.hide()
            for one in front:
                one.raise_()
        space.bars_changed()
        if focused is not None and focused in frame.window().findChildren(type(focused)):
            focused.setFocus()

    return back
