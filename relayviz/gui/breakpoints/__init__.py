"""The Breakpoints dock: what Run stops at, and how often each was hit."""

from relayviz.gui.breakpoints.panel import BreakpointsPanel

__all__ = ["BreakpointsPanel"]
