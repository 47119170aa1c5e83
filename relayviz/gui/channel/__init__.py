"""The Channel dock: what the channel was opened with, and its state."""

from relayviz.gui.channel.model import ChannelModel
from relayviz.gui.channel.panel import ChannelPanel

__all__ = ["ChannelModel", "ChannelPanel"]
