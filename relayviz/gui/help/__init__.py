"""Help: the table of keys, the words, and about."""

from relayviz.gui.help.dialog import HelpDialog

__all__ = ["HelpDialog"]
