"""What `relayviz capture` writes to files: a timeline, a table, all records in one order."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.capture.handing.handed import capture_trace, record_table
from relayviz.engines.capture.handing.merge import merge
from relayviz.model.exchange.table import check_parquet, write_parquet
from relayviz.model.files import NewFile, is_same, why_not
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from relayviz.engines.capture.capture import Capture

FORMS = {
    "perfetto": "a timeline for Perfetto’s viewer: records and bytes of each CPU, what is missing",
    "parquet": "the records as a table for data frames",
    "merge": "all records in one order, as one file of the same kind",
}


class HandingError(Exception):
    """A file cannot be written; the message says why and what helps."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add an option for each form."""
    group = parser.add_argument_group("written to files, too")
    for name, words in FORMS.items():
        group.add_argument(f"--{name}", type=Path, metavar="OUT", help=words)


def check(arguments: argparse.Namespace) -> None:
    """Refuse before anything is read what could not be written later.

    Raises:
        HandingError: A file is one of those that are read, is given twice, or cannot be written.
        ExchangeError: A library is missing.
    """
    names = (*FORMS, "save_layout")
    outs: list[Path] = [out for name in names if (out := getattr(arguments, name)) is not None]
    read = (arguments.struct, arguments.layout)
    others = [*arguments.files, *(Path(one) for one in read if one is not None)]
    for out in outs:
        if str(out) == "-":
            raise HandingError("- is no file: give a name. The report has the standard output.")
        if any(is_same(out, one) for one in others):
            raise HandingError(f"{out} is used already: give another file.")
        others.append(out)
        with _told(out):
            NewFile(out).abandon()
    if arguments.parquet is not None:
        check_parquet()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Have an error say which file it is of."""
    try:
        yield
    except OSError as error:
        raise HandingError(why_not(path, error)) from error


def hand_on(capture: Capture, arguments: argparse.Namespace) -> Iterator[str]:
    """Write what was asked for; yields what is to be told of it.

    Raises:
        HandingError: A file cannot be written; the old one is as it was.
        CaptureError: A file of the capture cannot be read any more.
    """
    if arguments.perfetto is not None:
        from relayviz.model.exchange.perfetto import write_perfetto  # noqa: PLC0415  loads long

        with _told(arguments.perfetto), NewFile(arguments.perfetto) as file:
            write_perfetto(file, capture_trace(capture))
    if arguments.parquet is not None:
        with _told(arguments.parquet), NewFile(arguments.parquet) as file:
            write_parquet(file, record_table(capture))
    if arguments.merge is not None:
        yield from _merged(capture, arguments.merge)


def _merged(capture: Capture, path: Path) -> Iterator[str]:
    with _told(path), NewFile(path) as file:
        order = merge(capture, file.write)
    yield f"{plural(len(order.rows), 'record')} in one order: {path}"
    if capture.gaps or capture.doubtful:
        yield "  What is missing is missing there, too: the numbers show it."
    if capture.layout is not None and capture.layout.is_named_by_cpu:
        yield "  Its records do not say their CPU: that is in the names of the files alone."
    if order.backwards:
        times = plural(order.backwards, "record")
        yield f"  {times} with an earlier time than the one before: they keep their place."
    if order.untimed:
        yield f"  {plural(order.untimed, 'record')} without a time: they keep their place."
