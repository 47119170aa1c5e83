"""`relayviz kernel SOURCE`: the relay channels of a real kernel, dead or alive."""

from __future__ import annotations

import sys
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import KernelError
from relayviz.kernel.as_json import as_json
from relayviz.kernel.as_lines import as_lines
from relayviz.kernel.report import report_of
from relayviz.kernel.sources import UsageError, add_sources, name_of, open_source
from relayviz.model.meant import meant

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from relayviz.engines.kernel.source import Source
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
    parser.add_argument("--json", action="store_true", help="print the report as JSON, one a line")


def run(arguments: argparse.Namespace) -> int:
    """Print the report, or one after the other; the result is the exit status."""
    status = DONE
    try:
        with closing(open_source(arguments, arguments.watch)) as kernel:
            for _ in turns(arguments.watch):
                status = max(status, tell(kernel, arguments))
    except (KernelError, UsageError) as error:
        print(f"relayviz kernel: {name_of(arguments)}: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        pass  # the way to end a watch
    return status


def tell(kernel: Source, arguments: argparse.Namespace) -> int:
    """Look once and print what is seen; the exit status for it."""
    look = kernel.look()
    report = report_of(kernel, chosen(look, arguments.channel), look.damage)
    print(as_json(report) if arguments.json else "\n".join(as_lines(report)), flush=True)
    is_damaged = look.damage or any(
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
    hz = float(text)
    if not _SLOWEST <= hz <= _FASTEST:
        raise ValueError(text)
    return hz


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
