"""Sessions and step engines: playing one on a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step.engine import StepEngine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.engines.step.stop import Stop
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.session.session import Session


def play(
    session: Session, clients: Iterable[SubbufStart] = (), stop: Stop | None = None
) -> StepEngine:
    """Open a session's channel and ask for all that was done; wait_idle tells when it is.

    Branches have the numbers of their lines.

    Args:
        session: The session.
        clients: Its Python subbuf_starts (Session.sources), confirmed by a person.
        stop: What ends it before its end.

    Raises:
        OpenError: The channel cannot be opened.
    """
    clients = list(clients)
    engine = StepEngine(session.config, clients)
    if stop is not None:
        engine.stop_when(stop)
    for line in session.lines:
        if line.parent is not None:
            engine.go(line.parent, line.fork)
        engine.submit(*line.operations)
    for number, line in enumerate(session.lines):
        engine.rename(number, line.name)
    shown = session.end if session.view is None else session.view
    engine.go(shown.branch, shown.step)
    return engine
