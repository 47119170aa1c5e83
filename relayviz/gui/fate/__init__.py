"""The Fate dock: what became of every event."""

from relayviz.gui.fate.panel import FatePanel

__all__ = ["FatePanel"]
