"""The time line: what happened at each step on each CPU, and going to any of them."""

from relayviz.gui.timeline.panel import TimelinePanel

__all__ = ["TimelinePanel"]
