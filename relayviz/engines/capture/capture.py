"""A capture of several files: its records by CPU, and what is missing between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.index import CaptureError, Index, index_file
from relayviz.engines.capture.kinds import Kind, kind_of, shipped
from relayviz.model.capture.gaps import Gap, Order, gaps_of, ordered
from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
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
        index: Where they are.
        named_cpu: The CPU that its name says; UNKNOWN_CPU: none.
    """

    path: Path
    kind: Kind
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
        parts: The files, all of one kind.
        refused: Those that could not be opened.

    Frozen once it is made; any thread may ask.
    """

    def __init__(self, parts: Sequence[Part], refused: Sequence[Refused] = ()) -> None:
        self.parts, self.refused = tuple(parts), tuple(refused)
        self.layout = parts[0].kind.layout if parts else None
        rows = [part.index.rows[part.index.is_record] for part in parts]
        self.rows: NDArray[np.void] = np.concatenate(rows) if rows else np.zeros(0, _NO_ROWS)
        self.part_of = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
        self.cpu_of = self._cpus(rows)
        self.orders = tuple(self._orders())
        self.gaps = tuple(gap for cpu, order in self.orders for gap in self._gaps(cpu, order))

    @property
    def records(self) -> int:
        """How many records there are."""
        return len(self.rows)

    @property
    def cpus(self) -> list[int]:
        """The CPUs that records are of."""
        return [int(cpu) for cpu in np.unique(self.cpu_of) if cpu != UNKNOWN_CPU]

    @property
    def missing(self) -> int:
        """How many records are missing between others."""
        return sum(gap.missing for gap in self.gaps)

    @property
    def misplaced(self) -> int:
        """How many records have a number that cannot be right."""
        return sum(len(order.misplaced) for _, order in self.orders)

    @property
    def unnumbered(self) -> int:
        """How many records have no number: whether some of them are missing is not known."""
        return int(np.count_nonzero(self.rows["kind"] == RecordKind.UNNUMBERED))

    def rows_of(self, cpu: int) -> NDArray[np.intp]:
        """Return the places of a CPU's records, in the order of the files."""
        return np.flatnonzero(self.cpu_of == cpu)

    def _cpus(self, rows: list[NDArray[np.void]]) -> NDArray[np.int32]:
        if self.layout is not None and self.layout.cpu is not None:
            return self.rows["cpu"].astype(np.int32)
        named = np.array([part.named_cpu for part in self.parts], np.int32)
        return np.repeat(named, [len(one) for one in rows])

    def _orders(self) -> Iterable[tuple[int | None, Order]]:
        numbered = self.rows["kind"] == RecordKind.WHOLE
        sequence = self.rows["sequence"]
        if self.layout is None or not numbered.any():
            return
        if self.layout.is_common:
            # files follow one another by CPU: only within one their order says something
            parts = [
                ordered(sequence, np.flatnonzero(numbered & (self.part_of == part)))
                for part in range(len(self.parts))
            ]
            yield None, _merged(parts, sequence)
            return
        for cpu in self.cpus:
            yield cpu, ordered(sequence, np.flatnonzero(numbered & (self.cpu_of == cpu)))

    def _gaps(self, cpu: int | None, order: Order) -> tuple[Gap, ...]:
        has_time = self.layout is not None and self.layout.time is not None
        time = self.rows["time"] if has_time else None
        return gaps_of(order, self.rows["sequence"], time, cpu)


_NO_ROWS = [("sequence", np.uint64), ("kind", np.uint8), ("cpu", np.uint16), ("time", np.uint64)]


def _merged(parts: list[Order], sequence: NDArray[np.uint64]) -> Order:
    """Records that share one counter and stand in several files, in the order of their numbers."""
    rows = np.concatenate([part.rows for part in parts])
    misplaced = np.concatenate([part.misplaced for part in parts])
    return Order(
        rows[np.argsort(sequence[rows], kind="stable")],
        misplaced,
        was_sorted=any(part.was_sorted for part in parts),
    )


def open_capture(
    paths: Sequence[Path],
    layout: Layout | None = None,
    told: Callable[[float], bool] | None = None,
) -> Capture:
    """Open the files of a capture.

    Files of no known kind, of another kind than the first, and those that cannot be read are told
    in `refused`; the rest opens.

    Args:
        paths: Where they are.
        layout: Of one's own; None: found in the content.
        told: Is told how much is done, 0 to 1; False ends it.

    Raises:
        CanceledError: `told` did not want more.
    """
    parts: list[Part] = []
    refused: list[Refused] = []
    layouts = shipped() if layout is None else (layout,)
    for number, path in enumerate(paths):
        try:
            kind = kind_of(path, layouts)
            if parts and kind.layout is not parts[0].kind.layout:
                first = parts[0]
                raise CaptureError(  # noqa: TRY301 - one place tells of all refusals
                    f"It is {kind.layout.name}, and {first.path.name} is {first.kind.layout.name}. "
                    "Open them apart."
                )
            index = index_file(path, kind.packed, _share(told, number, len(paths)))
        except CaptureError as error:
            refused.append(Refused(path, str(error)))
            continue
        named = _NUMBER_AT_END.search(path.name) if kind.layout.is_named_by_cpu else None
        parts.append(Part(path, kind, index, int(named[1]) if named else UNKNOWN_CPU))
    return Capture(parts, refused)


def _share(
    told: Callable[[float], bool] | None, number: int, of: int
) -> Callable[[float], bool] | None:
    """Return what tells of one file's progress as that of all."""
    return None if told is None else lambda done: told((number + done) / of)
