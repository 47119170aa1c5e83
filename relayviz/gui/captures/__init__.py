"""Opening what consumers of relay wrote to disk: which files, recent ones, drag and drop."""

from relayviz.gui.captures.captures import Captures

__all__ = ["Captures"]
