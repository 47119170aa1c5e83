"""`relayviz live`: its report, its JSON, its exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from relayviz import cli
from relayviz.live import session
from relayviz.live.report import plain
from relayviz.model.channel.state import LOSSES
from relayviz.model.live.totals import NAMES
from relayviz.model.numbers import THIN

QUIET_LOAD = ("--rate", "2k", "--pace", "1ms", "--n-subbufs", "64", "--cpus", "2")
LOSING_LOAD = ("--load", "never reports", "--subbuf-size", "512")
SHORT = ("--for", "150ms")


@pytest.fixture(autouse=True)
def no_thread_is_left_over() -> Any:  # noqa: ANN401
    yield
    assert [one.name for one in threading.enumerate() if one.name.startswith("live")] == []


def run(*words: str) -> int:
    return cli.main(["live", *SHORT, *words])


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*LOSING_LOAD, "--expect", "lost == 0", "--expect", "torn == 0") == 1
    shown = capsys.readouterr()
    assert shown.err == ""  # no terminal, no progress
    lines = shown.out.splitlines()
    assert lines[0].startswith("relayviz live: 4 CPUs × 8 sub-buffers of 512 B, no-overwrite,")
    assert any("  refused " in line for line in lines)
    assert any("loss" in line and "Consumer has not reported for" in line for line in lines)
    assert any(line.startswith("  FAILED  lost == 0    lost = ") for line in lines)
    assert "  holds   torn == 0    torn = 0" in lines


def test_expectations_that_hold_give_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*QUIET_LOAD, "--expect", "lost == 0 and unread < 1000", "--quiet") == 0
    assert capsys.readouterr().out == ""


def test_quiet_tells_what_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*LOSING_LOAD, "--quiet", "--expect", "lost == 0", "--expect", "cpus == 4") == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_json_has_what_the_report_has_and_more(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert run(*LOSING_LOAD, "--json", str(path), "--expect", "findings == 1", "--quiet") == 0
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["format"] == 1
    assert found["channel"]["n_subbufs"] == 8
    assert found["load"]["reading"]["forget_every"] == 1
    assert set(found["totals"]) == set(NAMES)
    totals = found["totals"]
    assert totals["attempted"] == totals["unread"] + totals["consumed"] + totals["lost"]
    assert sum(one["attempted"]["events"] for one in found["cpus"]) == totals["attempted"]
    assert set(found["rates"]["lost"]) == set(LOSSES)
    assert sum(found["rates"]["written"]) == pytest.approx(totals["accepted"], rel=0.01)
    assert found["findings"][0]["fault"] == "consumer does not report"
    assert found["expected"] == [
        {"condition": "findings == 1", "holds": True, "values": {"findings": 1}, "error": ""}
    ]
    assert found["holds"] is True
    assert found["hit"] is found["advice"] is None


def test_json_on_standard_output_is_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*QUIET_LOAD, "--json") == 0
    assert json.loads(capsys.readouterr().out)["totals"]["lost"] == 0


def test_the_documented_names_are_those_there_are(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs" / "live.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"`{name}`" in text, name


def test_a_break_ends_the_run_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--break-on", "refused_full", "--for", "60s", "--expect", "refused_full <= 1")
    assert cli.main(["live", *LOSING_LOAD, *words]) == 0
    assert "first event lost: refused" in capsys.readouterr().out


def test_ctrl_c_ends_the_run_and_the_report_comes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_live: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "rate_line", interrupt)
    assert cli.main(["live", *QUIET_LOAD, "--for", "60s", "--advise"]) == cli.INTERRUPTED
    assert "attempted" in capsys.readouterr().out


def test_ctrl_c_while_sizes_are_tried_leaves_the_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_what: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "advise", interrupt)
    assert run(*QUIET_LOAD, "--advise") == cli.INTERRUPTED
    assert "attempted" in capsys.readouterr().out


def begin(*words: str, **streams: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
    program = [sys.executable, "-m", "relayviz", "live", "--cpus", "1"]
    return subprocess.Popen([*program, *words], **streams)


def test_sigterm_ends_the_run_and_the_report_comes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is what CI sends when the time of a job is up."""

    def terminate(_live: object) -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        return ""

    monkeypatch.setattr(session, "rate_line", terminate)
    path, before = tmp_path / "run.json", signal.getsignal(signal.SIGTERM)
    assert cli.main(["live", "--for", "60s", "--json", str(path)]) == cli.INTERRUPTED
    assert "attempted" in capsys.readouterr().out
    assert json.loads(path.read_text(encoding="utf-8"))["totals"]["seconds"] < 60
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_full_disk_is_told(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        begun = begin(*SHORT, *words, stdout=full, stderr=subprocess.PIPE)
        _, said = begun.communicate(timeout=60)
    assert said == b"relayviz live: standard output: No space left on device.\n"
    assert begun.returncode == 2


def test_the_report_comes_although_the_json_cannot_be_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*QUIET_LOAD, "--json", "/dev/full") == 2
    shown = capsys.readouterr()
    assert "attempted" in shown.out
    assert "/dev/full: No space left" in shown.err


