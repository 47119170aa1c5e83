"""`relayviz run FILE`: play a session without a window and check what it expects."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.model.channel.client import SourceError, SubbufStart, compile_subbuf_start
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.session.file import SessionError, load
from relayviz.run.check import check
from relayviz.run.report import Report, as_json, as_lines

if TYPE_CHECKING:
    from relayviz.model.session.session import Session

HOLDS, FAILS, UNUSABLE = 0, 1, 2
FLAG = "--allow-python"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz run` to the command line."""
    parser = commands.add_parser(
        "run",
        help="play a saved session without a window and check what it expects",
        description="Play a session on a channel and check its expectations. docs/conditions.md "
        "lists what conditions can name.",
        epilog="Exit status: 0 all expectations hold, 1 one does not, 2 it cannot be run.",
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a session, *.relay.toml"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--until",
        type=_condition,
        metavar="COND",
        help="end at the first step of the first branch at which this holds; not met is a failure",
    )
    parser.add_argument(
        "--expect",
        type=_condition,
        action="append",
        default=[],
        metavar="EXPR",
        help="also expect this at the end; can be given several times",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="a step that could not be done is a failure, unless its outcome is expected",
    )
    parser.add_argument(
        FLAG,
        action="store_true",
        help="run the subbuf_start in Python that a session may bring: it can do all that you can",
    )


def _condition(text: str) -> Condition:
    try:
        return Condition(text)
    except ConditionError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(arguments: argparse.Namespace) -> int:
    """Play each file and print its report; the result is the exit status."""
    reports: list[Report] = []
    status = HOLDS
    for path in arguments.files:
        try:
            session = load(path)
            clients = _clients(session, path, allowed=arguments.allow_python)
            wanted = arguments.until, arguments.expect
            reports.append(check(path.name, session, clients, *wanted, strict=arguments.strict))
            status = max(status, HOLDS if reports[-1].holds else FAILS)
        except (SessionError, OpenError, SourceError, ConditionError) as error:
            where = "" if isinstance(error, SessionError) else f"{path.name}: "
            print(f"relayviz run: {where}{error}", file=sys.stderr)
            status = UNUSABLE
    if arguments.json:
        print(as_json(reports))
    for line in () if arguments.json else (told for one in reports for told in as_lines(one)):
        print(line)
    return status


def _clients(session: Session, path: Path, *, allowed: bool) -> list[SubbufStart]:
    if session.sources and not allowed:
        message = f"It brings a subbuf_start in Python. Read it, then give {FLAG} to run it."
        raise SessionError(path.name, None, "sources", message)
    return [compile_subbuf_start(source) for source in session.sources]
