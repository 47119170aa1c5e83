"""The comparison as one page that needs nothing else: every step, a slider, the same picture."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING

from relayviz.gui.compare.svg import document, fragments
from relayviz.gui.look.resources import text
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme
    from relayviz.model.compare.compare import Half

_PLACE = re.compile(r"\{\{(\w+)\}\}")  # what stands there is not looked through again
MOST_FRAMES = 1500  # more steps than that are thinned out, evenly
ROLES = (Role.WINDOW, Role.PANEL, Role.TEXT, Role.BORDER, Role.ACCENT)


class Page:
    """Gathers frames, and becomes a page. Parts of the picture that occur again are kept once.

    Args:
        steps: How many steps there are.
        cpu: The CPU that is told about.
        theme: Colours.
    """

    def __init__(self, steps: int, cpu: int, theme: Theme) -> None:
        self._cpu, self._theme, self._steps = cpu, theme, steps
        self._every = -(-steps // MOST_FRAMES)
        self._parts: dict[str, int] = {"": 0}
        self._names: list[str] = []
        self._frames: list[dict[str, object]] = []
        self._title = ""

    def wants(self, step: int) -> bool:
        """Return whether a step gets a frame: each of them, or evenly chosen ones and the last."""
        return step % self._every == 0 or step == self._steps - 1

    def add(self, a: Half, b: Half) -> None:
        """Add a frame."""
        shown = fragments(a, b, self._cpu, self._theme)
        for name in shown:
            if name not in self._names:  # such as the ring of a CPU that has come on line
                self._names.append(name)
        ids = [
            self._parts.setdefault(shown.get(name, ""), len(self._parts)) for name in self._names
        ]
        made_by = a.snapshot.made_by
        self._frames.append({"step": made_by.depth, "title": made_by.title(), "parts": ids})
        self._title = f"A: {a.title}; B: {b.title}"

    def html(self, step: int) -> str:
        """Return the page; it shows the frame of a step first."""
        groups = "".join(f'<g id="part-{name}"></g>' for name in self._names)
        data = json.dumps(
            {
                "names": self._names,
                "parts": list(self._parts),
                "frames": [
                    frame | {"parts": _padded(frame["parts"], len(self._names))}
                    for frame in self._frames
                ],
                "last": self._steps - 1,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        values = {role.value: self._theme[role].name() for role in ROLES} | {
            "title": escape(f"relayviz: {self._title}"),
            "svg": document(groups, self._theme),
            "data": data.replace("<", "\\u003c"),  # nothing inside may end the script
            "first": str(max(0, step // self._every)),
        }
        return _PLACE.sub(lambda place: values[place[1]], text("compare.html"))


def _padded(ids: object, count: int) -> list[int]:
    """Return the parts of a frame, with nothing for those that came later."""
    found = list(ids) if isinstance(ids, list) else []
    return found + [0] * (count - len(found))
