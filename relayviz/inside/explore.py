"""`relayviz explore FILE --find CONDITION`: is there an order of the steps in which it holds?"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.ending import Ending, until_told_to_end
from relayviz.engines.cluster import ClusterError
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import MEMORY, PRUNINGS, Bounds, explore, refuse_python
from relayviz.engines.inside.sharing.cluster import explore_on_cluster
from relayviz.engines.inside.sharing.workers import WorkerError, explore_with_workers
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.condition import DERIVED, FIELDS, JUDGED
from relayviz.model.inside.file import load
from relayviz.model.inside.program import Rule
from relayviz.model.numbers import plural
from relayviz.model.session.file import SessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.engines.inside.explore import Found

AS_EXPECTED, OTHERWISE, UNUSABLE = 0, 1, 2
MOST_WORKERS = 64


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz explore` to the command line."""
    parser = commands.add_parser(
        "explore",
        help="look for an order of steps in which something goes wrong",
        description="Go through the orders in which the actors of a session can step the core's "
        "code, and look for one in which a condition holds: the one with the fewest switches, then "
        "the fewest steps (with --pruning order of those that it tries).",
        epilog=f"Figures: {', '.join(JUDGED)}; of buffers, with or without [cpu]: "
        f"{', '.join((*FIELDS, *DERIVED))}. Exit status: with --expect 0 if so, 1 if not; else 0; "
        "2 it could not be gone through.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a session, *.inside.toml")
    parser.add_argument("--find", metavar="COND", help="what to look for (the session's `find`)")
    parser.add_argument("--switches", type=_count, metavar="N", help="at most N switches")
    parser.add_argument("--interrupts", type=_count, metavar="N", help="at most N interrupts")
    parser.add_argument("--states", type=_count, default=0, metavar="N", help="at most N states")
    parser.add_argument("--rule", choices=[rule.value for rule in Rule], help="another rule")
    parser.add_argument(
        "--pruning",
        choices=list(PRUNINGS),
        default="state",
        help="left out: states met before, orders that cannot differ, or nothing (state)",
    )
    parser.add_argument(
        "--workers", type=_count, default=1, metavar="N", help="look with N processes (1)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="look with the workers of a Dask scheduler, such as tcp://127.0.0.1:8786",
    )
    parser.add_argument("--expect", choices=["found", "none"], help="what the exit status is about")
    parser.add_argument("--json", action="store_true", help="print the finding as JSON")


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004  as C takes it
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 999999999")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Look, print what was found, and return the exit status."""
    try:
        with until_told_to_end() as is_over:
            found = _found(arguments, is_over)
    except SessionError as error:
        print(f"relayviz explore: {error}", file=sys.stderr)
        return UNUSABLE
    except (OpenError, ConditionError, ValueError, WorkerError, ClusterError) as error:
        print(f"relayviz explore: {arguments.file.name}: {error}", file=sys.stderr)
        return UNUSABLE
    if arguments.json:
        print(json.dumps(asdict(found), indent=1))
    else:
        print("\n".join([*_lines(found), *_limit(found, arguments.states, is_over.is_set())]))
    if is_over.is_set():
        raise KeyboardInterrupt
    if arguments.expect is None:
        return AS_EXPECTED
    if arguments.expect == "none" and not found.finished:
        return UNUSABLE
    return AS_EXPECTED if found.found == (arguments.expect == "found") else OTHERWISE


def _limit(found: Found, states: int, is_ended: bool) -> Iterator[str]:
    """Say what came before the end."""
    if found.finished:
        return
    if is_ended:
        yield "It was ended before its time."
    elif states and found.states >= states:
        yield "The bound of --states came first: give a larger one."
    elif found.pruning != "order":  # which keeps no states that wait
        share = "a worker's share of " if found.workers > 1 else ""
        yield (
            f"The states that wait have filled {share}{MEMORY >> 30} GiB: bound the orders by "
            "--switches or --interrupts, or make the queues shorter."
        )


def _found(arguments: argparse.Namespace, is_over: Ending) -> Found:
    session = load(arguments.file, STOP_NAMES)
    refuse_python(session)
    if arguments.rule is not None:
        session = replace(session, rule=Rule(arguments.rule))
    find = session.find if arguments.find is None else arguments.find
    if not find.strip():
        raise ConditionError('say what to look for, such as --find "destroyed > 0".')
    if arguments.pruning == "order" and arguments.switches is not None:
        raise ConditionError("--switches needs --pruning state: orders are not told apart else.")
    if not 1 <= arguments.workers <= MOST_WORKERS:
        raise ConditionError(f"--workers takes 1 to {MOST_WORKERS}.")
    is_alone = arguments.workers == 1 and arguments.scheduler is None
    if arguments.workers > 1 and arguments.scheduler is not None:
        raise ConditionError("give --workers or --scheduler: its workers are counted by itself.")
    if arguments.pruning == "order" and not is_alone:
        raise ConditionError(
            "--workers and --scheduler need --pruning state or none: which orders are left out "
            "depends on all that were tried before."
        )
    bounds = Bounds(arguments.switches, arguments.interrupts, arguments.states)
    pruning = arguments.pruning
    with _progress(is_over) as goes_on:
        if is_alone:
            return explore(InsideEngine(session), find, bounds, pruning=pruning, goes_on=goes_on)
        asked = (session, find, bounds)
        if arguments.scheduler is not None:
            address = arguments.scheduler
            return explore_on_cluster(*asked, pruning=pruning, address=address, goes_on=goes_on)
        workers = arguments.workers
        return explore_with_workers(*asked, pruning=pruning, workers=workers, goes_on=goes_on)


@contextmanager
def _progress(is_over: Ending) -> Iterator[Callable[[int], bool]]:
    """Tell at a terminal how many states were gone through; until it is over."""
    is_shown = sys.stderr.isatty()

    def goes_on(states: int) -> bool:
        if is_shown:
            print(f"\r{plural(states, 'state')} …", end="", file=sys.stderr, flush=True)
        return not is_over.is_set()

    try:
        yield goes_on
    finally:
        if is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _lines(found: Found) -> Iterator[str]:
    yield f"{found.find}  ({found.rule} rule)"
    yield found.told()
    for line in found.schedule:
        yield f"    {line}"
