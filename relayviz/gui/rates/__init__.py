"""The docks Rate and Loss: the last minute of a live channel as curves."""

from relayviz.gui.rates.loss_panel import LossPanel
from relayviz.gui.rates.rate_panel import RatePanel

__all__ = ["LossPanel", "RatePanel"]
