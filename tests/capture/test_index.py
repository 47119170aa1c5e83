"""The native index against a plain one: any bytes, any layout, in stretches of any size."""

from __future__ import annotations

import errno
import os
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relayviz.engines.capture import index as indexing
from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.index import CanceledError, Index, Rows, index_file
from relayviz.engines.capture.native import packed
from relayviz.model.capture.layout import Field, Layout
from relayviz.model.capture.shipped import shipped
from relayviz.relay import RECORD_DTYPE, RecordKind, find_records, is_valid_layout
from tests.capture.plain import Plain, Row
from tests.capture.test_truth import LOSSY, files, truth

if TYPE_CHECKING:
    from pathlib import Path

MUTATIONS = int(os.environ.get("RELAY_MUTATIONS", "60"))

BLKTRACE, SYSTEMTAP = (
    next(layout for layout in shipped() if layout.name == name)
    for name in ("blktrace 7", "SystemTap bulk")
)
TINY = Layout(
    name="tiny",
    client="",
    is_tried=False,
    orders=("little", "big"),
    header=6,
    largest=40,
    mark=Field(0, 2),
    marks=(0xABC0, 0xABC3),
    length=Field(2, 1),
    bias=6,
    lengths=(),
    sequence=Field(4, 2),
    is_common=False,
    time=None,
    cpu=Field(3, 1),
    flags=Field(1, 1),
    unnumbered=1,
    is_named_by_cpu=False,
)
#: no mark: only the lengths there are tell a record
BARE = replace(TINY, mark=None, lengths=(6, 9, 14), flags=None, unnumbered=0)
#: all records of one length
EVEN = replace(TINY, length=None, bias=6)


def record(order: str, number: int, length: int, mark: int, cpu: int = 1) -> bytes:
    head = mark.to_bytes(2, order) + bytes([length, cpu])  # type: ignore[arg-type]
    return head + number.to_bytes(2, order) + bytes(range(100, 100 + length))  # type: ignore[arg-type]


pieces = st.one_of(
    st.tuples(st.just("record"), st.integers(0, 34), st.integers(0xABC0, 0xABC3)),
    st.tuples(st.just("noise"), st.binary(max_size=30), st.none()),
    st.tuples(st.just("cut"), st.integers(0, 34), st.integers(0, 39)),
)


def made(order: str, parts: list[tuple[str, object, object]]) -> bytes:
    data = b""
    for number, (what, one, other) in enumerate(parts):
        if what == "noise":
            assert isinstance(one, bytes)
            data += one
            continue
        assert isinstance(one, int)
        assert isinstance(other, int)
        whole = record(order, number, one, other if what == "record" else 0xABC0)
        data += whole if what == "record" else whole[:other]
    return data


def native(layout: Layout, order: str, data: bytes, stretch: int, room: int) -> list[Row]:
    """All rows, found in stretches of some size, with room for some rows at a time."""
    found: list[Row] = []
    rows = np.zeros(room, RECORD_DTYPE)
    at = 0
    how = packed(layout, order)
    while at < len(data):
        part = data[at : at + stretch]
        n, used = find_records(how, part, at, is_last=at + stretch >= len(data), rows=rows)
        assert used, "a stretch of this size always yields a row"
        for row in rows[:n]:
            begin, size, kind = int(row["at"]), int(row["length"]), RecordKind(int(row["kind"]))
            if found and found[-1][2] == kind == RecordKind.DAMAGE:
                before = found.pop()
                begin, size = before[0], before[1] + size
            found.append((begin, size, kind))
        at += used
    return found


@settings(max_examples=300)
@given(
    layout=st.sampled_from([TINY, BARE, EVEN]),
    order=st.sampled_from(["little", "big"]),
    parts=st.lists(pieces, max_size=12),
    stretch=st.integers(2 * 40 + 6, 400),
    room=st.integers(2, 9),
)
def test_rows_are_those_of_the_plain_index(
    layout: Layout,
    order: str,
    parts: list[tuple[str, object, object]],
    stretch: int,
    room: int,
) -> None:
    data = made(order, parts)
    expected = Plain(layout, order, data).rows()
    whole = native(layout, order, data, len(data) or 1, room)
    assert whole == expected
    assert sum(size for _, size, _ in whole) == len(data)
    in_parts = native(layout, order, data, stretch, room)
    # a doubtful record may be judged with less before one's eyes; where nothing is damaged, never
    if all(kind < RecordKind.DAMAGE for _, _, kind in expected):
        assert in_parts == expected
    assert sum(size for _, size, _ in in_parts) == len(data)


def test_fields_of_a_row() -> None:
    data = record("big", 7, 3, 0xABC2, cpu=9) + record("big", 8, 0, 0xABC1, cpu=200)
    rows = np.zeros(4, RECORD_DTYPE)
    assert find_records(packed(TINY, "big"), data, 1000, is_last=True, rows=rows) == (2, len(data))
    names = ("at", "length", "sequence", "cpu", "time", "kind")
    assert [tuple(int(row[name]) for name in names) for row in rows[:2]] == [
        (1000, 9, 7, 9, 0, RecordKind.WHOLE),
        (1009, 6, 8, 200, 0, RecordKind.UNNUMBERED),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"header": 0},
        {"largest": 5},
        {"mark": Field(5, 2)},
        {"time": Field(0, 3)},
        {"sequence": Field(2**32 - 1, 2)},
        {"length": None, "bias": 7},
    ],
)
def test_layouts_that_cannot_be_searched_for(wrong: dict[str, object]) -> None:
    how = packed(replace(TINY, **wrong), "little")  # type: ignore[arg-type]
    assert is_valid_layout(packed(TINY, "little"))
    assert not is_valid_layout(how)
    with pytest.raises(ValueError, match="layout"):
        find_records(how, b"12345678", 0, is_last=True, rows=np.zeros(2, RECORD_DTYPE))
    with pytest.raises(ValueError, match="size"):
        is_valid_layout(how[:-1])


