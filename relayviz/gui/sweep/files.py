"""A sweep as a file: pictures, a table, JSON, a page. The same bytes as `relayviz sweep` writes."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from relayviz.gui.exports.offscreen import png_bytes
from relayviz.gui.exports.views import CSV, LARGEST, PNG, SVG
from relayviz.gui.sweep.picture import sheet
from relayviz.model.sweep import told

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme
    from relayviz.model.sweep.plan import Plan
    from relayviz.model.sweep.told import Found

FILTERS = {
    **PNG,
    SVG: 1,
    CSV: 1,
    "JSON, all of it (*.json)": 1,
    "HTML, for any browser (*.html)": 1,
}
"""What the dialog offers, and how many times as large as on screen that is."""


def suffix_of(name: str) -> str:
    """Return what names of files end in that have one of the forms."""
    return name.rpartition("*.")[2].rstrip(")")


class FormError(ValueError):
    """It cannot be written so; says why, and what helps."""


def content(plan: Plan, found: Found, suffix: str, theme: Theme, scale: int = 1) -> bytes:
    """Return a sweep as what a file's name ends in says.

    Args:
        plan: What was swept over.
        found: What each cell came to; None: not measured.
        suffix: Such as ".png".
        theme: Colours of a picture.
        scale: How many times as large as on screen a PNG is.

    Raises:
        FormError: There is no such form, or it would be too large.
    """
    match suffix.lower():
        case ".png":
            return _png(plan, found, theme, scale)
        case ".svg":
            return sheet(plan, found, theme).svg().encode()
        case ".csv":
            return told.csv_of(plan, found).encode()
        case ".json":
            return told.json_of(plan, found, metadata.version("relayviz")).encode()
        case ".html":
            return told.html_of(plan, found).encode()
    raise FormError("End the name in .png, .svg, .csv, .json or .html.")


def _png(plan: Plan, found: Found, theme: Theme, scale: int) -> bytes:
    drawn = sheet(plan, found, theme)
    if max(drawn.size.width(), drawn.size.height()) * scale > LARGEST:
        raise FormError("It is too large as a PNG. SVG and HTML have no limit.")
    return png_bytes(drawn.image(scale))
