"""A kernel is opened: what a person named becomes a source, and its channels become engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.kernel.agent import commands
from relayviz.engines.kernel.agent.kernel import AgentKernel
from relayviz.engines.kernel.fault import KernelError
from relayviz.engines.kernel.opening import open_dump, open_guest
from relayviz.engines.kernel.viewing.engine import KernelEngine
from relayviz.engines.looked.watch import HZ, Watch
from relayviz.model.engine.kernel import How
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from relayviz.engines.kernel.source import Source
    from relayviz.model.engine.kernel import Where
    from relayviz.model.kernel.look import Channel, Look


class OpenedKernel:
    """A kernel with its channels.

    Args:
        source: What is looked at; it belongs to this from now on.
        where: Which kernel it is.

    Raises:
        KernelError: It is gone already.
    """

    def __init__(self, source: Source, where: Where) -> None:
        try:
            self.look: Look = source.look()
        except BaseException:
            source.close()
            raise
        self.where = where
        self._watch = Watch(source, runs=where.runs, name="kernel")

    def open(self, channel: Channel) -> KernelEngine:
        """Return an engine that looks at a channel; OpenError: it is too damaged for that."""
        return KernelEngine(self._watch, self.where, channel, self.look.release)

    def close(self, timeout: float = 1.0) -> bool:
        """Let go of it; engines that were opened go on. Can be called again."""
        return self._watch.leave(None, timeout)


def attach(where: Where) -> OpenedKernel:
    """Open a kernel. It takes as long as that takes: not for the thread of a window.

    Raises:
        OpenError: It cannot be opened; the message names cause and remedy.
    """
    try:
        return OpenedKernel(_source(where), where)
    except KernelError as error:
        raise OpenError(None, str(error)) from error


def _source(where: Where) -> Source:
    types, symbols = (Path(name) if name else None for name in (where.types, where.symbols))
    match where.how:
        case How.GUEST:
            return open_guest(Path(where.target), types, symbols)
        case How.HERE:
            return AgentKernel(commands.local(HZ, Path(where.agent) if where.agent else None))
        case How.SSH:
            return AgentKernel(commands.over_ssh(HZ, where.target, where.agent or commands.NAME))
    return open_dump(Path(where.target), types, symbols)