# -- damaged captures ------------------------------------------------------------------------------


def opened(path: Path, data: bytes, layout: Layout) -> Index:
    path.write_bytes(data)
    rows = Rows()
    size = index_file(path, packed(layout, "little"), rows)
    return Index(rows.finished(), size)


@pytest.mark.parametrize("layout", [BLKTRACE, SYSTEMTAP])
def test_cut_at_every_byte(tmp_path: Path, layout: Layout) -> None:
    """All whole records in front of the cut, and the rest told as cut."""
    source = files(LOSSY[0] if layout is BLKTRACE else LOSSY[2])[0].read_bytes()[:700]
    ends = [row[0] + row[1] for row in Plain(layout, "little", source).rows()]
    for cut in range(1, len(source)):
        found = opened(tmp_path / "cut", source[:cut], layout)
        whole = [end for end in ends if end <= cut]
        assert np.count_nonzero(found.is_record) == len(whole)
        behind = whole[-1] if whole else 0
        assert found.damage() == ([(behind, cut, True)] if behind < cut else [])


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bytes of a capture are others, missing, or twice there."""
    at = chance.randrange(len(data))
    size = chance.choice([1, 1, 2, 4, 30, 300])
    match chance.randrange(4):
        case 0:
            return data[:at] + chance.randbytes(size) + data[at + size :]
        case 1:
            return data[:at] + data[at + size :]
        case 2:
            return data[: at + size] + data[at:]
        case _:
            return data[:at] + chance.randbytes(size) + data[at:]


@pytest.mark.parametrize("folder", LOSSY)
def test_damage_proves_no_loss(tmp_path: Path, folder: str) -> None:
    """Whatever is damaged, nothing is missing that was not before: then it is doubtful."""
    chance = random.Random(folder)  # noqa: S311 - the same in each run
    source = max(files(folder), key=lambda path: path.stat().st_size)
    others = [path for path in files(folder) if path != source]
    data = source.read_bytes()
    before = open_capture([source, *others])
    for _ in range(MUTATIONS):
        path = tmp_path / source.name
        path.write_bytes(damaged(data, chance))
        capture = open_capture([path, *others])
        assert capture.missing <= before.missing
        assert capture.records <= before.records + 10
        covered = sum(int(part.index.rows["length"].sum()) for part in capture.parts)
        assert covered == path.stat().st_size + sum(path.stat().st_size for path in others)


def test_one_wrong_number_is_told_and_proves_nothing(tmp_path: Path) -> None:
    data = bytearray(files(LOSSY[0])[0].read_bytes())
    plain = Plain(BLKTRACE, "little", bytes(data))
    fifth = plain.rows()[4][0]
    data[fifth + 4 : fifth + 8] = (5000).to_bytes(4, "little")
    path = tmp_path / "disk.blktrace.0"
    path.write_bytes(data)
    capture = open_capture([path])
    assert (capture.misplaced, capture.missing) == (1, 0)
    assert [gap.missing for gap in capture.doubtful] == [1]  # its own number


def test_files_in_the_wrong_order_and_records_of_one_cpu_in_two_files(tmp_path: Path) -> None:
    data = max(files(LOSSY[0]), key=lambda path: path.stat().st_size).read_bytes()
    rows = Plain(BLKTRACE, "little", data).rows()
    middle = rows[len(rows) // 2][0]
    (tmp_path / "b").write_bytes(data[:middle])
    (tmp_path / "a").write_bytes(data[middle:])
    capture = open_capture([tmp_path / "a", tmp_path / "b"])
    assert capture.missing == truth(LOSSY[0])["refused_that_gaps_prove"]
    assert capture.was_sorted


def test_an_index_can_be_canceled_and_tells_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "STRETCH", 1 << 18)
    path = tmp_path / "large"
    path.write_bytes(files(LOSSY[0])[1].read_bytes() * 12)
    told: list[float] = []

    def tell(done: float) -> bool:
        told.append(done)
        return len(told) < 3

    with pytest.raises(CanceledError):
        open_capture([path], told=tell)
    assert len(told) == 3
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1


def test_stretches_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files(LOSSY[0])[1]
    whole = open_capture([path]).rows
    monkeypatch.setattr(indexing, "STRETCH", 140_000)
    copies = tmp_path / "copies"
    copies.write_bytes(path.read_bytes() * 5)
    rows = open_capture([copies]).rows
    assert len(rows) == 5 * len(whole)
    assert rows["sequence"].tolist() == whole["sequence"].tolist() * 5


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 5000])
def test_empty_and_meaningless_files_are_refused_with_a_reason(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    refused = open_capture([path]).refused
    assert len(refused) == 1
    assert refused[0].reason.endswith(".")


def test_of_a_file_that_cannot_be_read_to_its_end_nothing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, worn = files(LOSSY[0])[0], tmp_path / "worn"
    worn.write_bytes(whole.read_bytes())
    alone = open_capture([whole]).rows
    read, inode = os.pread, worn.stat().st_ino

    def wear(descriptor: int, size: int, at: int) -> bytes:
        if at and os.fstat(descriptor).st_ino == inode:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(descriptor, size, at)

    monkeypatch.setattr(indexing, "STRETCH", 4096)
    monkeypatch.setattr(os, "pread", wear)
    capture = open_capture([worn, whole])
    assert [(one.path, one.reason) for one in capture.refused] == [
        (worn, "It cannot be read: Input/output error.")
    ]
    assert capture.rows.tobytes() == alone.tobytes()
    assert [len(part.index.rows) for part in capture.parts] == [len(alone)]
