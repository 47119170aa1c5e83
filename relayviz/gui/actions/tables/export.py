"""Menu File → Export: a row for each dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Menu
from relayviz.gui.actions.when import has_channel

if TYPE_CHECKING:
    from collections.abc import Mapping


def export_actions(titles: Mapping[str, str]) -> tuple[Action, ...]:
    """Return a row for each dock, by its id and title."""
    return tuple(_export(dock, title) for dock, title in titles.items())


def _export(dock: str, title: str) -> Action:
    return Action(
        f"export.{dock}",
        f"Export {title}…",
        f"Write the view “{title}” to a file: PNG, SVG, or its figures as CSV.",
        Menu.EXPORT,
        lambda shell: shell.export_view(dock),
        when=has_channel,
    )
