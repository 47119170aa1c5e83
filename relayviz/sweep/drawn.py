"""The heat map as a picture: the only part of the command that needs Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.exports.offscreen import application
from relayviz.gui.look import theme as themes
from relayviz.gui.sweep.files import content

if TYPE_CHECKING:
    from relayviz.model.sweep.plan import Plan
    from relayviz.model.sweep.told import Found


def png(plan: Plan, found: Found, theme: str) -> bytes:
    """Return a sweep as the content of a PNG file.

    Args:
        plan: What was swept over.
        found: What each cell came to; None: not measured.
        theme: Its colours, "light" or "dark".
    """
    kept = application()  # knows the fonts
    drawn = content(plan, found, ".png", themes.load(theme))
    del kept
    return drawn
