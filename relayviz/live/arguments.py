"""The arguments of `relayviz live`, and the plan that they make."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relayviz.live import notation
from relayviz.live.notation import UsageError
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.clients import client_loads, clients
from relayviz.model.condition.expression import Expression
from relayviz.model.condition.language import ConditionError
from relayviz.model.files import is_same
from relayviz.model.live.totals import NAMES
from relayviz.model.load.clock import Simulated
from relayviz.model.load.file import LoadError, from_toml, text_of
from relayviz.model.load.load import BreakOn, Load, ReaderKind
from relayviz.model.load.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.clients import Client

STANDARD_OUTPUT = "-"
_DEFAULT = ChannelConfig(subbuf_size=4096)
_MODES = [str(mode) for mode in Mode if mode is not Mode.PYTHON]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run and what to tell.

    Attributes:
        config: The channel.
        load: What it is put under.
        break_on: What ends the run before its time.
        seconds: How long it runs.
        expected: Conditions that decide on the exit status.
        advise: Look for the smallest sizes that lose nothing: "number" of sub-buffers, or "room"
            that size and number take together; empty: do not.
        json: Where the report goes as JSON: a file, "-" standard output; empty: nowhere.
        quiet: No progress, no report but what fails.
        simulated: The clock; None: the machine's.
    """

    config: ChannelConfig
    load: Load
    break_on: BreakOn
    seconds: float
    expected: tuple[Expression, ...]
    advise: str
    json: str
    quiet: bool
    simulated: Simulated | None = None


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of the command."""
    parser = commands.add_parser(
        "live",
        help="put a channel under load: rates, losses, findings",
        description="Put a channel under a load of real threads and tell what became of it.",
        epilog="Exit status: 0 all that was expected holds, 1 something does not, 2 wrong usage. "
        f"Names in an expectation: {', '.join(NAMES)}. "
        f"Presets: {', '.join(PRESETS)}.",
    )
    add_channel(parser)
    add_load(parser)
    rest = parser.add_argument_group("the run and its report")
    _add_run(rest)
    _add_report(rest)


def add_channel(parser: argparse.ArgumentParser) -> None:
    """Add what says which channel it is."""
    group = parser.add_argument_group("the channel")
    group.add_argument(
        "--client",
        choices=list(_clients()),
        metavar="NAME",
        help="begin with the channel and the load of a client of the kernel's: "
        + ", ".join(_clients()),
    )
    group.add_argument("--cpus", type=notation.whole, metavar="N", help=f"({_DEFAULT.cpus})")
    group.add_argument(
        "--subbuf-size",
        type=notation.size,
        metavar="BYTES",
        help=f"such as 512 or 4K ({_DEFAULT.subbuf_size})",
    )
    group.add_argument(
        "--n-subbufs", type=notation.whole, metavar="N", help=f"({_DEFAULT.n_subbufs})"
    )
    group.add_argument("--mode", choices=_MODES, help=f"({_DEFAULT.mode})")
    group.add_argument(
        "--header",
        type=notation.size,
        metavar="BYTES",
        help="reserved at the start of each sub-buffer (0)",
    )


def _clients() -> dict[str, Client]:
    return {client.name: client for client in clients()}


def add_load(parser: argparse.ArgumentParser) -> None:
    """Add what says what the channel is put under."""
    group = parser.add_argument_group("the load: a preset or file, and what is different from it")
    group.add_argument(
        "--load", metavar="PRESET|FILE.toml", help="(steady, or the client's); see docs/live.md"
    )
    group.add_argument(
        "--rate", type=notation.rate, metavar="N|max", help="events a second on each CPU: 50k, max"
    )
    group.add_argument(
        "--size",
        type=notation.event_sizes,
        metavar="BYTES",
        help="64; 16-96; exp:90; exp:90:16-400 (mean, limits); @FILE, one size on each line",
    )
    group.add_argument("--burst", type=notation.burst, metavar="ON/OFF", help="such as 20ms/80ms")
    group.add_argument("--reader", choices=[str(kind) for kind in ReaderKind])
    group.add_argument("--pace", type=notation.duration, metavar="TIME", help="between two visits")
    group.add_argument(
        "--batch", type=notation.whole, metavar="N", help="read: bytes, mmap: sub-buffers; 0: all"
    )
    group.add_argument("--stall", type=notation.stall, metavar="LONG/EVERY", help="such as 1s/5s")
    group.add_argument(
        "--flush", type=notation.duration, metavar="TIME", help="between two flushes"
    )
    group.add_argument(
        "--flush-after",
        type=notation.whole,
        metavar="N",
        help="events behind which the writer flushes; 1: behind each",
    )
    group.add_argument(
        "--pieces",
        type=notation.whole,
        metavar="N",
        help="events in a row that make one record; a torn one came in part (torn_records)",
    )
    group.add_argument("--writer-threads", type=notation.whole, metavar="N")
    group.add_argument("--reader-threads", type=notation.whole, metavar="N")


def _add_run(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--for", dest="seconds", type=notation.duration, default=5.0, metavar="TIME", help="(5s)"
    )
    group.add_argument(
        "--break-on",
        action="append",
        default=[],
        metavar="WHAT",
        help="end at once at: lost, the name of a loss, full, lapped, torn, twice, torn_records, "
        "COUNTER>=N; only on one CPU: cpu=N. May be repeated",
    )
    group.add_argument(
        "--simulated",
        action="store_true",
        help="on a simulated clock: exact, the same each time, without waiting",
    )
    group.add_argument(
        "--seed", type=notation.whole, metavar="N", help="of a simulated load's sizes (0)"
    )
    group.add_argument(
        "--event-time",
        type=notation.duration,
        metavar="TIME",
        help="that a simulated write takes, such as 2us; so --rate max can be simulated (0)",
    )


def _add_report(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="CONDITION",
        help="such as 'lost == 0' or 'fill < 0.8'; decides on the exit status. May be repeated",
    )
    group.add_argument(
        "--json",
        nargs="?",
        const=STANDARD_OUTPUT,
        default="",
        metavar="FILE",
        help="write the report as JSON; without FILE instead of the text",
    )
    group.add_argument(
        "--advise",
        nargs="?",
        const="number",
        default="",
        choices=["number", "room"],
        help="look for the smallest number of sub-buffers that loses nothing; room: for the size "
        "and number that take least room",
    )
    group.add_argument("--quiet", action="store_true", help="no progress; tell only what fails")


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Return what the arguments ask for.

    Raises:
        UsageError: They contradict each other, or something cannot be used; says which.
    """
    client = _clients()[arguments.client] if arguments.client is not None else None
    config = _config(client.config if client is not None else _DEFAULT, arguments)
    load = client.load if client is not None and arguments.load is None else load_of(arguments.load)
    load = _changed(load, arguments)
    for problems in (config.problems(), load.problems()):
        for field, message in problems.items():
            raise UsageError(f"{_option(field)}: {message}")
    simulated = _simulated(arguments, load)
    if arguments.seconds <= 0:
        raise UsageError("--for: give a time of more than 0 seconds.")
    if arguments.json and arguments.load and is_same(Path(arguments.json), Path(arguments.load)):
        raise UsageError(f"--json: {arguments.json} is the load itself. Give another file.")
    return Plan(
        config=config,
        load=load,
        break_on=_break_on(arguments.break_on, config.cpus),
        seconds=arguments.seconds,
        expected=_expected(arguments.expect),
        advise=arguments.advise,
        json=arguments.json,
        quiet=arguments.quiet,
        simulated=simulated,
    )


