"""The Compare window: the same operations on two channels, side by side."""

from relayviz.gui.compare.window import CompareWindow

__all__ = ["CompareWindow"]
