"""`relayviz kernel SOURCE`: the relay channels of a real kernel, from a dump of its memory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import KernelError
from relayviz.engines.kernel.opening import open_dump
from relayviz.engines.kernel.saving import save
from relayviz.kernel.as_json import as_json
from relayviz.kernel.as_lines import as_lines
from relayviz.kernel.report import report_of
from relayviz.model.meant import meant
from relayviz.model.numbers import about, plural

if TYPE_CHECKING:
    import argparse

    from relayviz.engines.kernel.kernel import Kernel
    from relayviz.kernel.report import Report
    from relayviz.model.kernel.look import Channel, Look

DONE, DAMAGED, UNUSABLE = 0, 1, 2


class UsageError(Exception):
    """What was asked for cannot be done with this source."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz kernel` to the command line."""
    parser = commands.add_parser(
        "kernel",
        help="a real kernel's channels, from a memory dump",
        description="Show the relay channels that lie in a dump of a kernel's memory: an ELF core "
        "or a compressed kdump file of x86-64. Nothing but the dump is needed where it holds the "
        "kernel's types and symbols. docs/kernel.md tells more.",
        epilog="Exit status: 0 all was read, 1 something in it is damaged or missing, 2 nothing "
        "can be read.",
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the dump")
    parser.add_argument(
        "--types",
        type=Path,
        metavar="FILE",
        help="a copy of that kernel's /sys/kernel/btf/vmlinux (looked for in the dump)",
    )
    parser.add_argument(
        "--symbols",
        type=Path,
        metavar="FILE",
        help="a copy of its /proc/kallsyms, a System.map, or a table of JSON (looked for in the "
        "dump)",
    )
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="NAME",
        help="only this channel, by name, folder, client or address; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="also write a small dump with only the pages that this needed, types and symbols "
        "included; it holds memory of the kernel, so only you can read it",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report; the result is the exit status."""
    try:
        with open_dump(arguments.source, arguments.types, arguments.symbols) as kernel:
            report = _seen(kernel, arguments.channel)
            if arguments.save is not None:
                _save(arguments, kernel)
    except (KernelError, UsageError) as error:
        print(f"relayviz kernel: {arguments.source.name}: {error}", file=sys.stderr)
        return UNUSABLE
    print(as_json(report) if arguments.json else "\n".join(as_lines(report)))
    is_damaged = report.damage or any(
        told.channel.damage or any(buffer.damage for buffer in told.buffers)
        for told in report.channels
    )
    return DAMAGED if is_damaged else DONE


def _seen(kernel: Kernel, names: list[str]) -> Report:
    look = kernel.look()
    return report_of(kernel, chosen(look, names), look.damage)


def _save(arguments: argparse.Namespace, kernel: Kernel) -> None:
    """Save what is seen, and say what that is."""
    path: Path = arguments.save
    if path.exists() and path.samefile(arguments.source):
        raise UsageError("--save would replace the dump that is read. Give another file.")
    saved = save(path, kernel, lambda seen: _seen(seen, arguments.channel))
    print(
        f"relayviz kernel: {path.name} has {plural(saved.pages, 'page')} of that kernel's memory "
        f"({about(saved.size)}): the channels and buffers, what is in them, the names of their "
        "files, and the page tables that lead there. Only you can read it.",
        file=sys.stderr,
    )


def chosen(look: Look, names: list[str]) -> list[Channel]:
    """Return the channels of these names, all without any; UsageError: there is none of one."""
    if not names:
        return list(look.channels)
    for name in names:
        if not any(name in _names(channel) for channel in look.channels):
            known = [channel.name for channel in look.channels]
            raise UsageError(f"There is no channel {name}. {meant(name, known)}")
    return [channel for channel in look.channels if _names(channel) & set(names)]


def _names(channel: Channel) -> set[str]:
    """Return all that a channel can be called."""
    found = {channel.name, f"{channel.addr:#x}", channel.base_filename}
    if channel.parent is not None:
        found |= {channel.parent, channel.parent.rsplit("/", 1)[-1]}
    if channel.client is not None:
        found.add(channel.client.kind)
    return found - {""}
