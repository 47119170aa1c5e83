"""`relayviz record OUT live …` and `relayviz record OUT kernel …`: a channel goes to a file."""

from __future__ import annotations

import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.ending import Ending, until_told_to_end
from relayviz.engines.kernel.viewing.opened import attach
from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.replay.file.chunks import RecordingError
from relayviz.engines.replay.recorder import Recorder
from relayviz.kernel.sources import add_sources
from relayviz.live import notation
from relayviz.live.arguments import add_channel, add_load, plan_of
from relayviz.live.notation import UsageError
from relayviz.model.engine.kernel import How, Where
from relayviz.model.engine.protocol import OpenError, running
from relayviz.model.files import why_not
from relayviz.model.meant import meant
from relayviz.model.numbers import plural, size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from relayviz.model.engine.kernel import ForeignKernel
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.kernel.look import Channel

DONE, FAILED, USAGE = 0, 1, 2
LOOK = 0.1  # seconds between two looks at whether it goes on


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz record` to the command line."""
    parser = commands.add_parser(
        "record",
        help="record a channel under load, or a kernel's, to a file",
        description="Write down what a channel looks like, twenty times a second, with all that "
        "was counted. The window plays such files: File → Open recording. docs/recording.md "
        "tells more.",
        epilog="Exit status: 0 it is recorded, 1 recording ended before its time, 2 wrong usage, "
        "or nothing can be recorded.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the file; it must not be there yet")
    what = parser.add_subparsers(dest="what", metavar="live|kernel", required=True)
    live = what.add_parser("live", help="a channel under load, as of `relayviz live`")
    add_channel(live)
    add_load(live)
    kernel = what.add_parser("kernel", help="a channel of a kernel that runs")
    add_sources(kernel)
    kernel.add_argument("--channel", metavar="NAME", help="which one; needed where there are more")
    for each in (live, kernel):
        each.add_argument(
            "--for",
            dest="seconds",
            type=notation.duration,
            metavar="TIME",
            help="such as 10s; without it until Ctrl-C",
        )
    live.set_defaults(break_on=[], expect=[], json="", advise="", quiet=False)
    live.set_defaults(simulated=False, seed=None, event_time=None)


def run(arguments: argparse.Namespace) -> int:
    """Record; the result is the exit status."""
    out: Path = arguments.out
    try:
        _check(out)
        opened = _live(arguments) if arguments.what == "live" else _kernel(arguments)
        with opened as engine, until_told_to_end() as is_over:
            return _record(engine, out, arguments.seconds, is_over)
    except (UsageError, OpenError, RecordingError) as error:
        print(f"relayviz record: {error}", file=sys.stderr)
    except OSError as error:
        print(f"relayviz record: {why_not(out, error)}", file=sys.stderr)
    return USAGE


def _check(out: Path) -> None:
    if out.exists():
        raise UsageError(f"{out} is there already: give another name.")


def _record(engine: Engine, out: Path, seconds: float | None, is_over: Ending) -> int:
    recorder = Recorder(engine, out, engine.config.base_filename or "channel")
    able = running(engine)
    end = None if seconds is None else time.monotonic() + seconds
    if able is not None:
        able.start()
    while recorder.is_running and not is_over.wait(LOOK):
        if end is not None and time.monotonic() >= end:
            break
    if able is not None:
        able.pause()
        able.wait_idle()
    recorder.stop()
    if recorder.problem:
        print(f"relayviz record: {recorder.problem}", file=sys.stderr)
        return FAILED
    told = [f"{recorder.seconds:.1f} s", size(out.stat().st_size)]
    if able is not None:
        told.append(f"{plural(able.snapshot.lost_events(), 'event')} lost")
    print(f"{out}: {', '.join(told)}")
    return DONE


@contextmanager
def _live(arguments: argparse.Namespace) -> Iterator[Engine]:
    until = arguments.seconds  # a plan has an end, this need not
    arguments.seconds = until if until is not None else 1.0
    plan = plan_of(arguments)
    arguments.seconds = until
    with closing(LiveEngine(plan.config, plan.load)) as engine:
        yield engine


@contextmanager
def _kernel(arguments: argparse.Namespace) -> Iterator[Engine]:
    where = _where(arguments)
    with closing(attach(where)) as kernel:
        engine = kernel.open(_channel(kernel, arguments.channel))
    with closing(engine):
        yield engine


def _where(given: argparse.Namespace) -> Where:
    files = {
        "types": str(given.types or ""),
        "symbols": str(given.symbols or ""),
        "agent": given.agent or "",
    }
    if given.qemu is not None:
        return Where(How.GUEST, str(given.qemu), **files)
    if given.ssh is not None:
        return Where(How.SSH, given.ssh, **files)
    if given.live:
        return Where(How.HERE, **files)
    if given.source is not None:
        raise UsageError("A dump stays as it is: `relayviz kernel` shows it. Record what runs.")
    raise UsageError("Say which kernel: --qemu SOCKET, --live or --ssh HOST.")


def _channel(kernel: ForeignKernel, name: str | None) -> Channel:
    channels = {str(one.base_filename): one for one in kernel.look.channels}
    if name is None and len(channels) == 1:
        return next(iter(channels.values()))
    if name is not None and name in channels:
        return channels[name]
    known = ", ".join(channels) or "none"
    if name is None:
        raise UsageError(f"Say which channel: --channel NAME, one of {known}.")
    raise UsageError(f"There is no channel {name}. {meant(name, channels)} There are: {known}.")
