"""Recordings in the window: begun and ended, opened, played."""

from relayviz.gui.recordings.recordings import Recordings

__all__ = ["Recordings"]
