"""The template of a page: its parts in resources/page, and the colours of both themes."""

from __future__ import annotations

import json
from html import escape

from relayviz.model import template
from relayviz.model.template import resource

SCRIPTS = ("states", "rings", "bytes", "tables", "lesson", "page")
"""In this order: each uses only those before it."""


def filled(title: str, data: dict[str, object]) -> str:
    """Return the template with a title and what the page is about."""
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return template.filled(
        *("page", "page.html"),
        title=escape(title),
        style=resource("page", "page.css"),
        data=told.replace("<", "\\u003c"),  # nothing inside may end the script
        script="\n".join(resource("page", f"{name}.js") for name in SCRIPTS),
    )
