"""What an action does: short ways to say it in the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.operation import DESCRIPTIONS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.actions.action import Shell
    from relayviz.gui.desk.commands import Command


def on(command: Command) -> Callable[[Shell], None]:
    """Turn a command of the controller into what a row wants."""
    return lambda shell: command(shell.controller)


def ask(question: str) -> Callable[[Shell], None]:
    """Ask for the value that the command needs."""
    return lambda shell: shell.ask(question)


def tip(kind: Kind, more: str = "") -> str:
    """Say what an operation does, in the model's words."""
    return f"{DESCRIPTIONS[kind]} {more}".strip()
