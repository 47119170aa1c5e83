"""Actions: everything the user can ask for, declared once as data.

Menus, toolbar, shortcuts, the table of keys and the command palette are made from ACTIONS. A new
command is a new row in one of the tables, one for each menu, and nothing else.
"""

from relayviz.gui.actions.action import Action, Bar, Menu, Shell
from relayviz.gui.actions.action_set import ActionSet
from relayviz.gui.actions.channel import CHANNEL
from relayviz.gui.actions.consumer import CONSUMER
from relayviz.gui.actions.edit import EDIT
from relayviz.gui.actions.file import FILE
from relayviz.gui.actions.help import HELP
from relayviz.gui.actions.run import RUN
from relayviz.gui.actions.view import VIEW

ACTIONS: tuple[Action, ...] = (*FILE, *EDIT, *CHANNEL, *CONSUMER, *RUN, *VIEW, *HELP)

__all__ = ["ACTIONS", "Action", "ActionSet", "Bar", "Menu", "Shell"]
