"""The template of a page: its parts in resources/page, and the colours of both themes."""

from __future__ import annotations

import json
import re
from html import escape
from importlib.resources import files

from relayviz.model.toml import loads

SCRIPTS = ("states", "rings", "bytes", "tables", "lesson", "page")
"""In this order: each uses only those before it."""

_PLACE = re.compile(r"\{\{(\w+)\}\}")  # what is put there is not looked through again


def filled(title: str, data: dict[str, object]) -> str:
    """Return the template with a title and what the page is about."""
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    values = {
        "title": escape(title),
        "dark": _colours("dark"),
        "light": _colours("light"),
        "style": _text("page", "page.css"),
        "data": told.replace("<", "\\u003c"),  # nothing inside may end the script
        "script": "\n".join(_text("page", f"{name}.js") for name in SCRIPTS),
    }
    return _PLACE.sub(lambda place: values[place[1]], _text("page", "page.html"))


def _colours(theme: str) -> str:
    values = loads(_text("themes", f"{theme}.toml"))
    return " ".join(f"--{role}: {colour};" for role, colour in values.items())


def _text(*path: str) -> str:
    return (files("relayviz") / "resources").joinpath(*path).read_text(encoding="utf-8")
