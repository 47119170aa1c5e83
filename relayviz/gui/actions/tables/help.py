"""Menu Help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Menu
from relayviz.gui.actions.tables.session import SCENARIOS
from relayviz.gui.actions.when import has_channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.actions.action import Shell


def _page(name: str) -> Callable[[Shell], None]:
    return lambda shell: shell.show_help(name)


HELP = (
    *SCENARIOS,
    Action(
        "help.welcome",
        "&First steps",
        "Show what to press first.",
        Menu.HELP,
        lambda shell: shell.show_welcome(),
    ),
    Action(
        "help.keys", "&Keys", "Show all commands and their keys.", Menu.HELP, _page("keys"), ("F1",)
    ),
    Action(
        "help.words",
        "&Words",
        "Show the terms, with a line about each.",
        Menu.HELP,
        _page("words"),
        ("Shift+F1",),
    ),
    Action(
        "help.why",
        "Wh&y is it so?",
        "Explain the figure, sub-buffer, byte or event at the cursor: its formula, the step that"
        " made it so, the rule behind it.",
        Menu.HELP,
        lambda shell: shell.why(),
        ("?", "F2"),
        when=has_channel,
        separated=True,
    ),
    Action(
        "help.about",
        "&About",
        "Show what this program is.",
        Menu.HELP,
        _page("about"),
        separated=True,
    ),
)
