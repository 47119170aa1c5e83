"""Menu File → Export: forms for other programs, and a row for each dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Menu
from relayviz.gui.actions.when import has_channel
from relayviz.gui.exports.handed import FORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.engine.protocol import Can


def export_actions(
    titles: Mapping[str, str], tells: Mapping[str, tuple[Can, ...]]
) -> tuple[Action, ...]:
    """Return the forms for other programs, and a row for each dock, by its id and title.

    Args:
        titles: Of the docks, by their ids.
        tells: For what engines each has something to show.
    """
    handed = tuple(_handed(name) for name in FORMS)
    return (*handed, *(_export(dock, title, tells[dock]) for dock, title in titles.items()))


def _handed(name: str) -> Action:
    return Action(
        f"export.as-{name}",
        f"{FORMS[name].title}…",
        f"Write the channel to a file. {FORMS[name].tip}",
        Menu.EXPORT,
        lambda shell: shell.handed.ask(name),
        when=has_channel,
        needs=FORMS[name].needs,
    )


def _export(dock: str, title: str, needs: tuple[Can, ...]) -> Action:
    return Action(
        f"export.{dock}",
        f"Export {title}…",
        f"Write the view “{title}” to a file: PNG, SVG, or its figures as CSV.",
        Menu.EXPORT,
        lambda shell: shell.export_view(dock),
        when=has_channel,
        needs=needs,
        hides=True,
    )
