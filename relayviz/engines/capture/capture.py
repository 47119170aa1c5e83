"""A capture of several files: its records by CPU, and what is missing between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.index import CaptureError, Index, Rows, index_file
from relayviz.engines.capture.kinds import Kind, kind_of
from relayviz.engines.capture.proof import Proof
from relayviz.model.capture.gaps import Gap, Order, far_ends, gaps_of, merged, ordered
from relayviz.model.capture.shipped import shipped
from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.model.capture.layout import Layout

UNKNOWN_CPU = -1
_NUMBER_AT_END = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a capture.

    Attributes:
        path: Where it is.
        kind: What its records are.
        begin: Its first row, of all rows of the capture.
        index: Where they are.
        named_cpu: The CPU that its name says; UNKNOWN_CPU: none.
    """

    path: Path
    kind: Kind
    begin: int
    index: Index
    named_cpu: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is no part of the capture, and why."""

    path: Path
    reason: str


class Capture:
    """The records of some files.

    Args:
        parts: The files, all of one kind, whose rows follow one another.
        rows: All of them.
        refused: Those that could not be opened.

    Attributes:
        records: How many records there are.
        unnumbered: How many of them have no number.
        cpus: The CPUs that they are of.
        was_sorted: The records of some CPU stood in another order than their numbers.
        gaps: Where records are missing.
        doubtful: Where numbers are missing and something is damaged: lost or not, nobody can say.

    Frozen once it is made; any thread may ask.
    """

    def __init__(
        self, parts: Sequence[Part], rows: NDArray[np.void], refused: Sequence[Refused] = ()
    ) -> None:
        self.parts, self.refused = tuple(parts), tuple(refused)
        self.rows = rows
        self.layout = parts[0].kind.layout if parts else None
        counts = [int(np.count_nonzero(part.index.is_record)) for part in parts]
        self.records = sum(counts)
        self.unnumbered = int(np.count_nonzero(rows["kind"] == RecordKind.UNNUMBERED))
        self.cpus = sorted({cpu for part in self.parts for cpu in self.cpus_of(part)})
        self._misplaced: list[NDArray[np.intp]] = []
        self.was_sorted = False
        self._far: set[tuple[int, int]] = set()
        holes = [gap for cpu, order in self._orders() for gap in self._gaps(cpu, order)]
        proved = [
            holds and gap.rows not in self._far
            for gap, holds in zip(holes, self._proved(holes), strict=True)
        ]
        self.gaps = tuple(gap for gap, holds in zip(holes, proved, strict=True) if holds)
        self.doubtful = tuple(gap for gap, holds in zip(holes, proved, strict=True) if not holds)

    @property
    def missing(self) -> int:
        """How many records are missing between others."""
        return sum(gap.missing for gap in self.gaps)

    @property
    def misplaced(self) -> int:
        """How many records have a number that cannot be right."""
        return sum(map(len, self._misplaced))

    @property
    def misplaced_rows(self) -> NDArray[np.intp]:
        """The places of these among all rows."""
        return np.concatenate([*self._misplaced, np.zeros(0, np.intp)])

    def cpus_of(self, part: Part) -> list[int]:
        """Return the CPUs that the records of a file are of; none: it is not known."""
        if part.kind.layout.cpu is None:
            return [part.named_cpu] if part.named_cpu != UNKNOWN_CPU else []
        return [int(cpu) for cpu in np.unique(part.index.rows["cpu"][part.index.is_record])]

    def rows_of(self, cpu: int) -> NDArray[np.intp]:
        """Return the places of a CPU's records among all rows, in the order of the files."""
        is_record = self.rows["kind"] < RecordKind.DAMAGE
        if self.layout is not None and self.layout.cpu is not None:
            return np.flatnonzero(is_record & (self.rows["cpu"] == cpu))
        places = [
            np.arange(part.begin, part.begin + len(part.index.rows))
            for part in self.parts
            if part.named_cpu == cpu
        ]
        found = np.concatenate(places) if places else np.zeros(0, np.intp)
        return found[is_record[found]]

    def _orders(self) -> Iterator[tuple[int | None, Order]]:
        if self.layout is None or self.layout.sequence is None:
            return
        numbered = self.rows["kind"] == RecordKind.WHOLE
        sequence = self.rows["sequence"]
        if self.layout.is_common:
            # files follow one another by CPU: only within one their order says something
            bounds = [(part.begin, part.begin + len(part.index.rows)) for part in self.parts]
            parts = [
                ordered(sequence, begin + np.flatnonzero(numbered[begin:end]))
                for begin, end in bounds
            ]
            yield None, self._noted(merged(parts, sequence))
            return
        if self.layout.cpu is None:
            for part in self.parts:
                end = part.begin + len(part.index.rows)
                rows = part.begin + np.flatnonzero(numbered[part.begin : end])
                cpu = part.named_cpu if part.named_cpu != UNKNOWN_CPU else None
                yield cpu, self._noted(ordered(sequence, rows))
            return
        for cpu in self.cpus:
            rows = np.flatnonzero(numbered & (self.rows["cpu"] == cpu))
            yield cpu, self._noted(ordered(sequence, rows))

    def _proved(self, gaps: list[Gap]) -> list[bool]:
        if self.layout is None:
            return []
        bounds = [(part.begin, part.begin + len(part.index.rows)) for part in self.parts]
        proof = Proof(self.rows, bounds, self.misplaced_rows, has_cpu=self.layout.cpu is not None)
        if self.layout.is_common:
            return proof.holds_for_all(gaps)
        return [proof.holds(gap) for gap in gaps]

    def _noted(self, order: Order) -> Order:
        self._misplaced.append(order.misplaced)
        self.was_sorted |= order.was_sorted
        return order

    def _gaps(self, cpu: int | None, order: Order) -> tuple[Gap, ...]:
        self._far |= far_ends(order, self.rows["sequence"])
        has_time = self.layout is not None and self.layout.time is not None
        time = self.rows["time"] if has_time else None
        return gaps_of(order, self.rows["sequence"], time, cpu)


