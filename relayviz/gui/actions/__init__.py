"""Actions: everything the user can ask for, declared once as data.

Menus, toolbar, shortcuts, the table of keys and the command palette are made from ACTIONS. A new
command is a new row in one of the tables, one for each menu, and nothing else.
"""

from dataclasses import replace

from relayviz.gui.actions.action import STEP_BARS, Action, Bar, Menu, Shell
from relayviz.gui.actions.action_set import ActionSet
from relayviz.gui.actions.tables.channel import CHANNEL
from relayviz.gui.actions.tables.consumer import CONSUMER
from relayviz.gui.actions.tables.edit import EDIT
from relayviz.gui.actions.tables.file import FILE
from relayviz.gui.actions.tables.help import HELP
from relayviz.gui.actions.tables.live import LIVE
from relayviz.gui.actions.tables.run import RUN
from relayviz.gui.actions.tables.view import VIEW
from relayviz.gui.desk.tab import Side

MODES = ("mode.no-overwrite", "mode.overwrite", "mode.default")  # can be changed while it runs
#: What acts on a channel by hand is for one that is stepped.
BY_HAND = tuple(
    action if action.id in MODES else replace(action, side=Side.STEP)
    for action in (*CHANNEL, *CONSUMER, *RUN)
)

ACTIONS: tuple[Action, ...] = (*FILE, *EDIT, *BY_HAND, *LIVE, *VIEW, *HELP)

__all__ = ["ACTIONS", "STEP_BARS", "Action", "ActionSet", "Bar", "Menu", "Shell"]
