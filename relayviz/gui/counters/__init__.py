"""The Per-CPU counters dock."""

from relayviz.gui.counters.model import CountersModel
from relayviz.gui.counters.panel import CountersPanel

__all__ = ["CountersModel", "CountersPanel"]
