"""What is told of captures, whole and damaged, at their beginning, middle and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.engines.capture.viewing.opening import open_files
from relayviz.model.capture.sizes import Sizes
from relayviz.model.engine.protocol import OpenError
from relayviz.model.engine.taped import taped
from tests.capture import made
from tests.capture.test_truth import LOSSY, files
from tests.told.telling import hold, plain, since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from relayviz.model.engine.taped import TapedEngine

PLACES = 5  # moments of each capture that are told
HEADS = 4
HURT_IN_EACH_WAY = ("blktrace 7, big endian", "SystemTap bulk", "ath11k CFR")
SMALL = Sizes(256, 4, "")


def told_of(paths: list[Path]) -> Iterator[tuple[str, object]]:
    try:
        opened = open_files(paths)
    except OpenError as error:
        yield "refused", str(error)
        return
    yield "opened", opened.refused
    for number, one in enumerate(opened.captures):
        engine = taped(one.engine)
        assert engine is not None
        try:
            assert engine.wait_idle()
            yield from told_by(engine, f"capture {number}")
            yield from laid_anew(engine, f"capture {number}")
        finally:
            assert engine.close()


def told_by(engine: TapedEngine, name: str) -> Iterator[tuple[str, object]]:
    tape = engine.tape
    yield f"{name}: config", engine.config
    yield f"{name}: sizes", (engine.sizes, engine.offers)
    some = range(min(HEADS, tape.count))
    engine.heads(some)
    assert engine.wait_idle()
    yield f"{name}: begins", engine.heads(some)
    before = plain({})
    for place in sorted({tape.count * part // (PLACES - 1) for part in range(PLACES)}):
        engine.goto_place(place)
        assert engine.wait_idle()
        before, last = plain(engine.snapshot), before
        yield f"{name}: at {place}", since(last, before)
    for row in range(len(tape.cpus)):
        yield f"{name}: borders {row}", engine.borders(row)
        found = engine.records_in(engine.snapshot, row, 0)
        yield f"{name}: first sub-buffer {row}", found
    yield f"{name}: gaps", tape.lost


def laid_anew(engine: TapedEngine, name: str) -> Iterator[tuple[str, object]]:
    """Tell of smaller sub-buffers than any client has, so that a few records fill them."""
    before = plain(engine.snapshot)
    try:
        engine.set_sizes(SMALL)
    except ValueError as error:
        yield f"{name}: {SMALL.subbuf_size} B refused", str(error)
        return
    assert engine.wait_idle()
    yield f"{name}: in {SMALL.subbuf_size} B", since(before, plain(engine.snapshot))


@pytest.mark.parametrize("folder", LOSSY)
def test_real_and_lossy(folder: str) -> None:
    hold(f"capture-{folder}", told_of(files(folder)))


def damaged(records: list[bytes]) -> dict[str, bytes]:
    """Ways in which a file of records can be hurt."""
    whole = b"".join(records)
    middle = b"".join(records[: len(records) // 2])
    return {
        "whole": whole,
        "cut at its end": whole[:-3],
        "one missing": middle + b"".join(records[len(records) // 2 + 1 :]),
        "one twice": middle + b"".join(records[len(records) // 2 - 1 :]),
        "zeros between": middle + bytes(24) + whole[len(middle) :],
        "rubbish first": b"\xa5" * 7 + whole,
        "only a head": whole[:9],
        "nothing": b"",
    }


@pytest.mark.parametrize("kind", made.KINDS)
def test_made_and_hurt(kind: str, tmp_path: Path) -> None:
    parts = list[tuple[str, object]]()
    kinds = damaged(made.KINDS[kind](12))
    for how in kinds if kind in HURT_IN_EACH_WAY else ("whole", "zeros between"):
        path = tmp_path / "file.0"
        path.write_bytes(kinds[how])
        parts += [(f"{how}: {title}", value) for title, value in told_of([path])]
    hold(f"capture-{kind.replace(' ', '-').replace(',', '')}", parts, tmp_path)