def open_capture(
    paths: Sequence[Path],
    layout: Layout | None = None,
    told: Callable[[float], bool] | None = None,
    most: int | None = None,
) -> Capture:
    """Open the files of a capture.

    Files of no known kind, of another kind than the first, and those that cannot be read are told
    in `refused`; the rest opens.

    Args:
        paths: Where they are.
        layout: Of one's own; None: found in the content.
        told: Is told how much is done, 0 to 1; False ends it.
        most: Bytes at the beginning of each file that are looked at; None: all.

    Raises:
        CanceledError: `told` did not want more.
    """
    rows = Rows()
    opened: list[tuple[Path, Kind, int, int]] = []
    refused: list[Refused] = []
    layouts = shipped() if layout is None else (layout,)
    for number, path in enumerate(paths):
        begin = rows.count
        try:
            _only_once(path, [one[0] for one in opened])
            kind = _fitting(path, layouts, opened[0] if opened else None)
            share = _share(told, number, len(paths))
            size = index_file(path, kind.packed, rows, share, most)
        except CaptureError as error:
            rows.count = begin
            refused.append(Refused(path, str(error)))
            continue
        opened.append((path, kind, begin, size))
    found = rows.finished()
    ends = [begin for _, _, begin, _ in opened[1:]] + [len(found)]
    parts = [
        Part(path, kind, begin, Index(found[begin:end], size), named_cpu(path, kind))
        for (path, kind, begin, size), end in zip(opened, ends, strict=False)
    ]
    return Capture(parts, found, refused)


def _only_once(path: Path, opened: Sequence[Path]) -> None:
    """Raise CaptureError if a file is there already, maybe by another name."""
    if any(path.exists() and path.samefile(one) for one in opened):
        raise CaptureError("It was given before: its records are counted once.")


def _fitting(
    path: Path, layouts: Iterable[Layout], first: tuple[Path, Kind, int, int] | None
) -> Kind:
    """Return what a file's records are; CaptureError: others than those of the first file."""
    kind = kind_of(path, layouts)
    if first is not None and kind.layout is not first[1].layout:
        raise CaptureError(
            f"It is {kind.layout.name}, and {first[0].name} is {first[1].layout.name}. "
            "Open them apart."
        )
    return kind


def named_cpu(path: Path, kind: Kind) -> int:
    """Return the CPU that a file's name says; UNKNOWN_CPU: none."""
    named = _NUMBER_AT_END.search(path.name) if kind.layout.is_named_by_cpu else None
    return int(named[1]) if named else UNKNOWN_CPU


def _share(
    told: Callable[[float], bool] | None, number: int, of: int
) -> Callable[[float], bool] | None:
    """Return what tells of one file's progress as that of all."""
    return None if told is None else lambda done: told((number + done) / of)
