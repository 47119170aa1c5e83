"""Bad recordings are told with file, line and remedy, never by a crash."""

from __future__ import annotations

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from relayviz.conformance import Report, conform
from tests import reference

RECORDINGS = Path(__file__).parent / "recordings"
LINES = gzip.decompress((RECORDINGS / "curated.jsonl.gz").read_bytes()).splitlines(keepends=True)
GOOD = LINES[0]


def run(*paths: Path) -> Report:
    return conform(paths, reference)


def the_error(report: Report) -> str:
    assert report.status == 2
    assert report.error_count == 1
    return report.errors[0]


def written(tmp_path: Path, content: bytes, name: str = "some.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["plain.jsonl", "packed.jsonl.gz", "misnamed.txt"])
def test_content_decides_how_a_file_is_read(name: str, tmp_path: Path) -> None:
    content = b"".join(LINES[:3])
    packed = gzip.compress(content, mtime=0) if name != "plain.jsonl" else content
    report = run(written(tmp_path, packed, name))
    assert (report.status, report.sequences) == (0, 3)


def test_blank_lines_and_a_missing_last_newline_do_no_harm(tmp_path: Path) -> None:
    report = run(written(tmp_path, b"\n" + GOOD + b"\n \n" + LINES[1].rstrip(b"\n")))
    assert (report.status, report.sequences) == (0, 2)


def test_a_pipe_is_read_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as beside:
        beside.submit(pipe.write_bytes, gzip.compress(GOOD, mtime=0))
        report = run(pipe)
    assert (report.status, report.sequences) == (0, 1)


def test_progress_adds_up_to_the_size_of_the_file() -> None:
    path = RECORDINGS / "left-out.jsonl.gz"
    seen: list[int] = []
    conform([path], reference, advance=seen.append)
    assert sum(seen) == path.stat().st_size


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 1, "holds no sequence"),
        (b"\n\n", 1, "holds no sequence"),
        (gzip.compress(b"", mtime=0), 1, "holds no sequence"),
        (b"hello\n", 1, "not JSON"),
        (GOOD + b"\x00\xff\xfe\n", 2, "not JSON"),
        (GOOD + LINES[1][:-20], 2, "not JSON"),
        (b"[" * 100_000, 1, "not JSON"),
        (b'{"name": 1' + b"0" * 5000 + b"}", 1, "not JSON"),
        (GOOD + b"[1, 2]\n", 2, "no sequence with a name"),
        (b"null\n", 1, "no sequence with a name"),
        (b'{"steps": []}\n', 1, "no sequence with a name"),
        (b'{"name": 7, "steps": []}\n', 1, "no sequence with a name"),
        (gzip.compress(GOOD + LINES[1], mtime=0)[:-30], 1, "cut short or damaged"),
        (gzip.compress(GOOD, mtime=0)[:5], 1, "cut short or damaged"),
        (b"\x1f\x8bnot really gzip", 1, "give the name of a readable"),
    ],
)
def test_bad_file_is_told_with_line_and_remedy(
    content: bytes, line: int, reason: str, tmp_path: Path
) -> None:
    path = written(tmp_path, content)
    error = the_error(run(path))
    assert error.startswith(f"{path}:")
    assert reason in error
    assert any(remedy in error for remedy in ("get it again", "give the name"))
    if "cut" not in reason:
        assert error.startswith(f"{path}:{line}: ")


def test_what_comes_before_a_bad_line_is_replayed(tmp_path: Path) -> None:
    report = run(written(tmp_path, GOOD + b"oops\n" + LINES[1]))
    assert (report.sequences, report.error_count, report.status) == (1, 1, 2)


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_unreadable_file_is_told(name: str, tmp_path: Path) -> None:
    error = the_error(run(tmp_path / name))
    assert str(tmp_path / name) in error
    assert "readable" in error


def test_a_bad_file_does_not_keep_the_others_from_being_replayed(tmp_path: Path) -> None:
    report = run(written(tmp_path, b"oops"), written(tmp_path, GOOD, "good.jsonl"))
    assert (report.sequences, report.error_count, report.status) == (1, 1, 2)


GONE = object()
DEEP: object = []
for _ in range(300):
    DEEP = [DEEP]


def changed_write(part: str | None, field: str, value: object) -> tuple[dict[str, Any], int]:
    """Return the first sequence with a field of its first write replaced, and that step."""
    sequence: dict[str, Any] = json.loads(GOOD)
    ops = [step["op"]["op"] for step in sequence["steps"]]
    index = ops.index("write")
    step = sequence["steps"][index]
    target = step[part] if part else step
    if value is GONE:
        del target[field]
    else:
        target[field] = value
    return sequence, index