def _simulated(given: argparse.Namespace, load: Load) -> Simulated | None:
    if not given.simulated:
        if given.seed is not None:
            raise UsageError("--seed: only a load on a simulated clock has one: --simulated.")
        if given.event_time is not None:
            raise UsageError("--event-time: only on a simulated clock, --simulated, it is given.")
        return None
    clock = clock_of(given)
    if problem := clock.problem(load):
        if clock.event_seconds:
            raise UsageError(f"--event-time: {problem}")
        raise UsageError(f"--rate: {problem} Or say what a write takes: --event-time.")
    return clock


def clock_of(given: argparse.Namespace) -> Simulated:
    """Return the simulated clock that is asked for."""
    takes = round((given.event_time or 0.0) * 1e9) / 1e9  # times are whole nanoseconds
    return Simulated(given.seed or 0, takes)


def _config(config: ChannelConfig, given: argparse.Namespace) -> ChannelConfig:
    """Return the channel with what was asked for otherwise."""
    names = ("subbuf_size", "n_subbufs", "cpus", "header")
    config = replace(config, **_given({name: getattr(given, name) for name in names}))
    return config if given.mode is None else replace(config, mode=Mode(given.mode))


def load_of(name: str | None) -> Load:
    """Return a load by the name of a preset, a client or a file; None: the usual one.

    Raises:
        UsageError: There is none, or the file cannot be used.
    """
    ready = {**PRESETS, **client_loads()}
    if name is None:
        return PRESETS["steady"]
    if name in ready:
        return ready[name]
    path = Path(name)
    if path.suffix != ".toml":
        raise UsageError(f"--load: no preset {name!r}. Give FILE.toml or: {', '.join(ready)}.")
    try:
        return from_toml(text_of(path))
    except LoadError as error:
        raise UsageError(f"--load: {path}: {error}") from error


