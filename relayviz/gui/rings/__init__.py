"""The rings: each CPU's buffer as a ring of sub-buffers, or as a bar where there are many."""

from relayviz.gui.rings.panel import RingsPanel

__all__ = ["RingsPanel"]
