"""`relayviz kernel SOURCE`: the relay channels of a real kernel, dead or alive."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import KernelError
from relayviz.engines.kernel.kernel import Kernel
from relayviz.engines.kernel.saving import save
from relayviz.kernel.as_json import as_json
from relayviz.kernel.as_lines import as_lines
from relayviz.kernel.report import report_of
from relayviz.kernel.sources import UsageError, add_sources, has_source, name_of, open_source
from relayviz.kernel.traced import add_trace, print_probes, print_trace
from relayviz.model.meant import meant
from relayviz.model.numbers import about, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.kernel.source import Source
    from relayviz.kernel.report import Report
    from relayviz.model.kernel.look import Channel, Look

DONE, DAMAGED, UNUSABLE = 0, 1, 2
_SLOWEST, _FASTEST = 0.01, 100.0  # looks a second


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz kernel` to the command line."""
    parser = commands.add_parser(
        "kernel",
        help="a real kernel's channels: a dump, a guest under QEMU, a live machine",
        description="Show the relay channels of an x86-64 kernel: in a dump of its memory (an ELF "
        "core or a compressed kdump file), in a guest under QEMU, on this machine or another. "
        "Nothing is taken from their consumers. docs/kernel.md tells more.",
        epilog="Exit status: 0 all was read, 1 something in it is damaged or missing, 2 nothing "
        "can be read.",
    )
    add_sources(parser)
    parser.set_defaults(parser=parser)
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="NAME",
        help="only this channel, by name, folder, client or address; may be repeated",
    )
    parser.add_argument(
        "--watch",
        type=rate,
        metavar="HZ",
        help="look this many times a second (0.01 to 100), until interrupted",
    )
    add_trace(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON, one a line")
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="also write a small dump with only the pages that this needed, types and symbols "
        "included; it holds memory of the kernel, so only you can read it",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report, or one after the other; the result is the exit status."""
    status = DONE
    needs_none = arguments.probes or arguments.trace is not None
    if not has_source(arguments) and not needs_none:
        arguments.parser.error("which kernel? Give a dump, or --qemu, --live or --ssh")
    if arguments.probes and has_source(arguments):
        arguments.parser.error("--probes only prints a script: no source, but --types")
    try:
        if arguments.probes:
            print_probes(arguments.types)
            return DONE
        if arguments.trace is not None:
            is_whole = print_trace(arguments.trace, _named(arguments), is_json=arguments.json)
            return DONE if is_whole else DAMAGED
        with closing(open_source(arguments, arguments.watch)) as kernel:
            for _ in turns(arguments.watch):
                status = max(status, tell(kernel, arguments))
            if arguments.save is not None:
                _save(arguments, kernel)
    except (KernelError, UsageError) as error:
        about_it = f"{name_of(arguments)}: " if has_source(arguments) else ""
        print(f"relayviz kernel: {about_it}{error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        pass  # the way to end a watch
    return status


def _named(arguments: argparse.Namespace) -> list[Channel]:
    """Return the channels of the source that gives them names; none without one."""
    if not has_source(arguments):
        return []
    with closing(open_source(arguments, None)) as kernel:
        return chosen(kernel.look(), arguments.channel)


def tell(kernel: Source, arguments: argparse.Namespace) -> int:
    """Look once and print what is seen; the exit status for it."""
    report = _seen(kernel, arguments.channel)
    print(as_json(report) if arguments.json else "\n".join(as_lines(report)), flush=True)
    is_damaged = report.damage or any(
        told.channel.damage or any(buffer.damage for buffer in told.buffers)
        for told in report.channels
    )
    return DAMAGED if is_damaged else DONE


def turns(hz: float | None) -> Iterator[None]:
    """Yield once, or `hz` times a second without end; a turn that took too long delays the next."""
    due = monotonic()
    while True:
        yield
        if hz is None:
            return
        due = max(due + 1 / hz, monotonic())
        sleep(due - monotonic())


def rate(text: str) -> float:
    """Return a number of looks a second."""
    try:
        hz = float(text)
    except ValueError:
        hz = 0.0
    if not _SLOWEST <= hz <= _FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r}: give {_SLOWEST:g} to {_FASTEST:g} a second.")
    return hz


def _seen(kernel: Source, names: list[str]) -> Report:
    look = kernel.look()
    return report_of(kernel, chosen(look, names), look.damage)


def _save(arguments: argparse.Namespace, kernel: Source) -> None:
    """Save what is seen, and say what that is."""
    path: Path = arguments.save
    if not isinstance(kernel, Kernel):
        raise UsageError("relay-agent gives no pages of memory: --save is for dumps and guests.")
    if path.exists() and arguments.source is not None and path.samefile(arguments.source):
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
