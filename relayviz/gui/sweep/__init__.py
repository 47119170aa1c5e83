"""Live → Sweep: loads by sizes by modes as a heat map."""

from relayviz.gui.sweep.window import SweepWindow

__all__ = ["SweepWindow"]
