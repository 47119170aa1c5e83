"""The Watches dock: figures of one's own, plotted along the history."""

from relayviz.gui.watches.panel import WatchesPanel

__all__ = ["WatchesPanel"]
