"""Looking at somebody else's channel: how often, and what looks find to be new."""

from relayviz.gui.looks.panel import LooksPanel

__all__ = ["LooksPanel"]
