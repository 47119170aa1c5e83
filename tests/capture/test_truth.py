"""Captures with truth: every record, every provable loss, and the sub-buffers of the channel."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from relayviz import cli
from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.handing.plain import laid
from tests.capture import made

if TYPE_CHECKING:
    from collections.abc import Callable

    Told = Callable[..., dict[str, Any]]

DATA = Path(__file__).parent / "data"
LOSSY = ["lossy-blktrace", "lossy-blktrace-big-endian", "lossy-systemtap"]


def files(folder: str) -> list[Path]:
    return sorted(path for path in (DATA / folder).iterdir() if path.name != "truth.json")


def truth(folder: str) -> dict[str, Any]:
    found = json.loads((DATA / folder / "truth.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """What the command says as JSON."""

    def tell(*words: object, status: int = 0) -> dict[str, Any]:
        assert cli.main(["capture", *map(str, words), "--json"]) == status
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found

    return tell


@pytest.mark.parametrize("folder", LOSSY)
def test_records_and_what_gaps_prove(told: Told, folder: str) -> None:
    said, true = told(*files(folder)), truth(folder)
    assert (said["records"], said["missing"]) == (true["kept"], true["refused_that_gaps_prove"])
    assert said["cpus"] == true["online"]
    assert (said["damaged"], said["cut"], said["misplaced"], said["errors"]) == (0, 0, 0, [])


@pytest.mark.parametrize("folder", LOSSY)
def test_each_missing_record_lies_in_a_gap_and_each_gap_is_full_of_them(
    told: Told, folder: str
) -> None:
    gaps, true = told(*files(folder))["gaps"], truth(folder)
    is_common = true["layout"] == "stap"
    inside = {
        (gap["cpu"], number)
        for gap in gaps
        for number in range(gap["sequence_before"] + 1, gap["sequence_after"])
    }
    lost = {(None if is_common else one["cpu"], one["seq"]): one["time_ns"] for one in true["lost"]}
    assert len(inside) == sum(gap["missing"] for gap in gaps) == true["refused_that_gaps_prove"]
    assert inside <= lost.keys()
    for gap in gaps:
        between = range(gap["sequence_before"] + 1, gap["sequence_after"])
        times = [lost[gap["cpu"], number] for number in between]
        if is_common:
            assert (gap["time_before"], gap["time_after"]) == (None, None)
        else:
            assert gap["time_before"] <= min(times)
            assert max(times) <= gap["time_after"]


@pytest.mark.parametrize("folder", LOSSY)
def test_the_tail_is_told_as_unknown(told: Told, folder: str) -> None:
    assert "is not known" in told(*files(folder))["unknown"][-1]


@pytest.mark.parametrize("folder", LOSSY[:2])
def test_sub_buffers_are_those_of_the_channel_that_wrote(folder: str) -> None:
    """Replayed with the refused records: a switch whenever one does not fit, full or not."""
    capture, true = open_capture(files(folder)), truth(folder)
    size = true["subbuf_size"]
    for cpu in capture.cpus:
        rows = capture.rows[capture.rows_of(cpu)]
        # a record without a number keeps its place between its neighbours
        kept = [(int(row["time"]), int(row["length"]), True) for row in rows]
        lost = [(one["time_ns"], one["bytes"], False) for one in true["lost"] if one["cpu"] == cpu]
        behind = max(row[0] for row in kept)
        first, padding, used, number = [0], [], 0, 0
        for time, length, is_kept in sorted(kept + lost):
            if not is_kept and time > behind:
                continue  # nothing in the capture follows
            # a refused record finished the sub-buffer; all refused ones behind it find it so
            if used and (used + length > size or not is_kept):
                padding.append(size - used)
                first.append(number)
                used = 0
            if is_kept:
                used += length
                number += 1
        found = laid(capture, cpu, size)
        assert found.first.tolist() == first
        assert found.padding.tolist() == [*padding, size - used]


def test_a_real_capture_whose_records_say_another_cpu_than_its_name(told: Told) -> None:
    said = told(DATA / "blktrace" / "sample.blktrace.0")
    assert (said["records"], said["cpus"], said["damaged"], said["missing"]) == (6743, [1], 0, 0)


def spectral(name: str) -> list[Path]:
    return sorted((DATA / "spectral").glob(name))


@pytest.mark.parametrize(
    ("name", "kind"), [("ar9*", "ath9k spectral"), ("ath10k*", "ath10k spectral")]
)
def test_spectral_scans_hold_nothing_but_records(told: Told, name: str, kind: str) -> None:
    said = told(*spectral(name))
    assert (said["kind"], said["damaged"], said["cut"], said["errors"]) == (kind, 0, 0, [])
    lengths = {76, 155} if "ath9k" in kind else {93, 157, 285}
    capture = open_capture(spectral(name))
    assert set(np.unique(capture.rows["length"]).tolist()) <= lengths
    assert sum(path.stat().st_size for path in spectral(name)) == int(capture.rows["length"].sum())
    assert said["unknown"] == [
        "Records of this kind are not numbered: whether any are missing is not known."
    ]


def test_broken_spectral_scans_say_where_they_break(told: Told) -> None:
    errors = told(*spectral("crash*"), status=1)["errors"]
    assert [error["file"].rsplit("/", 1)[-1] for error in errors] == [
        "crash_1.dump",
        "crash_2.dump",
    ]
    for error, length in zip(errors, (4089, 4091), strict=True):
        assert f"breaks at byte 0: {length} is no record's length" in error["error"]


def blktrace(length: int) -> bytes:
    """A record of that many bytes behind its header."""
    return struct.pack("<IIQQ", 0x65617407, 1, 1, 0) + bytes(22) + struct.pack("<H", length)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (blktrace(100) + bytes(20), "it ends within a record."),
        (blktrace(0) + bytes(200), "it breaks at byte 48: no record begins there."),
        (blktrace(60) + bytes(200), "it breaks at byte 108: no record begins there."),
    ],
)
def test_why_a_file_is_not_what_it_begins_as(
    told: Told, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert f"As blktrace 7 {words}" in told(path, status=1)["errors"][0]["error"]


def test_files_that_are_not_given_are_told_of_where_one_counter_numbers_all(told: Told) -> None:
    name = "lossy-systemtap"
    alone = told(files(name)[0])
    assert alone["missing"] + alone["doubtful"] > truth(name)["refused"]
    assert any("not among these" in words for words in alone["unknown"])
    assert not any("not among these" in words for words in told(*files(LOSSY[0]))["unknown"])


def test_a_file_of_no_known_kind_is_named_and_the_rest_opens(told: Told, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("nothing of the kind\n" * 100)
    said = told(other, *files(LOSSY[0]), *spectral("ar9223*"), tmp_path, tmp_path / "no", status=1)
    assert said["records"] == truth(LOSSY[0])["kept"]
    reasons = {Path(error["file"]).name: error["error"] for error in said["errors"]}
    assert "no kind that is known" in reasons["notes.txt"]
    assert "Open them apart" in reasons["ar9223_analog_camera_ch1.dump"]
    assert "It is a folder" in reasons[tmp_path.name]
    assert "No such file" in reasons["no"]


def test_what_is_expected_decides_the_status(told: Told) -> None:
    said = told(
        *files(LOSSY[0]), "--expect", "missing == 244", "--expect", "missing < 10", status=1
    )
    assert said["failed"] == ["missing < 10"]
    assert cli.main(["capture", str(files(LOSSY[0])[0]), "--expect", "lost == 0"]) == 2


@pytest.mark.parametrize("sizes", ["0x4", "4K", "4Kx0", "x", "4Gx2", ""])
def test_sizes_that_cannot_be(sizes: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["capture", str(files(LOSSY[0])[0]), "--sizes", sizes]) == 2
    assert "S×N" in capsys.readouterr().err


def test_sizes_too_small_for_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["capture", str(files(LOSSY[0])[0]), "--sizes", "40x4"]) == 2
    assert "fits into no sub-buffer" in capsys.readouterr().err


def test_a_file_that_is_given_twice_counts_once(told: Told, tmp_path: Path) -> None:
    first = files(LOSSY[0])[0]
    other = tmp_path / "another name"
    other.symlink_to(first)
    said = told(first, other, first, status=1)
    assert said["records"] == told(first)["records"]
    assert [one["error"] for one in said["errors"]] == [
        "It was given before: its records are counted once."
    ] * 2


def test_the_example_in_the_documentation_is_what_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "captures.md").read_text(encoding="utf-8")
    begin = page.index("    blktrace 7:")
    example = [line[4:] for line in page[begin : page.index("\n\n", begin)].splitlines()]
    assert cli.main(["capture", *map(str, files(LOSSY[0]))]) == 0
    printed = iter(capsys.readouterr().out.replace("\u202f", " ").splitlines())
    for line in example:
        assert line.strip() == "..." or line in printed  # in this order


def test_one_cpu_is_no_cpus(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["capture", str(files("blktrace")[0])]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("records, CPU 1")


def test_damage_is_counted_in_bytes_wherever_it_lies(told: Told, tmp_path: Path) -> None:
    records = made.KINDS["blktrace 7"](40)
    path = tmp_path / "a.0"
    path.write_bytes(b"".join([*records[:20], b"\xff" * 7, *records[20:], records[0][:11]]))
    said = told(path)
    assert (said["damaged"], said["cut"]) == (7, 11)
