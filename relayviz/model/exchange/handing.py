"""Engines that hand themselves on: one of a capture does, as its records are no events of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.exchange.table import Table
    from relayviz.model.exchange.trace import Trace


class Handing(Protocol):
    """Gives what is written to files. It takes as long as reading takes: not for a window's thread.

    Raises:
        ExchangeError: The files cannot be read any more.
    """

    def trace(self) -> Trace:
        """Return it as a timeline."""

    def table(self) -> Table:
        """Return its records as a table."""

    def as_json(self) -> str:
        """Return what is told of it as JSON."""


def handing(engine: Engine) -> Handing | None:
    """Return an engine as one that hands itself on; None: it does not."""
    return cast("Handing", engine) if Can.TAPE in engine.can else None
