"""Sessions in the window: files, autosave, and the questions before something is lost."""

from relayviz.gui.sessions.desk import Desk

__all__ = ["Desk"]
