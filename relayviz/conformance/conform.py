"""A conformance run: read files, leave out what is to be left out, replay the rest, report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from relayviz.conformance.recording import RecordingError, Sequence, read_recording
from relayviz.conformance.replay import Host, replay
from relayviz.conformance.report import Limits, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import ModuleType

    from relayviz.conformance.replay import PerformsOperations

SPLICE_OPERATIONS = frozenset({"file_splice", "pipe_read", "pipe_close"})
# They record what a failing open leaves behind in the kernel. Ours leaves nothing, on purpose.
LEAKS = frozenset({"create-fails/null/call1/global0", "create-fails/err/call1/global0"})


def reason_to_leave_out(sequence: Sequence) -> str | None:
    """Return why a sequence is not replayed, None if it is."""
    if sequence.crash:
        return "recordings of a crash"
    if any(step.op["op"] in SPLICE_OPERATIONS for step in sequence.steps):
        return "with splice or pipe operations"
    if any(step.op.get("file_api") == "debugfs-proxy" for step in sequence.steps):
        return "with the debugfs proxy"
    if sequence.name in LEAKS:
        return "recording the leak of a failed open"
    return None


def conform(
    paths: Iterable[Path],
    relay: ModuleType,
    limits: Limits | None = None,
    advance: Callable[[int], object] = lambda _bytes: None,
    make_host: Callable[[], PerformsOperations] | None = None,
) -> Report:
    """Replay recordings and compare.

    Args:
        paths: The files.
        relay: The implementation: relayviz.relay or a module with the same names.
        limits: How much is kept and told.
        advance: Told now and then how many bytes of the files were gone through.
        make_host: Gives the machine for each sequence; one with channels of `relay` by default.
    """
    make = make_host or partial(Host, relay)
    report = Report(limits or Limits())
    for path in paths:
        found_any = False
        try:
            for sequence in read_recording(path, advance):
                found_any = True
                _take(sequence, make, report)
        except RecordingError as error:
            report.add_error(f"{error} (nothing behind it was replayed)")
        else:
            if not found_any:
                report.add_error(f"{path}:1: the file holds no sequence; get it again")
    return report


def _take(sequence: Sequence, make_host: Callable[[], PerformsOperations], report: Report) -> None:
    """Deal with one sequence."""
    if sequence.problem is not None:
        where = f"{sequence.file}:{sequence.line}: {sequence.name}"
        report.add_error(f"{where}: {sequence.problem}")
    elif (reason := reason_to_leave_out(sequence)) is not None:
        report.add_left_out(reason, sequence.name)
    else:
        report.add_replayed(sequence, *replay(sequence, make_host))
