"""Actions: everything the user can ask for, declared once as data.

Menus, toolbar, shortcuts, the table of keys and the command palette are made from ACTIONS. A new
command is a new row in one of the tables, one for each menu, and nothing else.
"""

from dataclasses import replace

from relayviz.gui.actions.action import STEP_BARS, Action, Bar, Menu, Shell
from relayviz.gui.actions.action_set import ActionSet
from relayviz.gui.actions.channel import CHANNEL
from relayviz.gui.actions.consumer import CONSUMER
from relayviz.gui.actions.edit import EDIT
from relayviz.gui.actions.file import FILE
from relayviz.gui.actions.help import HELP
from relayviz.gui.actions.live import LIVE
from relayviz.gui.actions.run import RUN
from relayviz.gui.actions.view import VIEW
from relayviz.gui.tab import Side

MODES = ("mode.no-overwrite", "mode.overwrite", "mode.default")  # can be changed while it runs
#: What acts on a channel by hand is for one that is stepped.
BY_HAND = tuple(
    action if action.id in MODES else replace(action, side=Side.STEP)
    for action in (*CHANNEL, *CONSUMER, *RUN)
)

ACTIONS: tuple[Action, ...] = (*FILE, *EDIT, *BY_HAND, *LIVE, *VIEW, *HELP)

__all__ = ["ACTIONS", "STEP_BARS", "Action", "ActionSet", "Bar", "Menu", "Shell"]
