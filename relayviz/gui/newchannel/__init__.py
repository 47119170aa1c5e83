"""The dialog for a new channel, and the editor for a subbuf_start of one's own."""

from relayviz.gui.newchannel.dialog import NewChannelDialog
from relayviz.gui.newchannel.python_dialog import PythonDialog

__all__ = ["NewChannelDialog", "PythonDialog"]
