"""The index of scenarios: sessions that come with the program, by topic."""

from relayviz.gui.scenarios.dialog import ScenariosDialog

__all__ = ["ScenariosDialog"]