def _changed(load: Load, given: argparse.Namespace) -> Load:
    """Return the load with what was asked for otherwise, on all CPUs."""
    burst_on, burst_off = given.burst or (None, None)
    stall, stall_every = given.stall or (None, None)
    writing = {"rate": given.rate, "sizes": given.size, "burst_on": burst_on}
    writing |= {"burst_off": burst_off, "flush_after": given.flush_after}
    writing |= {"pieces": given.pieces}
    kind = None if given.reader is None else ReaderKind(given.reader)
    reading = {"kind": kind, "pace": given.pace, "batch": given.batch}
    reading |= {"stall": stall, "stall_every": stall_every}
    if some := _given(writing):
        load = replace(
            load,
            writing=replace(load.writing, **some),
            writers=tuple((cpu, replace(one, **some)) for cpu, one in load.writers),
        )
    if some := _given(reading):
        load = replace(
            load,
            reading=replace(load.reading, **some),
            readers=tuple((cpu, replace(one, **some)) for cpu, one in load.readers),
        )
    threads = {"writer_threads": given.writer_threads, "reader_threads": given.reader_threads}
    return replace(load, **_given(threads | {"flush_every": given.flush}))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _break_on(texts: Sequence[str], cpus: int) -> BreakOn:
    try:
        found = notation.break_on(texts)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--break-on: {error}") from error
    problem = found.problem(cpus)
    if found.cpu is not None and not found.is_set:
        problem = problem or "cpu=N says only where: say what shall end the run, too."
    if problem:
        raise UsageError(f"--break-on: {problem}")
    return found


def _expected(texts: Sequence[str]) -> tuple[Expression, ...]:
    try:
        return tuple(Expression(text, NAMES) for text in texts)
    except ConditionError as error:
        raise UsageError(f"--expect: {error}") from error


_OPTIONS = {
    "rate": "--rate",
    "sizes": "--size",
    "burst_on": "--burst",
    "burst_off": "--burst",
    "stall": "--stall",
    "stall_every": "--stall",
    "flush_every": "--flush",
}


def _option(field: str) -> str:
    """Name the option that a field of the channel or the load comes from."""
    name = field.rpartition(".")[2]
    return _OPTIONS.get(name, f"--{name.replace('_', '-')}")
