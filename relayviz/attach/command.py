"""The command line of `relayviz attach`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.attach.report import lines
from relayviz.ending import Ending, until_told_to_end
from relayviz.engines.attach.finding import OfProcess, in_folder
from relayviz.engines.attach.looking import Looking

if TYPE_CHECKING:
    from relayviz.engines.attach.looking import Told

FINE, REFUSED, UNUSABLE = 0, 1, 2
FASTEST = 60.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz attach` to the command line."""
    parser = commands.add_parser(
        "attach",
        help="channels of other processes, running or dead",
        description="Look at channels that a process keeps in a folder (relay.Directory.at, "
        "relay_directory_at), without disturbing it; also after it has died.",
        epilog="Exit status: 0 all were seen, 1 a buffer was refused or is damaged, 2 there is "
        "nothing to look at; with --watch, at the last look.",
    )
    parser.add_argument("place", metavar="DIR|PID", help="the folder, or the process")
    parser.add_argument("--json", action="store_true", help="print JSON, an object for each look")
    parser.add_argument(
        "--watch",
        type=_rate,
        metavar="HZ",
        help=f"look HZ times a second, at most {FASTEST:g}",
    )


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of looks a second, to {FASTEST:g}")
    return rate


def run(arguments: argparse.Namespace) -> int:
    """Look, print, and return the exit status of the last look."""
    place: str = arguments.place
    is_pid = place.isdecimal() and not Path(place).is_dir()
    find = OfProcess(int(place)) if is_pid else partial(in_folder, Path(place))
    try:
        with Looking(find) as looking, until_told_to_end() as told_to_end:
            return _look(looking, arguments, told_to_end)
    except OSError as error:
        print(f"relayviz attach: {place}: {error.strerror or error}", file=sys.stderr)
        return UNUSABLE


def _look(looking: Looking, arguments: argparse.Namespace, told_to_end: Ending) -> int:
    while True:
        told = looking.look()
        print(json.dumps(asdict(told)) if arguments.json else "\n".join(lines(told)), flush=True)
        if arguments.watch is None or told_to_end.wait(1 / arguments.watch):
            return _status(told, arguments.place)


def _status(told: Told, place: str) -> int:
    if told.errors:
        return REFUSED
    if not told.channels:
        print(f"relayviz attach: there is no channel at {place}", file=sys.stderr)
        return UNUSABLE
    return FINE
