"""What of events a page is told: where each lies, and what became of it, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.ledger.words import fate_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.ledger.fate import FateIndex


def events(fates: FateIndex, last: int) -> list[dict[str, object]]:
    """Return every event up to a step, in the order of their numbers."""
    found = (
        _event(fates, buffer, row, last)
        for buffer in fates.buffers
        for row in range(fates.lane(buffer).rows_at(last))
    )
    return sorted(found, key=lambda one: int(str(one["event"])))


def _event(fates: FateIndex, buffer: int, row: int, last: int) -> dict[str, object]:
    end = fates.at(buffer, row, last)
    told: dict[str, object] = {
        "event": end.event,
        "cpu": end.cpu,
        "buffer": buffer,
        "bytes": end.length,
        "step": end.step,
        "fates": list(_fates(fates, buffer, row, last)),
    }
    return told if end.place is None else told | {"place": list(end.place)}


def _fates(fates: FateIndex, buffer: int, row: int, last: int) -> Iterator[list[object]]:
    """Give the steps at which other words hold, with the fate's name and the words."""
    end = fates.at(buffer, row, last)
    steps = {end.step, end.decided, end.filled}
    steps |= {clobber.step for clobber in fates.lane(buffer).clobbers_at(row, last)}
    before = ""
    for step in sorted(one for one in steps if one is not None and one >= end.step):
        then = fates.at(buffer, row, step)
        words = fate_words(then)
        if words != before:
            yield [step, then.fate.entry, words]
        before = words
