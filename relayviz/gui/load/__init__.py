"""The dock Load: what a live channel is put under."""

from relayviz.gui.load.panel import LoadPanel

__all__ = ["LoadPanel"]
