"""`relayviz capture FILES…`: records, what is missing between them, and what cannot be known."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.capture.following import follow
from relayviz.capture.handing import HandingError, add_arguments, check, hand_on
from relayviz.capture.layouts import add_layouts, layout_for
from relayviz.capture.report import as_lines
from relayviz.engines.capture.capture import Capture, open_capture
from relayviz.engines.capture.handing.plain import FIGURES, as_plain, figures
from relayviz.engines.capture.index import CaptureError
from relayviz.model.capture.layout import LayoutError
from relayviz.model.capture.sizes import sizes_of
from relayviz.model.condition.expression import Expression
from relayviz.model.condition.language import ConditionError
from relayviz.model.exchange.table import ExchangeError

if TYPE_CHECKING:
    import argparse

    from relayviz.model.capture.layout import Layout

HOLDS, FAILED, USAGE = 0, 1, 2


class UsageError(Exception):
    """Something on the command line cannot be."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz capture` to the command line."""
    parser = commands.add_parser(
        "capture",
        help="files that blktrace, SystemTap and others wrote: records, and those missing",
        description="Open the per-CPU files that a consumer of relay wrote, find their records, "
        "and say which are provably missing between which two. Files are recognised by content. "
        "docs/captures.md tells more.",
        epilog="Exit status: 0 all opened and all that was expected holds, 1 a file did not open "
        "or something does not hold, 2 wrong usage.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_layouts(parser)
    parser.add_argument(
        "--sizes",
        metavar="S×N",
        help="the channel's sub-buffers, such as 4Kx8: their borders and padding are given back",
    )
    parser.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="CONDITION",
        help=f"what must hold, such as 'missing == 0'; of {', '.join(FIGURES)}; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    parser.add_argument(
        "--follow",
        action="store_true",
        help="the files grow: tell what is new, until Ctrl-C, and then all of it",
    )
    add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; the result is the exit status."""
    try:
        sizes = _sizes(arguments.sizes) if arguments.sizes is not None else None
        expected = [Expression(text, FIGURES) for text in arguments.expect]
        check(arguments)
        layout, fit = layout_for(arguments, arguments.files)
        if fit:
            print(fit, file=sys.stderr if arguments.json else sys.stdout)
        capture = _opened(arguments, layout)
        failed = [one for one in expected if not _holds(one, capture)]
        _tell(arguments, capture, sizes, failed)
        for line in hand_on(capture, arguments):
            print(line, file=sys.stderr if arguments.json else sys.stdout)
    except (UsageError, LayoutError, ConditionError, HandingError, ExchangeError, OSError) as error:
        print(f"relayviz capture: {error}", file=sys.stderr)
        return USAGE
    except CaptureError as error:
        print(f"relayviz capture: {error}", file=sys.stderr)
        return FAILED
    return FAILED if failed or capture.refused else HOLDS


def _opened(arguments: argparse.Namespace, layout: Layout | None) -> Capture:
    if arguments.follow:
        return follow(arguments.files, layout, as_json=arguments.json)
    return open_capture(arguments.files, layout)


def _holds(expression: Expression, capture: Capture) -> bool:
    try:
        return expression.holds(figures(capture))
    except ConditionError:
        return False  # no value, such as for a division by 0


def _tell(
    arguments: argparse.Namespace,
    capture: Capture,
    sizes: tuple[int, int] | None,
    failed: list[Expression],
) -> None:
    try:
        if arguments.json:
            plain = as_plain(capture, sizes) | {"failed": [one.text for one in failed]}
            print(json.dumps(plain))
            return
        print("\n".join(as_lines(capture, sizes)))
    except ValueError as error:
        raise UsageError(f"--sizes: {error}") from error
    numbers = figures(capture)
    for one in failed:
        values = ", ".join(f"{name} is {numbers[name]}" for name in sorted(one.names))
        print(f"does not hold: {one.text} ({values})")


def _sizes(text: str) -> tuple[int, int]:
    """Return size and number of sub-buffers, as "4Kx8" or "4096×8" gives them."""
    try:
        found = sizes_of(text)
    except ValueError as error:
        raise UsageError(f"--sizes: {error}") from error
    return found.subbuf_size, found.n_subbufs
