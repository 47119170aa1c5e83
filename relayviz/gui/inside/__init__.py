"""Inside operations: actors, the source where they stand, what readers have got, the explorer."""

from relayviz.gui.inside.actors import ActorsPanel
from relayviz.gui.inside.copies import CopyPanel
from relayviz.gui.inside.source import SourcePanel

__all__ = ["ActorsPanel", "CopyPanel", "SourcePanel"]
