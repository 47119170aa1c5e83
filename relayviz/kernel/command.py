"""`relayviz kernel SOURCE`: the relay channels of a real kernel, read from its memory."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import KernelError
from relayviz.engines.kernel.opening import KCORE, SYMBOLS, TYPES, open_dump, open_live
from relayviz.engines.kernel.saving import save
from relayviz.kernel.as_json import as_json
from relayviz.kernel.as_lines import as_lines
from relayviz.kernel.report import report_of
from relayviz.model.meant import meant
from relayviz.model.numbers import about, plural

if TYPE_CHECKING:
    from relayviz.engines.kernel.kernel import Kernel
    from relayviz.kernel.report import Report
    from relayviz.model.kernel.look import Channel, Look

DONE, DAMAGED, UNUSABLE = 0, 1, 2
LEAST_RATE, MOST_RATE = 0.01, 1000.0


class UsageError(Exception):
    """What was asked for cannot be done with this source."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz kernel` to the command line."""
    parser = commands.add_parser(
        "kernel",
        help="a real kernel's channels, from a memory dump",
        description="Show the relay channels in a dump of a kernel's memory (an ELF core or a "
        "compressed kdump file of x86-64), or in the kernel that runs. Nothing but the dump is "
        "needed where it holds the kernel's types and symbols. docs/kernel.md tells more.",
        epilog="Exit status: 0 all was read, 1 something in it is damaged or missing, 2 nothing "
        "can be read.",
    )
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="the dump; /proc/kcore: the kernel that runs"
    )
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
        "--watch",
        type=_rate,
        metavar="HZ",
        help="look so often a second until Ctrl-C, each time a report; of a kernel that runs",
    )
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="also write a small dump with only the pages that this needed, types and symbols "
        "included; it holds memory of the kernel, so only you can read it",
    )


def _rate(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not LEAST_RATE <= found <= MOST_RATE:
        raise argparse.ArgumentTypeError(f"give a number from {LEAST_RATE} to {MOST_RATE}")
    return found


def run(arguments: argparse.Namespace) -> int:
    """Print what is seen, once or again and again; the result is the exit status."""
    try:
        with _open(arguments) as kernel:
            status = _tell(arguments, kernel)
            if arguments.save is not None:
                _save(arguments, kernel)
            while arguments.watch:
                sleep(1 / arguments.watch)
                status = _tell(arguments, kernel)
            return status
    except (KernelError, UsageError) as error:
        print(f"relayviz kernel: {arguments.source.name}: {error}", file=sys.stderr)
        return UNUSABLE


def _open(arguments: argparse.Namespace) -> Kernel:
    types, symbols = arguments.types, arguments.symbols
    if arguments.watch and arguments.source != KCORE:
        raise UsageError("A dump does not change. --watch is for a kernel that runs.")
    if arguments.source == KCORE:
        return open_live(KCORE, types or TYPES, symbols or SYMBOLS)
    return open_dump(arguments.source, types, symbols)


def _tell(arguments: argparse.Namespace, kernel: Kernel) -> int:
    """Print one look; the result is its exit status."""
    report = _seen(kernel, arguments.channel)
    print(as_json(report) if arguments.json else "\n".join(as_lines(report)), flush=True)
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
