"""The demo: one series of events, a channel in each mode, what was kept and what was lost, and why.

Nothing shown is computed here: figures are the channel's account, pictures its snapshot and memory,
and the events that survived are those that came back through its file.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.demo.experiment import MODES, Plan, perform
from relayviz.demo.pen import Pen
from relayviz.demo.report import comparison, heading, page

if TYPE_CHECKING:
    import argparse

SHOWN_SUBBUFS = 64  # more would not be a picture
DEFAULT = Plan(subbuf_size=64, n_subbufs=4, events=26)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz demo` to the command line."""
    parser = commands.add_parser(
        "demo",
        help="fill a channel in both modes: what is kept, lost, and why",
        description="Write the same events to a channel in both modes, without a reader, and tell "
        "what was kept, what was lost, and why.",
    )
    for option, default, meaning in (
        ("--size", DEFAULT.subbuf_size, "bytes of a sub-buffer"),
        ("--count", DEFAULT.n_subbufs, "sub-buffers of the ring"),
        ("--events", DEFAULT.events, "events to write"),
    ):
        parser.add_argument(
            option, type=int, default=default, metavar="N", help=f"{meaning} ({default})"
        )


def run(arguments: argparse.Namespace) -> int:
    """Perform the demo and print it; the result is the exit status."""
    plan = Plan(arguments.size, arguments.count, arguments.events)
    if plan.n_subbufs > SHOWN_SUBBUFS or plan.events < 1:
        return _refuse(f"at most {SHOWN_SUBBUFS} sub-buffers and at least one event, please")
    try:
        runs = [perform(plan, mode) for mode in MODES]
    except relay.RelayError as error:
        return _refuse(str(error))
    pen = Pen.for_stream(sys.stdout, os.environ)
    width = shutil.get_terminal_size().columns
    lines = heading(plan, pen)
    for one in runs:
        lines += page(one, pen, width)
    lines += comparison(runs, pen)
    print("\n".join(lines))
    return 0


def _refuse(reason: str) -> int:
    print(f"relayviz demo: {reason}", file=sys.stderr)
    return 2
