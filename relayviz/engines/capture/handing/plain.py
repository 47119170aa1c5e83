"""What is told of a capture as plain values: figures, gaps, files, sub-buffers given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.engines.capture.words import unknown
from relayviz.model.capture.subbufs import laid_out

if TYPE_CHECKING:
    from relayviz.engines.capture.capture import Capture
    from relayviz.model.capture.gaps import Gap
    from relayviz.model.capture.subbufs import Subbufs

FIGURES = (
    *("records", "cpus", "missing", "gaps", "doubtful", "damaged", "cut", "misplaced"),
    *("unnumbered", "refused"),
)
"""What --expect can name; damaged is in bytes, refused in files."""


def figures(capture: Capture) -> dict[str, int | float]:
    """Return what --expect can name."""
    damage = [one for part in capture.parts for one in part.index.damage()]
    return {
        "records": capture.records,
        "cpus": len(capture.cpus),
        "missing": capture.missing,
        "gaps": len(capture.gaps),
        "doubtful": sum(gap.missing for gap in capture.doubtful),
        "damaged": sum(end - begin for begin, end, is_cut in damage if not is_cut),
        "cut": sum(end - begin for begin, end, is_cut in damage if is_cut),
        "misplaced": capture.misplaced,
        "unnumbered": capture.unnumbered,
        "refused": len(capture.refused),
    }


def as_plain(capture: Capture, sizes: tuple[int, int] | None) -> dict[str, Any]:
    """Return all that is told, as values for JSON."""
    plain: dict[str, Any] = figures(capture) | {
        "kind": capture.layout.name if capture.layout else None,
        "client": capture.layout.client if capture.layout else None,
        "status": capture.layout.status if capture.layout else None,
        "cpus": capture.cpus,
        "gaps": [as_plain_gap(gap) for gap in capture.gaps],
        "files": [part_of(capture, number) for number in range(len(capture.parts))],
        "errors": [{"file": str(one.path), "error": one.reason} for one in capture.refused],
        "unknown": list(unknown(capture)),
    }
    if sizes is not None:
        plain["subbufs"] = [_laid(capture, cpu, sizes) for cpu in capture.cpus]
    return plain


def as_plain_gap(gap: Gap) -> dict[str, Any]:
    """Return a gap as values for JSON."""
    return {
        "cpu": gap.cpu,
        "sequence_before": gap.before,
        "sequence_after": gap.after,
        "missing": gap.missing,
        "time_before": gap.time_before,
        "time_after": gap.time_after,
    }


def part_of(capture: Capture, number: int) -> dict[str, Any]:
    """Return what is told of a file."""
    part = capture.parts[number]
    return {
        "file": str(part.path),
        "kind": part.kind.layout.name,
        "order": part.kind.order,
        "bytes": part.index.size,
        "records": int(np.count_nonzero(part.index.is_record)),
        "cpus": capture.cpus_of(part),
        "damage": [
            {"from": begin, "to": end, "cut": is_cut} for begin, end, is_cut in part.index.damage()
        ],
    }


def laid(capture: Capture, cpu: int, subbuf_size: int) -> Subbufs:
    """Return a CPU's records laid into sub-buffers again; ValueError as of laid_out."""
    rows = capture.rows_of(cpu)
    lost = np.zeros(len(rows), bool)
    behind = {gap.after for gap in capture.gaps if gap.cpu in (cpu, None)}
    numbers = np.array(sorted(behind), np.uint64)  # others would be compared as floats
    lost[np.isin(capture.rows["sequence"][rows], numbers)] = True
    return laid_out(capture.rows["length"][rows].astype(np.int64), lost, subbuf_size)


def _laid(capture: Capture, cpu: int, sizes: tuple[int, int]) -> dict[str, Any]:
    found = laid(capture, cpu, sizes[0])
    return {
        "cpu": cpu,
        "subbuf_size": sizes[0],
        "n_subbufs": sizes[1],
        "first_record": found.first.tolist(),
        "padding": found.padding.tolist(),
    }
