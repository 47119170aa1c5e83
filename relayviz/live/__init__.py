"""`relayviz live`: a channel under load for a while, without a window: for scripts and CI."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from relayviz.live.arguments import add_arguments, plan_of
from relayviz.live.notation import UsageError

if TYPE_CHECKING:
    import argparse

HELD, FAILED, WRONG_USAGE = 0, 1, 2  # exit statuses


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz live` to the command line."""
    add_arguments(commands)


def run(arguments: argparse.Namespace) -> int:
    """Run the load, print the report; the result is the exit status."""
    from relayviz.live.session import perform  # noqa: PLC0415  help works without the channel

    try:
        return HELD if perform(plan_of(arguments)) else FAILED
    except UsageError as error:
        print(f"relayviz live: {error}", file=sys.stderr)
        return WRONG_USAGE
