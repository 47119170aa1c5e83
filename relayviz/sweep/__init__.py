"""`relayviz sweep`: loads by sizes by modes on the simulated clock, as a table or a heat map."""

from __future__ import annotations

import sys
from contextlib import closing
from importlib import metadata
from typing import TYPE_CHECKING

from tqdm import tqdm

from relayviz.live.notation import UsageError
from relayviz.model.files import check as check_file
from relayviz.model.files import write_or_send
from relayviz.model.sweep import told
from relayviz.sweep.arguments import add_arguments, plan_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator
    from pathlib import Path

    from relayviz.model.sweep.plan import Outcome, Plan

WHOLE, WRONG_USAGE = 0, 2  # exit statuses
_BAR = "{n} of {total} {bar} {remaining} left"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz sweep` to the command line."""
    add_arguments(commands)


def run(arguments: argparse.Namespace) -> int:
    """Measure and tell; the result is the exit status.

    Raises:
        KeyboardInterrupt: It was ended so; what had been measured is told.
    """
    from relayviz.engines.cluster import ClusterError  # noqa: PLC0415  help works without it
    from relayviz.engines.sweep.here import WorkerError  # noqa: PLC0415  help works without it

    try:
        plan = plan_of(arguments)
        _check_files(arguments)
        found: list[Outcome | None] = [None] * len(plan.cells())
        is_whole = _measure(plan, arguments, found)
        _tell(plan, arguments, found)
    except (UsageError, WorkerError, ClusterError) as error:
        print(f"relayviz sweep: {error}", file=sys.stderr)
        return WRONG_USAGE
    if not is_whole:
        raise KeyboardInterrupt
    return WHOLE


def _measure(plan: Plan, arguments: argparse.Namespace, found: list[Outcome | None]) -> bool:
    """Fill in what each cell comes to; False: that was ended before its time."""
    hides = True if arguments.quiet or sys.stderr is None else None
    with tqdm(total=len(found), bar_format=_BAR, leave=False, disable=hides) as bar:
        try:
            with closing(_outcomes(plan, arguments)) as outcomes:
                for place, outcome in outcomes:
                    found[place] = outcome
                    bar.update()
        except KeyboardInterrupt:
            return False
    return True


def _outcomes(plan: Plan, arguments: argparse.Namespace) -> Generator[tuple[int, Outcome]]:
    from relayviz.engines.sweep.cluster import outcomes_on  # noqa: PLC0415  help works without it
    from relayviz.engines.sweep.here import outcomes  # noqa: PLC0415  help works without it

    if arguments.scheduler:
        return outcomes_on(arguments.scheduler, plan.cells())
    return outcomes(plan.cells(), arguments.workers)


def _check_files(arguments: argparse.Namespace) -> None:
    """Find out before whether the files can be written."""
    for name in ("csv", "json", "html"):
        path = getattr(arguments, name)
        if path is not None:
            try:
                check_file(path)
            except OSError as error:
                raise UsageError(f"--{name}: {path}: {error.strerror}.") from error


def _tell(plan: Plan, arguments: argparse.Namespace, found: list[Outcome | None]) -> None:
    print(told.text_of(plan, found), flush=True)
    version = metadata.version("relayviz")
    for name, content in (
        ("csv", told.csv_of(plan, found)),
        ("json", told.json_of(plan, found, version)),
        ("html", told.html_of(plan, found)),
    ):
        path: Path | None = getattr(arguments, name)
        if path is not None:
            try:
                write_or_send(path, content)
            except OSError as error:
                raise UsageError(f"--{name}: {path}: {error.strerror}.") from error
