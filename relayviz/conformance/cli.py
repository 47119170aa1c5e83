"""`relayviz conform FILE...`: the command line of a conformance run."""

from __future__ import annotations

import argparse
import importlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from relayviz.conformance.conform import conform
from relayviz.conformance.report import FAILED, Limits
from relayviz.model.files import check, is_same, why_not, write_or_send

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from relayviz.conformance.replay import PerformsOperations

RECORDINGS = (".jsonl", ".jsonl.gz")
ENGINES = ("library", "inside", "processes")
INSIDE, PROCESSES = ENGINES[1:]
RULES = ("library", "kernel", "before-2023")  # in the order of relay.Rule
DEFAULT_RULE = "kernel"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz conform` to the command line."""
    parser = commands.add_parser(
        "conform",
        help="replay recordings of a real kernel and compare",
        description="Replay recordings of a real kernel's relay and compare every result, callback "
        "and state. A sequence ends at its first step that differs.",
        epilog="Exit status: 0 all as recorded, 1 mismatches, 2 something could not be replayed, "
        "or nothing was.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=".jsonl or .jsonl.gz")
    default = Limits().mismatches
    parser.add_argument(
        "--max-mismatches",
        type=_count,
        default=default,
        metavar="N",
        help=f"list at most N mismatches and N errors; all are counted ({default})",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default=ENGINES[0],
        help="what is held to the recordings: the library, or its stepping build, where an actor "
        "runs each operation from stop to stop, or the library with the files opened and read by "
        "another process (library)",
    )
    parser.add_argument(
        "--rule",
        choices=RULES,
        help="with --engine inside: who keeps whom out (kernel)",
    )


def _host(arguments: argparse.Namespace) -> Callable[[], PerformsOperations] | None:
    """Return what makes the machine for each sequence; None: the usual one."""
    if arguments.engine == ENGINES[0]:
        return None
    if arguments.engine == PROCESSES:
        from relayviz.conformance.elsewhere import ElsewhereHost  # noqa: PLC0415  as below

        return ElsewhereHost
    from relayviz.conformance.subject.inside import InsideHost  # noqa: PLC0415  as relay below

    return partial(InsideHost, RULES.index(arguments.rule or DEFAULT_RULE))


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 0 or more")
    return int(text)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # what is wrong with it is told when it is read


def run(arguments: argparse.Namespace, relay: ModuleType | None = None) -> int:
    """Replay, print the report and return the exit status.

    Args:
        arguments: As parsed: files, max_mismatches, json, quiet, engine, rule.
        relay: The implementation; relayviz.relay by default.
    """
    if arguments.rule is not None and arguments.engine != INSIDE:
        print("relayviz conform: --rule goes with --engine inside", file=sys.stderr)
        return FAILED
    if arguments.json is not None and (wrong := _unfit(arguments)):
        print(f"relayviz conform: {wrong}", file=sys.stderr)
        return FAILED
    if relay is None:
        relay = importlib.import_module("relayviz.relay")  # help works without it
    limits = Limits(mismatches=arguments.max_mismatches)
    # without a terminal to draw on, tqdm draws nothing
    with tqdm(
        total=sum(map(_size, arguments.files)),
        unit="B",
        unit_scale=True,
        desc="conform",
        leave=False,
        disable=True if arguments.quiet else None,
    ) as bar:
        report = conform(arguments.files, relay, limits, bar.update, _host(arguments))
    report.engine = arguments.engine
    if arguments.engine == INSIDE:
        report.rule = arguments.rule or DEFAULT_RULE
    print("\n".join(report.lines()))
    if arguments.json is not None:
        try:
            write_or_send(arguments.json, report.json() + "\n")
        except OSError as error:
            print(f"relayviz conform: {why_not(arguments.json, error)}", file=sys.stderr)
            return FAILED
    return report.status


def _unfit(arguments: argparse.Namespace) -> str | None:
    """Return why the report must not be written to a file; known before the minutes of a replay."""
    path: Path = arguments.json
    if any(is_same(path, one) for one in arguments.files):
        return f"{path} is one of the recordings: give another FILE after --json"
    if path.name.endswith(RECORDINGS):
        return (
            f"{path} is named as recordings are: after --json comes the FILE that the report is"
            " written to"
        )
    try:
        check(path)
    except OSError as error:
        return why_not(path, error)
    return None
