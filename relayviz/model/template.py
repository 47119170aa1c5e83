"""Pages in HTML: a text of the resources folder in which names in double braces are replaced."""

from __future__ import annotations

import re
from importlib.resources import files

from relayviz.model.toml import loads

_PLACE = re.compile(r"\{\{(\w+)\}\}")  # what is put there is not looked through again


def filled(*path: str, **values: str) -> str:
    """Return a template with values by their names, and the colours of the themes as dark, light.

    Args:
        path: The file, from the resources folder on.
        values: HTML, or what stands in a style or script.
    """
    values |= {theme: _colours(theme) for theme in ("dark", "light")}
    return _PLACE.sub(lambda place: values[place[1]], resource(*path))


def resource(*path: str) -> str:
    """Return a text of the resources folder."""
    return (files("relayviz") / "resources").joinpath(*path).read_text(encoding="utf-8")


def _colours(theme: str) -> str:
    """Return the colours of a theme as properties of a style."""
    values = loads(resource("themes", f"{theme}.toml"))
    return " ".join(f"--{role}: {colour};" for role, colour in values.items())
