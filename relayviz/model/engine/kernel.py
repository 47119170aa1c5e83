"""Real kernels: which one is meant, and what is opened of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from relayviz.model import plain

if TYPE_CHECKING:
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.kernel.look import Channel, Look


class How(StrEnum):
    """The ways to a kernel's memory."""

    DUMP = "dump"
    GUEST = "guest"
    HERE = "here"
    SSH = "ssh"


@dataclass(frozen=True, slots=True)
class Where:
    """Which kernel is meant.

    Attributes:
        how: The way to it.
        target: A dump's file, a socket of QEMU's machine protocol, a host; nothing for this
            machine.
        types: File with that kernel's types; empty: they are looked for in its memory.
        symbols: The same with its symbols.
        agent: Where relay-agent is; empty: its name finds it.
    """

    how: How
    target: str = ""
    types: str = ""
    symbols: str = ""
    agent: str = ""

    @property
    def runs(self) -> bool:
        """Whether that kernel is at work, so that a second look can see something else."""
        return self.how is not How.DUMP

    @property
    def name(self) -> str:
        """What people call it."""
        if self.how is How.HERE:
            return "this machine"
        return self.target if self.how is How.SSH else Path(self.target).name

    def to_values(self) -> dict[str, object]:
        """Return it as plain values, for a file."""
        names = ("target", "types", "symbols", "agent")
        return {
            "how": str(self.how),
            **{name: getattr(self, name) for name in names if getattr(self, name)},
        }


def where_of(values: object) -> Where | None:
    """Return what plain values say; None: they say no such thing."""
    try:
        told = plain.table(values, ())
        texts = {name: plain.text(told[name], (name,)) for name in told if name != "how"}
        return Where(How(str(told.get("how"))), **texts)
    except (ValueError, TypeError):
        return None


class ForeignKernel(Protocol):
    """A kernel that was opened; what is chosen of it becomes an engine.

    Threads: any, but none of them may wait for another in `open`.
    """

    @property
    def where(self) -> Where:
        """Which one it is."""

    @property
    def look(self) -> Look:
        """Its channels as they were when it was opened."""

    def open(self, channel: Channel) -> Engine:
        """Return an engine that looks at a channel; OpenError: it is too damaged for that."""

    def close(self, timeout: float = ...) -> bool:
        """Let go of it; engines that were opened go on. Can be called again."""
