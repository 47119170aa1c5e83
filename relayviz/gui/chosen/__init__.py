"""Channels that are somewhere else: listed, searched, chosen and opened, of whatever they are."""

from relayviz.gui.chosen.dialog import ChannelsDialog, Words

__all__ = ["ChannelsDialog", "Words"]
