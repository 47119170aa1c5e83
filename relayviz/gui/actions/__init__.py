"""Actions: everything the user can ask for, declared once as data.

Menus, toolbar, shortcuts, the table of keys and the command palette are made from `actions`. A new
command is a new row in one of the tables, one for each menu, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.gui.actions.action import STEP_BARS, Action, Bar, Menu, Shell
from relayviz.gui.actions.action_set import ActionSet
from relayviz.gui.actions.tables.channel import CHANNEL
from relayviz.gui.actions.tables.consumer import CONSUMER
from relayviz.gui.actions.tables.edit import EDIT
from relayviz.gui.actions.tables.export import export_actions
from relayviz.gui.actions.tables.file import CLOSING, FILE
from relayviz.gui.actions.tables.help import HELP
from relayviz.gui.actions.tables.live import LIVE, engine_actions
from relayviz.gui.actions.tables.replay import RECORDING, REPLAY
from relayviz.gui.actions.tables.run import INSIDE, RUN
from relayviz.gui.actions.tables.view import VIEW, dock_actions
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relayviz.model.engine.catalogue import EngineKind

__all__ = ["STEP_BARS", "Action", "ActionSet", "Bar", "Menu", "Shell", "actions"]


def actions(
    kinds: Iterable[EngineKind], docks: Mapping[str, str], tells: Mapping[str, tuple[Can, ...]]
) -> tuple[Action, ...]:
    """Return all rows.

    Args:
        kinds: The kinds of engines that a channel can be shown by.
        docks: The titles of the docks, by their ids.
        tells: What engines must be able to do, one of these, that a dock has something to show.
    """
    by_hand = _needing((Can.STEP,), *CHANNEL, *CONSUMER)
    history = _needing((Can.SEEK, Can.INSIDE), *RUN)
    files = (*FILE, *RECORDING, *export_actions(docks, tells), *CLOSING)
    live = (*engine_actions(kinds), *LIVE, *REPLAY)
    return (*files, *EDIT, *by_hand, *history, *INSIDE, *live, *dock_actions(docks), *VIEW, *HELP)


def _needing(can: tuple[Can, ...], *table: Action) -> tuple[Action, ...]:
    """Give the rows that do not say themselves what they need."""
    return tuple(row if row.needs else replace(row, needs=can) for row in table)
