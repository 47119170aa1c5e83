"""The Log dock: everything that was done, on all branches."""

from relayviz.gui.log.model import LogModel
from relayviz.gui.log.panel import LogPanel

__all__ = ["LogModel", "LogPanel"]
