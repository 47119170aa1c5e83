"""Switches and refused events, as a kernel's own probes printed them: which, when, and by whom."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from relayviz.engines.kernel.fault import TypesError
from relayviz.engines.kernel.opening import read_types
from relayviz.engines.kernel.tracing.lines import Traced, read_trace
from relayviz.engines.kernel.tracing.probes import script_of
from relayviz.kernel.sources import UsageError
from relayviz.model.kernel.switches import Ending, tallies
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from relayviz.model.kernel.look import Channel
    from relayviz.model.kernel.switches import Tally

OF_THIS_MACHINE = Path("/sys/kernel/btf/vmlinux")
MOST_NAMED = 4  # processes


def add_trace(parser: argparse.ArgumentParser) -> None:
    """Add what asks for probes and reads what they printed."""
    parser.add_argument(
        "--trace",
        type=Path,
        metavar="FILE",
        help="tell what became of each event that found no room, from what the probes of --probes "
        "printed; - is standard input. SOURCE gives the channels their names",
    )
    parser.add_argument(
        "--probes",
        action="store_true",
        help="print a shell script that has a kernel print each switch and each refused event by "
        "its own tracefs; run it there as root. --types is of that kernel, else of this machine",
    )


def print_probes(types: Path | None) -> None:
    """Print the script that has a kernel print its switches.

    Args:
        types: Of that kernel; None: of this machine.

    Raises:
        TypesError: They cannot be read.
    """
    try:
        print(script_of(read_types(types or OF_THIS_MACHINE)), end="")
    except TypesError as error:
        if types is not None:
            raise
        remedy = f"Give --types: a copy of that kernel's {OF_THIS_MACHINE}."
        raise TypesError(f"{error} {remedy}") from error


def print_trace(path: Path, channels: Sequence[Channel], *, is_json: bool) -> bool:
    """Print what a trace tells; whether it is whole.

    Args:
        path: What the probes printed; "-": standard input.
        channels: Give names to addresses.
        is_json: As JSON, each call with its time and process.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with _opened(path) as lines:
            traced = read_trace(lines)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path} cannot be read: {reason}.") from error
    names = {channel.addr: channel.name for channel in channels}
    if is_json:
        print(json.dumps(as_plain(traced, names)))
    else:
        print("\n".join(_lines(traced, names)))
    return not traced.missing and not traced.damaged


def _opened(path: Path) -> AbstractContextManager[TextIO]:
    if str(path) == "-":
        return nullcontext(sys.stdin)
    return path.open(encoding="utf-8", errors="replace")


def as_plain(traced: Traced, names: dict[int, str]) -> dict[str, Any]:
    """Return what a trace tells as values for JSON."""
    return {
        "calls": [
            {**asdict(call), "name": names.get(call.channel), "ending": str(call.ending)}
            for call in traced.calls
        ],
        "missing": traced.missing,
        "damaged": traced.damaged,
    }


def _lines(traced: Traced, names: dict[int, str]) -> Iterator[str]:
    by_buffer = tallies(traced.calls)
    yield f"{plural(len(traced.calls), 'call')} of relay_switch_subbuf"
    if traced.missing:
        yield f"The kernel had no room for {plural(traced.missing, 'line')} of the trace."
    if traced.damaged:
        yield f"{plural(traced.damaged, 'line')} cannot be understood."
    for channel in dict.fromkeys(channel for channel, _cpu in by_buffer):
        yield ""
        yield f"{names.get(channel, 'channel')} at {channel:#x}"
        for (owner, cpu), tally in sorted(by_buffer.items()):
            if owner == channel:
                yield f"  CPU {cpu}  {_buffer(tally)}"


def _buffer(tally: Tally) -> str:
    lost = tally.endings[Ending.REFUSED] + tally.endings[Ending.TOO_BIG]
    told = [plural(tally.endings[Ending.STORED], "switch", "switches")]
    if tally.endings[Ending.FLUSHED]:
        told.append(plural(tally.endings[Ending.FLUSHED], "flush", "flushes"))
    if tally.endings[Ending.NOT_KNOWN]:
        told.append(f"{grouped(tally.endings[Ending.NOT_KNOWN])} whose end is not known")
    told.append(f"{plural(lost, 'event')} lost")
    if lost:
        told[-1] += (
            f" ({grouped(tally.endings[Ending.REFUSED])} refused,"
            f" {grouped(tally.endings[Ending.TOO_BIG])} too big)"
        )
        who = [f"{name} {grouped(count)}" for name, count in tally.losers.most_common(MOST_NAMED)]
        more = len(tally.losers) - len(who)
        told.append(f"by {', '.join(who)}{f' and {more} more' if more else ''}")
        told.append(f"the last at {tally.last_lost:.6f} s")
    return ", ".join(told)
