"""What stops a running channel: the question, and the notice afterwards."""

from relayviz.gui.breakon.dialog import BreakOnDialog
from relayviz.gui.breakon.notice import HitNotice

__all__ = ["BreakOnDialog", "HitNotice"]