@pytest.mark.parametrize(
    ("part", "field", "value", "reason"),
    [
        (None, "op", {"op": "file_truncate", "fd": 0}, "unknown operation 'file_truncate'"),
        (None, "op", {"op": ["write"]}, "unknown operation ['write']"),
        (None, "op", {}, "unknown operation None"),
        (None, "op", "write", "unknown operation None"),
        (None, "result", GONE, "a step is an object with callbacks, op, result, state"),
        (None, "remark", "x", "unknown field remark of the step"),
        ("op", "len", GONE, "field len of write is missing"),
        ("op", "len", -1, "field len of write is -1, not a whole number"),
        ("op", "len", "7", "field len of write is '7', not a whole number"),
        ("op", "len", True, "field len of write is True, not a whole number"),
        ("op", "len", 10**12, "field len of write is 1000000000000, not a whole number"),
        ("op", "cpu", 1.5, "field cpu of write is 1.5, not a whole number"),
        ("op", "cpu", DEEP, "field cpu of write is [[[[[[[...]]]]]]], not a whole number"),
        ("op", "extra", 1, "unknown field extra of write"),
    ],
)
def test_sequence_of_another_schema_is_told_and_the_next_replayed(
    part: str | None, field: str, value: object, reason: str, tmp_path: Path
) -> None:
    sequence, step = changed_write(part, field, value)
    report = run(written(tmp_path, json.dumps(sequence).encode() + b"\n" + LINES[1]))
    error = the_error(report)
    assert f"some.jsonl:1: {sequence['name']}: step {step}: {reason}" in error
    assert "record it again" in error
    assert report.sequences == 1


@pytest.mark.parametrize("steps", [[], None, {}, [5], "text"])
def test_sequence_without_proper_steps_is_told(steps: object, tmp_path: Path) -> None:
    sequence = json.loads(GOOD) | {"steps": steps}
    assert "step" in the_error(run(written(tmp_path, json.dumps(sequence).encode())))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "flight"),
        ("header", 4),
        ("file_api", "fuse"),
        ("callbacks", ["poll"]),
        ("create_fail", {"call": 0}),
        ("subbuf_size", -1),
        ("early_create_returns", None),
    ],
)
def test_open_with_an_unknown_value_is_told(field: str, value: object, tmp_path: Path) -> None:
    sequence = json.loads(GOOD)
    sequence["steps"][0]["op"][field] = value
    error = the_error(run(written(tmp_path, json.dumps(sequence).encode())))
    assert f"field {field} of open is" in error


@pytest.mark.parametrize("value", [5, "text", [], [[]], {"bufs": 5}, {"bufs": [5]}, None, DEEP])
def test_odd_values_where_observations_belong_are_mismatches(value: object, tmp_path: Path) -> None:
    sequence = json.loads(GOOD)
    sequence["steps"][0] |= {"state": value, "callbacks": value, "result": value}
    report = run(written(tmp_path, json.dumps(sequence).encode()))
    assert (report.status, report.differing) == (1, 1)
    assert "MISMATCH" in "".join(report.lines())
    assert '"status": 1' in report.json()


def test_left_out_sequences_are_named_and_counted(tmp_path: Path) -> None:
    report = run(RECORDINGS / "left-out.jsonl.gz", written(tmp_path, GOOD))
    assert {reason: len(names) for reason, names in report.left_out.items()} == {
        "recording the leak of a failed open": 2,
        "with the debugfs proxy": 2,
        "with splice or pipe operations": 2,
    }
    assert report.status == 0
    text = "\n".join(report.lines())
    assert "create-fails/null/call1/global0" in text
    assert "close-open-file-debugfs-proxy/overwrite/16x2" in text


def test_recordings_of_crashes_are_left_out_and_alone_are_nothing() -> None:
    report = run(RECORDINGS / "crash.jsonl.gz")
    assert list(report.left_out) == ["recordings of a crash"]
    assert len(report.left_out["recordings of a crash"]) == 10
    assert (report.sequences, report.error_count, report.status) == (0, 0, 2)
    assert "nothing was replayed" in list(report.lines())


def test_unknown_operation_is_not_hidden_by_leaving_out(tmp_path: Path) -> None:
    lines = gzip.decompress((RECORDINGS / "left-out.jsonl.gz").read_bytes()).splitlines()
    sequence = json.loads(lines[-1])
    sequence["steps"][-1]["op"] = {"op": "pipe_fill"}
    assert "pipe_fill" in the_error(run(written(tmp_path, json.dumps(sequence).encode())))
