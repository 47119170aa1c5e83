"""A capture whose files grow while it is open: looked at again and again.

What a look has not seen to its end is no damage yet: the last record of a file waits for what
follows it, until the writer is said to be done.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.capture import Capture, Part, Refused, named_cpu
from relayviz.engines.capture.index import CaptureError, Index, Rows, open_file, pieces
from relayviz.engines.capture.kinds import Kind, kind_of
from relayviz.model.capture.shipped import shipped
from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from relayviz.model.capture.gaps import Gap
    from relayviz.model.capture.layout import Layout

SHORTENED = "It became shorter: what stood in it before is kept, and nothing new is read."


@dataclass(slots=True)
class _File:
    """A file that is followed: what is known of it so far."""

    path: Path
    kind: Kind | None = None
    at: int = 0
    rows: Rows = field(default_factory=Rows)
    problem: str = ""
    is_left: bool = False


class Followed:
    """Files that grow.

    Args:
        paths: Where they are; one may still be empty, or not there yet.
        layout: Of one's own; None: found in the content.

    Threads: one.
    """

    def __init__(self, paths: Sequence[Path], layout: Layout | None = None) -> None:
        self._files = [_File(path) for path in paths]
        self._layouts = shipped() if layout is None else (layout,)

    def look(self, *, is_over: bool = False) -> Capture | None:
        """Read what is new; None: nothing is.

        Args:
            is_over: The writer is done: what stands at the ends is all there will be.
        """
        has_news = [self._read(one, is_over=is_over) for one in self._files]
        return self._capture() if any(has_news) or is_over else None

    def _read(self, file: _File, *, is_over: bool) -> bool:
        """Take in what a file has gained; whether there was anything."""
        if file.is_left:
            return False
        before = file.rows.count
        try:
            self._take(file, is_over=is_over)
            file.problem = ""
        except CaptureError as error:
            file.problem = str(error)
        except OSError as error:
            file.problem = f"It cannot be read: {error.strerror}."
        return file.rows.count > before

    def _take(self, file: _File, *, is_over: bool) -> None:
        if file.kind is None:
            kind = kind_of(file.path, self._layouts)
            first = next((one.kind for one in self._files if one.kind is not None), kind)
            if kind.layout is not first.layout:
                names = f"It is {kind.layout.name}, another one is {first.layout.name}."
                raise CaptureError(f"{names} Open them apart.")
            file.kind = kind
        descriptor = open_file(file.path)
        try:
            size = os.fstat(descriptor).st_size
            if size < file.at:
                file.is_left = True
                raise CaptureError(SHORTENED)
            for rows, behind in pieces(
                descriptor, file.at, size, file.kind.packed, is_over=is_over
            ):
                file.rows.add(rows)
                file.at = behind
        finally:
            os.close(descriptor)

    def _capture(self) -> Capture:
        known = [one for one in self._files if one.kind is not None]
        rows = [one.rows.so_far() for one in known]
        ends = np.cumsum([0, *map(len, rows)]).tolist()
        found = np.concatenate([Rows().so_far(), *rows])
        parts = [
            Part(
                one.path,
                one.kind,
                begin,
                Index(found[begin:end], one.at),
                named_cpu(one.path, one.kind),
            )
            for one, begin, end in zip(known, ends, ends[1:], strict=False)
            if one.kind is not None
        ]
        refused = [Refused(one.path, one.problem) for one in self._files if one.problem]
        return Capture(parts, found, refused)


def settled(capture: Capture) -> Iterator[Gap]:
    """Give the gaps that nothing can fill any more that still comes.

    Each file that has records of the same counter has one with a higher number than those around
    the gap; so a number that turns out to be damaged is not taken for a loss either.
    """
    layout = capture.layout
    if layout is None:
        return
    for gap in capture.gaps:
        highest = []
        for part in capture.parts:
            rows = part.index.rows[part.index.rows["kind"] == RecordKind.WHOLE]
            if layout.cpu is not None and not layout.is_common:
                rows = rows[rows["cpu"] == gap.cpu]
            if layout.is_common or len(rows):
                highest.append(int(rows["sequence"].max(initial=0)))
        if highest and min(highest) > gap.after:
            yield gap
