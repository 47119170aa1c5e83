"""`relayviz sweep`: loads by sizes by modes on the simulated clock, as a table or a heat map."""

from __future__ import annotations

import sys
from contextlib import closing
from importlib import import_module, metadata
from typing import TYPE_CHECKING

from tqdm import tqdm

from relayviz.live.notation import UsageError
from relayviz.model.files import check as check_file
from relayviz.model.files import write_or_send
from relayviz.model.sweep import told
from relayviz.model.sweep.sweeper import WorkerError
from relayviz.sweep.arguments import FILES, add_arguments, plan_of

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
    """Find out before whether the files can be written, and the picture drawn."""
    if arguments.png is not None:
        try:
            import_module("relayviz.sweep.drawn")
        except ImportError as error:
            if str(error.name).startswith("relayviz"):
                raise
            told_by = "`relayviz gui` says what it needs"
            raise UsageError(f"--png: Qt cannot be loaded ({error}): {told_by}.") from error
    for name in FILES:
        path = getattr(arguments, name)
        if path is not None:
            try:
                check_file(path)
            except OSError as error:
                raise UsageError(f"--{name}: {path}: {error.strerror}.") from error


def _tell(plan: Plan, arguments: argparse.Namespace, found: list[Outcome | None]) -> None:
    print(told.text_of(plan, found), flush=True)
    for name in FILES:
        path: Path | None = getattr(arguments, name)
        if path is not None:
            try:
                write_or_send(path, _content(name, plan, found, arguments.theme))
            except OSError as error:
                raise UsageError(f"--{name}: {path}: {error.strerror}.") from error


def _content(name: str, plan: Plan, found: list[Outcome | None], theme: str) -> str | bytes:
    match name:
        case "csv":
            return told.csv_of(plan, found)
        case "json":
            return told.json_of(plan, found, metadata.version("relayviz"))
        case "html":
            return told.html_of(plan, found)
    drawn = import_module("relayviz.sweep.drawn")
    picture: bytes = drawn.png(plan, found, theme)
    return picture
