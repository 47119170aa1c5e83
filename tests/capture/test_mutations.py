"""Mutated files of each kind: nothing crashes, and damage is never told as a loss.

What cannot be told from a loss is left out: as many bytes gone as a record has, and another number
in the first or last record, which has one neighbour only.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.viewing.ordering import tape_of
from relayviz.engines.capture.viewing.rings import Rings, buffers_of
from relayviz.model.capture.shipped import shipped
from relayviz.model.capture.sizes import offered
from relayviz.relay import RecordKind
from tests.capture import made

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.capture.capture import Capture

FEW, MANY = 25, 100_000
RECORDS = 30
LEAST = 12  # bytes of the smallest record
SIZES = (1, 1, 1, 2, 4, 8, 30, 300)


def mutated(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    """Some bytes are others, missing, twice there, or new; not as many as a record are taken out.

    Returns:
        The file, and where its first other byte may be.
    """
    while True:
        at, size = chance.randrange(len(data)), chance.choice(SIZES)
        match chance.randrange(5):
            case 0:
                return data[:at] + chance.randbytes(size) + data[at + size :], at
            case 1 if size < LEAST:
                return data[:at] + data[at + size :], at
            case 2:
                return data[: at + size] + data[at:], at
            case 3:
                return data[:at] + chance.randbytes(size) + data[at:], at
            case 4:
                return data[:at], at


def shown(capture: Capture) -> None:
    """Do with a capture what the window does."""
    if not capture.records:
        return
    tape = tape_of(capture)
    largest = int(tape.rows["length"][tape.order].max())
    for sizes in offered(tape.layout.usual, buffers_of(tape), largest):
        rings = Rings(tape, sizes)
        for place in (0, tape.count // 2, tape.count):
            buffers, _ = rings.state(place)
            assert int(buffers["account"]["accepted"]["events"].sum()) == place
    assert sum(one.gap.missing for one in tape.lost) == capture.missing


def hold(kind: str, path: Path, times: int) -> None:
    """Mutate a capture that lost some records, again and again."""
    records = made.KINDS[kind](RECORDS + 5)
    kept = records[: RECORDS // 2] + records[RECORDS // 2 + 5 :]
    layouts = {layout.name: layout for layout in shipped()}
    layout, chance = layouts[kind.partition(",")[0]], random.Random(kind)  # noqa: S311
    path.write_bytes(b"".join(kept))
    before = open_capture([path], layout)
    # the number of the first or the last record, if it is damaged, has one neighbour to differ from
    inside = (len(kept[0]), len(b"".join(kept[:-1])))
    assert before.missing == (5 if layout.sequence is not None else 0)
    for _ in range(times):
        data, at = mutated(b"".join(kept), chance)
        path.write_bytes(data)
        capture = open_capture([path], layout if chance.randrange(2) else None)
        if inside[0] <= at < inside[1]:
            assert capture.missing <= before.missing
        for gap in capture.gaps:
            assert set(capture.rows["kind"][list(gap.rows)].tolist()) == {int(RecordKind.WHOLE)}
        if capture.parts:
            covered = sum(int(part.index.rows["length"].sum()) for part in capture.parts)
            assert covered == len(data)
        shown(capture)


@pytest.mark.parametrize("kind", made.KINDS)
def test_a_mutated_file_breaks_nothing_and_loses_nothing(tmp_path: Path, kind: str) -> None:
    hold(kind, tmp_path / "file.0", FEW)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", made.KINDS)
def test_very_many_mutated_files(tmp_path: Path, kind: str) -> None:
    hold(kind, tmp_path / "file.0", MANY)
