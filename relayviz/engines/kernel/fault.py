"""What can go wrong between a file and the channels in it. Messages name cause and remedy."""

from __future__ import annotations

from relayviz.engines.looked.watch import GoneError


class KernelError(GoneError):
    """A kernel's memory, symbols or types cannot be used at all."""


class DumpError(KernelError):
    """A file is no dump that can be read."""


class SymbolsError(KernelError):
    """There are no symbols, or not the ones that are needed."""


class TypesError(KernelError):
    """There are no types, or not the ones that are needed."""


class UnreadableError(KernelError):
    """Some address cannot be read; others may be."""


class GuestError(KernelError):
    """QEMU cannot be reached, or refuses."""


class AgentError(KernelError):
    """relay-agent cannot be started, has ended, or says what no agent says."""


class RefusedError(AgentError):
    """relay-agent has not what it was asked for."""
