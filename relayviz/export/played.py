"""The session on a channel, standing at what is to be written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from relayviz.engines.step.play import play

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.step.engine import StepEngine
    from relayviz.export.wanted import Wanted

PATIENCE = 3600.0  # seconds: as good as for ever, and still an end


@contextmanager
def played(wanted: Wanted) -> Iterator[StepEngine]:
    """Have the session played, and stand where it does: in another branch at the end."""
    engine = play(wanted.session, wanted.clients)
    try:
        shown = wanted.session.view
        if shown is None or shown.branch != wanted.branch:
            engine.go(wanted.branch, wanted.session.lines[wanted.branch].length)
        engine.wait_idle(PATIENCE)
        yield engine
    finally:
        engine.close()
