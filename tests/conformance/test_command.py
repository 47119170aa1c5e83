"""`relayviz conform`: options, report, exit status; and an implementation that misbehaves."""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from types import ModuleType

import pytest

from relayviz.conformance import add_parser, run
from tests import reference

RECORDINGS = Path(__file__).parent / "recordings"
CURATED = gzip.decompress((RECORDINGS / "curated.jsonl.gz").read_bytes()).splitlines(keepends=True)


def conform(*words: str | Path, relay: ModuleType = reference) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return run(parser.parse_args(["conform", *map(str, words)]), relay)


def with_channel(channel: type) -> ModuleType:
    """Return the reference with another class of channel."""
    module = ModuleType("subject")
    vars(module).update(vars(reference), Channel=channel)
    return module


class Forgetful(reference.Channel):
    """Forgets to reset: the next observation differs in many fields."""

    def reset(self) -> None:
        """Do nothing."""


class Failing(reference.Channel):
    """Raises where the kernel works."""

    def flush(self) -> None:
        """Fail."""
        raise LookupError("no such \x1b[31mthing")


class Unclosable(reference.Channel):
    """Raises when it is closed."""

    def close(self) -> None:
        """Close it all the same, to leave nothing to the next test."""
        super().close()
        raise RuntimeError("will not close")


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Six sequences, among them ones that flush and ones that reset."""
    names = (
        "flush-partial",
        "reset-unread",
        "reset-when-stopped",
        "poll",
        "global",
        "late-on-named",
    )
    lines = [line for line in CURATED if json.loads(line)["name"].split("/")[0] in names]
    path = tmp_path / "few.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def test_passing_run(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conform(few) == 0
    out, err = capsys.readouterr()
    assert "18 replayed, 18 as recorded" in out
    assert "mismatches  0 in 0 sequences" in out
    assert "uncompared  state fields chan_kref, early_bytes, kref; callbacks at cpu_online" in out
    assert err == ""  # no terminal, no progress bar


def test_a_report_is_never_written_over_a_recording(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = few.with_name("renamed")
    other.write_bytes(few.read_bytes())
    assert conform("--json", other.parent / "." / "renamed", few, other) == 2
    assert "is one of the recordings" in capsys.readouterr().err
    assert other.read_bytes() == few.read_bytes()


def test_mismatches_are_listed_up_to_the_limit_and_all_counted(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    assert (
        conform("--max-mismatches", "3", "--json", report, few, relay=with_channel(Forgetful)) == 1
    )
    lines = capsys.readouterr().out.splitlines()
    listed = [line for line in lines if line.startswith("MISMATCH ")]
    data = json.loads(report.read_text(encoding="utf-8"))
    assert len(listed) == 3
    assert data["mismatch_count"] == len(data["mismatches"]) > 3
    assert data["status"] == 1
    assert f"... {data['mismatch_count'] - 3} more mismatches, 0 more errors" in lines
    first = data["mismatches"][0]
    assert f"{first['name']} step {first['step']} ({first['op']}) {first['field']}: " in listed[0]
    assert f"expected {json.dumps(first['expected'])}, got {json.dumps(first['got'])}" in listed[0]


def test_exception_of_the_implementation_is_a_mismatch(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conform(few, relay=with_channel(Failing)) == 1
    out = capsys.readouterr().out
    assert '(flush) result: expected "no exception", got "LookupError: no such' in out
    assert "\x1b" not in out  # what a recording or an implementation says moves no cursor


def test_trouble_at_the_end_of_a_sequence_is_a_mismatch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sequence = json.loads(CURATED[0])
    sequence["steps"] = sequence["steps"][:2]  # leaves the channel open
    path = tmp_path / "open.jsonl"
    path.write_text(json.dumps(sequence), encoding="utf-8")
    assert conform(path) == 0
    assert conform(path, relay=with_channel(Unclosable)) == 1
    assert 'clean-up: expected "no exception", got "RuntimeError' in capsys.readouterr().out


def test_names_from_a_file_do_a_terminal_no_harm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sequence = json.loads(CURATED[0]) | {"name": "a\x1b[2J\ud800\nb"}
    sequence["steps"][0]["result"]["opened"] = False
    path = tmp_path / "odd.jsonl"
    path.write_text(json.dumps(sequence), encoding="utf-8")
    assert conform(path) == 1
    assert r"MISMATCH a\x1b[2J\ud800\nb step 0" in capsys.readouterr().out


def test_nothing_replayed_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform("--quiet", RECORDINGS / "crash.jsonl.gz") == 2
    assert "nothing was replayed" in capsys.readouterr().out


def test_report_that_cannot_be_written_is_told(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conform("--json", tmp_path / "no" / "such.json", few) == 2
    assert "such.json" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--max-mismatches", "-1", "x"], ["--max-mismatches", "x"]])
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        conform(*words)
    assert end.value.code == 2


@pytest.mark.parametrize("rule", ["kernel", "library", "before-2023"])
def test_the_stepping_build_is_held_to_the_same(few: Path, tmp_path: Path, rule: str) -> None:
    out = tmp_path / "report.json"
    assert conform(few, "--engine", "inside", "--rule", rule, "--json", out) == 0
    report = json.loads(out.read_text())
    assert (report["engine"], report["rule"]) == ("inside", rule)
    assert (report["sequences"], report["mismatch_count"]) == (18, 0)


def test_a_rule_goes_with_the_stepping_build(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conform(few, "--rule", "kernel") == 2
    assert "--rule goes with --engine inside" in capsys.readouterr().err


def test_a_report_never_replaces_recordings(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--json takes the next word: a recording named there stays, and so does what is read-only."""
    other = tmp_path / "other.jsonl.gz"
    other.write_bytes(few.read_bytes())
    kept = tmp_path / "kept.json"
    kept.write_text("old", encoding="utf-8")
    kept.chmod(0o444)
    for target in (other, kept):
        before = target.read_bytes()
        assert conform("--json", target, few) == 2
        assert target.read_bytes() == before
        told = capsys.readouterr()
        assert told.out == ""
        assert str(target) in told.err
