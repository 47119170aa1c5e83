"""Which engines the window has: the one file of it that knows them, each by its kind.

A new engine is a folder in engines/ with a `kind` module, and a row here.
"""

from __future__ import annotations

from relayviz.engines.attach.viewing import kind as attach
from relayviz.engines.capture.viewing import kind as capture
from relayviz.engines.inside.viewing import kind as inside
from relayviz.engines.kernel.viewing import kind as kernel
from relayviz.engines.lesson.inside import OpenPuzzle
from relayviz.engines.lesson.key import PlayedKey
from relayviz.engines.live import kind as live
from relayviz.engines.replay import kind as replay
from relayviz.engines.step import kind as step
from relayviz.engines.sweep.here import outcomes
from relayviz.model.engine.catalogue import Catalogue
from relayviz.model.lesson.judging import Teaching
from relayviz.model.sweep.sweeper import Sweeping

KINDS = (
    *(step.KIND, live.KIND, live.SIMULATED, kernel.KIND, capture.KIND, replay.KIND),
    *(inside.KIND, attach.KIND),
)

TEACHING = Teaching(PlayedKey, OpenPuzzle)
"""What computes the answers of lessons, and opens their puzzles."""

SWEEPING = Sweeping(outcomes, live.SIMULATED.id)
"""What measures sweeps."""


def catalogue() -> Catalogue:
    """Return all kinds; `register` adds more to it before the window is made."""
    return Catalogue(KINDS)