def test_without_any_streams_it_runs() -> None:
    closed = "exec <&- >&- 2>&-; exec "
    program = f"{closed} {sys.executable} -m relayviz live --cpus 1 --for 100ms --expect 'lost>=0'"
    for option, status in (("--quiet", 0), ("", 2)):  # the report cannot be given
        done = subprocess.run(["/bin/sh", "-c", f"{program} {option}"], timeout=60, check=False)
        assert done.returncode == status


def test_advice_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    load = ("--rate", "5000", "--reader", "mmap", "--pace", "2ms", "--stall", "100ms/100ms")
    small = ("--subbuf-size", "1K", "--n-subbufs", "2", "--cpus", "1")
    assert cli.main(["live", *load, *small, "--for", "500ms", "--advise"]) == 0
    shown = capsys.readouterr().out
    assert "sub-buffers of 1 KiB lose nothing" in shown


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--expect", "lost ="), "--expect: lost =: use == to compare (at character 6)."),
        (("--json", "/no/such/folder/x.json"), "--json: /no/such/folder/x.json: No such file"),
        (("--cpus", "4000", "--subbuf-size", "64M", "--n-subbufs", "32"), "not enough memory"),
    ],
)
def test_wrong_usage_is_told(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert told in capsys.readouterr().err


def test_a_condition_without_value_fails_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*QUIET_LOAD, "--expect", "consumed / torn > 1") == 1
    assert "divides by 0" in capsys.readouterr().out


def test_a_terminal_without_our_signs_gets_others() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "relayviz", "live", "--for", "0.1", "--cpus", "1"],
        env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.startswith(b"relayviz live: 1 CPU x 8 sub-buffers of 4 KiB")
    assert plain("1\u202f000 µs × 2 · 3", "ascii") == "1 000 us x 2 - 3"


def test_a_load_that_was_not_made_fails_what_was_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No machine writes 900 million events a second: it is told how many, not that it holds."""
    load = ("--cpus", "1", "--rate", "900M", "--reader", "mmap", "--pace", "1ms", "--for", "500ms")
    assert cli.main(["live", *load, "--expect", "lost >= 0"]) == 1
    shown = capsys.readouterr().out
    assert "FAILED  lost >= 0: the load was not made    asked = " in shown
    assert "The load was not made: of " in shown
    assert "asked for" in shown
    assert cli.main(["live", *load]) == 0  # nothing was expected


def test_a_healthy_flight_recorder_has_no_findings() -> None:
    load = ("--cpus", "1", "--n-subbufs", "7", "--mode", "overwrite", "--reader", "none")
    assert cli.main(["live", *load, "--simulated", "--expect", "findings == 0"]) == 0


def test_a_flush_behind_each_event_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    load = ("--cpus", "1", "--n-subbufs", "180", "--rate", "12k", "--reader", "mmap")
    assert cli.main(["live", *load, "--pace", "40ms", "--flush-after", "1", "--simulated"]) == 0
    shown = capsys.readouterr().out.replace(THIN, " ")
    assert "room for 180 events, not 11 520" in shown
    assert "Consumer" not in shown
