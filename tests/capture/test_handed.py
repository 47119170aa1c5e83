"""What a capture is handed on as: read back by the libraries of those who open it."""

from __future__ import annotations

import json
import struct
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet
import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

from relayviz import cli
from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.handing.merge import merge
from relayviz.model.exchange import table
from tests.capture.plain import Plain
from tests.capture.test_truth import DATA, LOSSY, files, truth

if TYPE_CHECKING:
    from relayviz.engines.capture.capture import Capture


def handed(folder: str, option: str, out: Path) -> None:
    assert cli.main(["capture", *map(str, files(folder)), option, str(out)]) == 0


def plain_records(capture: Capture) -> dict[Path, list[bytes]]:
    """The records of each file once more, found plainly."""
    found: dict[Path, list[bytes]] = {}
    for part in capture.parts:
        data = part.path.read_bytes()
        rows = Plain(part.kind.layout, part.kind.order, data).rows()
        found[part.path] = [data[at : at + size] for at, size, kind in rows if kind < 2]
    return found


@pytest.mark.parametrize("folder", LOSSY)
def test_perfetto_has_tracks_counts_and_times(folder: str, tmp_path: Path) -> None:
    handed(folder, "--perfetto", tmp_path / "out")
    trace, true = Trace(), truth(folder)
    trace.ParseFromString((tmp_path / "out").read_bytes())
    tracks = {
        one.track_descriptor.uuid: one.track_descriptor
        for one in trace.packet
        if one.HasField("track_descriptor")
    }
    events = [one for one in trace.packet if one.HasField("track_event")]
    is_timed = true["layout"] != "stap"
    cpus = [one.name for one in tracks.values() if one.name.startswith("CPU ")]
    assert [int(name.split()[1]) for name in cpus] == true["online"]
    assert all(("no times" in name) is not is_timed for name in cpus)
    records, numbers = Counter[int](), dict[int, list[int]]()
    for event in events:
        track = tracks[event.track_event.track_uuid]
        if track.name == "records":
            records[track.parent_uuid] = max(
                records[track.parent_uuid], event.track_event.counter_value
            )
            numbers.setdefault(track.parent_uuid, []).append(event.timestamp)
    assert records.total() == true["kept"] == sum(map(len, numbers.values()))
    capture = open_capture(files(folder))
    if is_timed:
        for uuid, times in numbers.items():
            cpu = int(tracks[uuid].name.split()[1])
            assert sorted(times) == sorted(capture.rows["time"][capture.rows_of(cpu)].tolist())
    gaps = [one for one in events if one.track_event.type == TrackEvent.TYPE_SLICE_BEGIN]
    facts = [
        {note.name: note.int_value for note in one.track_event.debug_annotations} for one in gaps
    ]
    assert sum(one["records"] for one in facts) == true["refused_that_gaps_prove"]
    if is_timed:
        assert [one.timestamp for one in gaps] == [gap.time_before for gap in capture.gaps]
        ends = [
            one.timestamp for one in events if one.track_event.type == TrackEvent.TYPE_SLICE_END
        ]
        assert ends == [gap.time_after for gap in capture.gaps]


@pytest.mark.parametrize("folder", LOSSY)
def test_parquet_has_every_record(folder: str, tmp_path: Path) -> None:
    handed(folder, "--parquet", tmp_path / "out")
    rows = pyarrow.parquet.read_table(tmp_path / "out").to_pylist()
    capture = open_capture(files(folder))
    plain = [one for records in plain_records(capture).values() for one in records]
    assert len(rows) == len(plain) == truth(folder)["kept"]
    assert sum(row["bytes"] for row in rows) == sum(map(len, plain))
    assert {row["cpu"] for row in rows} == set(truth(folder)["online"])
    unnumbered = sum(row["sequence"] is None for row in rows)
    assert unnumbered == capture.unnumbered


def test_parquet_without_pyarrow_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(table, "import_module", missing)
    words = ["capture", str(files(LOSSY[0])[0]), "--parquet", str(tmp_path / "out")]
    assert cli.main(words) == 2
    assert "pip install 'relayviz[parquet]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("folder", LOSSY)
def test_merged_records_are_those_of_the_files_in_order_and_holes_stay(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "merged"
    handed(folder, "--merge", out)
    before, after = open_capture(files(folder)), open_capture([out])
    assert (after.records, after.missing) == (before.records, before.missing)
    assert [(gap.cpu, gap.before, gap.after) for gap in after.gaps] == [
        (gap.cpu, gap.before, gap.after) for gap in before.gaps
    ]
    plain = plain_records(before)
    data = out.read_bytes()
    merged = [data[at : at + size] for at, size in rows_in(after)]
    assert Counter(merged) == Counter(one for records in plain.values() for one in records)
    for records in plain.values():  # each file's own order is kept
        places = {record: place for place, record in enumerate(merged)}
        found = [places[record] for record in records]
        assert len(places) < len(merged) or found == sorted(found)
    key = "sequence" if truth(folder)["layout"] == "stap" else "time"
    assert np.all(np.diff(after.rows[key].astype(np.int64)) >= 0)
    assert "missing there, too" in capsys.readouterr().out


def rows_in(capture: Capture) -> list[tuple[int, int]]:
    return [(int(row["at"]), int(row["length"])) for row in capture.rows]


def record(number: int, time: int, cpu: int, *, is_note: bool = False) -> bytes:
    """A blktrace record."""
    action = 1 << 26 if is_note else 1
    head = struct.pack("<IIQQII", 0x65617407, number, time, 0, 0, action)
    return head + struct.pack("<IIIHH", 7, 8, cpu, 0, 0)


@pytest.mark.parametrize("option", ["--merge", "--perfetto", "--parquet"])
def test_no_file_is_named_as_the_standard_output(
    option: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "t.0").write_bytes(record(1, 10, 0))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["capture", "t.0", option, "-"]) == 2
    assert "- is no file: give a name" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["t.0"]


