"""The Why dock: what is on screen explains itself."""

from relayviz.gui.why.panel import WhyPanel

__all__ = ["WhyPanel"]
