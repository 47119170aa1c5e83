"""The arguments of `relayviz sweep`, and the plan that they make."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from relayviz.live import notation
from relayviz.live.arguments import clock_of, load_of
from relayviz.live.notation import UsageError
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.load.presets import PRESETS
from relayviz.model.sweep.plan import Plan
from relayviz.model.sweep.sweeper import MOST_WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

_MODES = [str(mode) for mode in Mode if mode is not Mode.PYTHON]
_SIZES, _NUMBERS = (1024, 4096, 16384), (2, 4, 8, 16, 32)
FILES = {
    "csv": "a row for each channel",
    "json": "all of it",
    "html": "a heat map for a browser",
    "png": "a heat map as a picture",
}


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of the command."""
    parser = commands.add_parser(
        "sweep",
        help="loads by sizes by modes: a heat map of what is lost",
        description="Put channels of many sizes under loads on the simulated clock, and tell which"
        " part of the events each loses: the same figures on any machine.",
        epilog="Exit status: 0 all was measured, 2 wrong usage. Ctrl-C ends it; what was measured"
        f" is told. Presets: {', '.join(PRESETS)}.",
    )
    parser.add_argument(
        "loads", nargs="+", metavar="LOAD", help="a preset, a known client, or FILE.toml"
    )
    _add_channels(parser.add_argument_group("the channels: lists with commas"))
    rest = parser.add_argument_group("the run and its report")
    _add_run(rest)
    for name, words in FILES.items():
        rest.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"also write {words}")
    rest.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="colours of the picture (light)"
    )
    rest.add_argument("--quiet", action="store_true", help="no progress")


def _add_channels(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--subbuf-size",
        type=_listed(notation.size),
        default=_SIZES,
        metavar="BYTES,…",
        help="such as 512,4K (1K,4K,16K)",
    )
    group.add_argument(
        "--n-subbufs",
        type=_listed(notation.whole),
        default=_NUMBERS,
        metavar="N,…",
        help="(2,4,8,16,32)",
    )
    group.add_argument(
        "--mode",
        type=_listed(_mode),
        default=(Mode.NO_OVERWRITE,),
        metavar="MODE,…",
        help=f"{', '.join(_MODES)} (no-overwrite)",
    )
    group.add_argument("--cpus", type=notation.whole, default=1, metavar="N", help="(1)")
    group.add_argument("--header", type=notation.size, default=0, metavar="BYTES", help="(0)")


def _add_run(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--for",
        dest="seconds",
        type=notation.duration,
        default=10.0,
        metavar="TIME",
        help="simulated, of each channel (10s)",
    )
    group.add_argument("--seed", type=notation.whole, metavar="N", help="of the events’ sizes (0)")
    group.add_argument(
        "--event-time",
        type=notation.duration,
        metavar="TIME",
        help="that a write takes, such as 2us; so a load that writes as fast as it goes can be"
        " simulated (0)",
    )
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=notation.whole, default=1, metavar="N", help="processes (1)"
    )
    where.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="measure on the workers of a Dask scheduler, such as tcp://127.0.0.1:8786",
    )


def _listed(read: Callable[[str], Value]) -> Callable[[str], tuple[Value, ...]]:
    """Return what reads a list with commas; what stands in it twice counts once."""

    def values(text: str) -> tuple[Value, ...]:
        return tuple(dict.fromkeys(read(one.strip()) for one in text.split(",")))

    return values


def _mode(text: str) -> Mode:
    if text not in _MODES:
        raise argparse.ArgumentTypeError(f"{text!r} is no mode: {', '.join(_MODES)}")
    return Mode(text)


def _name(load: str) -> str:
    return Path(load).stem if load.endswith(".toml") else load


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Return what the arguments ask for.

    Raises:
        UsageError: They contradict each other, or something cannot be used; says which.
    """
    if not 1 <= arguments.workers <= MOST_WORKERS:
        raise UsageError(f"--workers: give 1 to {MOST_WORKERS}.")
    if arguments.seconds <= 0:
        raise UsageError("--for: give a time of more than 0 seconds.")
    plan = Plan(
        loads={_name(one): load_of(one) for one in arguments.loads},
        modes=arguments.mode,
        sizes=arguments.subbuf_size,
        numbers=arguments.n_subbufs,
        config=ChannelConfig(cpus=arguments.cpus, header=arguments.header),
        seconds=arguments.seconds,
        simulated=clock_of(arguments),
    )
    if len(plan.loads) < len(arguments.loads):
        raise UsageError("LOAD: two of them have the same name.")
    for size in plan.sizes:
        for field, message in replace(plan.config, subbuf_size=size).problems().items():
            raise UsageError(f"--{field.replace('_', '-')}: {message}")
    if problem := plan.problem():
        raise UsageError(problem)
    return plan
