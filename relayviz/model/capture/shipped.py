"""The layouts that come with the program."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.model.capture.layout import read_layout

if TYPE_CHECKING:
    from relayviz.model.capture.layout import Layout


def folder() -> Path:
    """Return where they are."""
    return Path(str(files("relayviz") / "resources" / "layouts"))


@cache
def shipped() -> tuple[Layout, ...]:
    """Return all of them."""
    return tuple(read_layout(path) for path in sorted(folder().glob("*.toml")))
