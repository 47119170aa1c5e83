"""Channels that are somewhere else: listed, searched, chosen and opened, of whatever they are."""

from relayviz.gui.chosen.opening import Opening
from relayviz.gui.chosen.searched import Searched

__all__ = ["Opening", "Searched"]