def test_what_has_no_time_or_an_earlier_one_keeps_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = [record(1, 10, 0), record(0, 0, 0, is_note=True), record(2, 40, 0), record(3, 35, 0)]
    two = [record(1, 20, 1), record(2, 10, 1), record(3, 40, 1)]
    (tmp_path / "t.0").write_bytes(b"".join(one))
    (tmp_path / "t.1").write_bytes(b"".join(two))
    out = tmp_path / "out"
    words = ["capture", str(tmp_path / "t.0"), str(tmp_path / "t.1"), "--merge", str(out)]
    assert cli.main(words) == 0
    expected = [one[0], one[1], two[0], two[1], one[2], one[3], two[2]]
    assert out.read_bytes() == b"".join(expected)
    said = capsys.readouterr().out
    assert "2 records with an earlier time" in said
    assert "1 record without a time" in said


def test_merging_takes_small_pieces_and_far_ones_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = open_capture(files(LOSSY[0]))
    whole: list[bytes] = []
    merge(capture, whole.append)
    for at_once, most, span in ((7, 300, 64), (1, 1, 1), (1000, 4096, 1 << 20)):
        monkeypatch.setattr("relayviz.engines.capture.handing.merge.AT_ONCE", at_once)
        monkeypatch.setattr("relayviz.engines.capture.handing.merge.MOST", most)
        monkeypatch.setattr("relayviz.engines.capture.handing.merge._SPAN", span)
        small: list[bytes] = []
        merge(capture, small.append)
        assert b"".join(small) == b"".join(whole)
        assert max(map(len, small)) <= max(most, 600)


def test_out_is_no_file_that_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    first = str(files(LOSSY[0])[0])
    before = Path(first).read_bytes()
    assert cli.main(["capture", first, "--merge", first]) == 2
    assert "used already" in capsys.readouterr().err
    assert Path(first).read_bytes() == before


def test_names_of_files_move_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a\x1b[31m\nb"
    path.write_bytes(files(LOSSY[0])[0].read_bytes())
    assert cli.main(["capture", str(path), str(tmp_path / "no\nne")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("  a?[31m?b: 278 records") for line in lines)
    assert any(line.startswith("  no?ne: It cannot be opened") for line in lines)
    (tmp_path / "mine.h").write_text("struct a { unsigned magic; };")
    words = [str(tmp_path / "no\nne"), "--struct", str(tmp_path / "mine.h")]
    assert cli.main(["capture", *words]) == 1
    assert "relayviz capture: no?ne: It cannot be opened" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--struct", "mine.h", "--save-layout", "mine.h"], "mine.h is used already"),
        (["--struct", "mine.h", "--save-layout", "disk"], "disk is used already"),
        (["--struct", "mine.h", "--merge", "mine.h"], "mine.h is used already"),
        (["--layout", "mine.h", "--merge", "./mine.h"], "mine.h is used already"),
        (["--merge", "new", "--perfetto", "../here/new"], "new is used already"),
        (["--merge", "."], ". was not written: there is something else of that name"),
        (["--merge", ""], ". was not written"),
        (["--merge", "none/new"], "none/new was not written: No such file or directory"),
        (["--struct", "disk"], "disk cannot be read: it is no UTF-8 text"),
        (["--struct", "/dev/zero"], "zero cannot be read: it has more than 1 MiB"),
        (["--layout", "/dev/zero"], "zero cannot be read: it has more than 1 MiB"),
    ],
)
def test_what_cannot_be_read_or_written_is_told_first_and_harms_nothing(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    kept = {"disk": files(LOSSY[0])[0].read_bytes(), "mine.h": b"struct a { unsigned magic; };"}
    for name, content in kept.items():
        Path(name).write_bytes(content)
    assert cli.main(["capture", "disk", *words]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert told in err
    assert len(err.splitlines()) == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept


def test_a_scan_without_number_or_time_is_merged_file_by_file(tmp_path: Path) -> None:
    paths = sorted((DATA / "spectral").glob("ar9*"))
    out = tmp_path / "out"
    assert cli.main(["capture", *map(str, paths), "--merge", str(out)]) == 0
    assert out.read_bytes() == b"".join(path.read_bytes() for path in paths)


def test_json_is_still_json_when_files_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(files(LOSSY[0])[0]), "--json", "--merge", str(tmp_path / "out")]
    assert cli.main(["capture", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["records"] == open_capture([tmp_path / "out"]).records
