"""Which kernel is meant: a dump, a guest, this machine, or another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.kernel.agent import commands
from relayviz.engines.kernel.agent.kernel import AgentKernel
from relayviz.engines.kernel.opening import open_dump, open_guest

if TYPE_CHECKING:
    import argparse

    from relayviz.engines.kernel.source import Source

_HZ = 10.0
_FROM_DUMP = "(looked for in the dump or guest)"


class UsageError(Exception):
    """What was asked for cannot be done with this source."""


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add what names a kernel to a command."""
    parser.add_argument("source", type=Path, nargs="?", metavar="SOURCE", help="a dump")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--qemu",
        type=Path,
        metavar="SOCKET",
        help="a guest that runs, by the socket of QEMU's -qmp unix:SOCKET,server=on,wait=off",
    )
    where.add_argument("--live", action="store_true", help="this machine, by relay-agent")
    where.add_argument(
        "--ssh", metavar="HOST", help="another machine, by relay-agent there, started over ssh"
    )
    parser.add_argument(
        "--agent", metavar="PATH", help="of relay-agent, if its name alone does not find it"
    )
    parser.add_argument(
        "--types",
        type=Path,
        metavar="FILE",
        help=f"a copy of that kernel's /sys/kernel/btf/vmlinux {_FROM_DUMP}",
    )
    parser.add_argument(
        "--symbols",
        type=Path,
        metavar="FILE",
        help=f"a copy of its /proc/kallsyms, a System.map, or a table of JSON {_FROM_DUMP}",
    )


def name_of(arguments: argparse.Namespace) -> str:
    """Return what messages call the source."""
    if arguments.qemu is not None:
        return str(arguments.qemu.name)
    if arguments.ssh is not None:
        return str(arguments.ssh)
    if arguments.live:
        return "this machine"
    return str(arguments.source.name)


def is_running(arguments: argparse.Namespace) -> bool:
    """Tell whether the kernel runs, so that a second look can see something else."""
    return bool(arguments.live or arguments.ssh is not None or arguments.qemu is not None)


def has_source(arguments: argparse.Namespace) -> bool:
    """Tell whether a kernel is meant."""
    return arguments.source is not None or is_running(arguments)


def open_source(arguments: argparse.Namespace, hz: float | None) -> Source:
    """Open the kernel that is meant.

    Args:
        arguments: Of the command line.
        hz: Looks a second that are wanted; None: one look.

    Raises:
        UsageError: Two are meant, or something is given that this kind does not take.
        KernelError: It cannot be opened.
    """
    running = is_running(arguments)
    if running and arguments.source is not None:
        raise UsageError("One source is looked at: a dump, or --qemu SOCKET, --live or --ssh HOST.")
    if hz is not None and not running:
        raise UsageError("A dump stays as it is: --watch is for a kernel that runs.")
    by_agent = arguments.live or arguments.ssh is not None
    if by_agent and (arguments.types or arguments.symbols):
        raise UsageError("relay-agent takes types and symbols from the kernel it runs on.")
    if arguments.agent is not None and not by_agent:
        raise UsageError("--agent is for --live and --ssh.")
    if arguments.qemu is not None:
        return open_guest(arguments.qemu, arguments.types, arguments.symbols)
    if arguments.ssh is not None:
        program = arguments.agent or commands.NAME
        return AgentKernel(commands.over_ssh(hz or _HZ, arguments.ssh, program))
    if arguments.live:
        agent = Path(arguments.agent) if arguments.agent is not None else None
        return AgentKernel(commands.local(hz or _HZ, agent))
    return open_dump(arguments.source, arguments.types, arguments.symbols)
