"""Looking at channels of other processes: which there are, and which of them."""

from relayviz.gui.attach.attached import Attached

__all__ = ["Attached"]
