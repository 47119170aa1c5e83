"""`relayviz live --simulated`: exact, the same each time, told as such."""

from __future__ import annotations

import json
from typing import Any

import pytest

from relayviz import cli
from relayviz.engines.live.exact import Search
from relayviz.live import session

STALLING = (
    *("--simulated", "--cpus", "1", "--subbuf-size", "4096", "--n-subbufs", "8"),
    *("--mode", "no-overwrite", "--rate", "12000", "--size", "96", "--reader", "read"),
    *("--pace", "50ms", "--stall", "400ms/2s", "--for", "60s"),
)


def report(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert cli.main(["live", *STALLING, *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_number_is_exact(capsys: pytest.CaptureFixture[str]) -> None:
    found = report(capsys, "--advise")
    advice = found["advice"]
    assert (advice["n_subbufs"], advice["smaller_n_subbufs"]) == (130, 129)
    assert advice["lossless"]
    assert advice["smaller_lost"] > 0
    assert advice["simulated"]
    assert advice["real_lost"] is None
    assert found["totals"]["attempted"] == 720_000
    assert found["totals"]["seconds"] == 60.0
    slow = found["findings"][0]
    assert "130 sub-buffers of 4 KiB would have lost nothing." in slow["helps"]
    with_it = report(capsys, "--n-subbufs", "130")
    assert with_it["totals"]["lost"] == 0
    without = report(capsys, "--n-subbufs", "129")
    assert without["totals"]["lost"] == advice["smaller_lost"]


def test_it_is_the_same_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = ("--size", "16-200", "--for", "5s")
    first, again = report(capsys, *drawn, "--seed", "7"), report(capsys, *drawn, "--seed", "7")
    assert first == again
    assert (first["simulated"], first["seed"]) == (True, 7)
    other = report(capsys, *drawn)
    assert other["seed"] == 0
    assert other["totals"] != first["totals"]


def test_torn_records_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Eight events fit, records have three: the third loses one, each time the reader comes."""
    small = ("--subbuf-size", "256", "--n-subbufs", "2", "--size", "64", "--rate", "300")
    often = ("--pieces", "3", "--pace", "100ms", "--stall", "0/0", "--reader", "mmap")
    found = report(capsys, *small, *often, "--for", "1050ms", "--expect", "torn_records == 9")
    assert found["totals"]["torn_records"] == 9
    assert found["cpus"][0]["torn_records"] == 9
    assert found["load"]["writing"]["pieces"] == 3
    alone = report(capsys, *small, *often[2:], "--for", "1050ms")
    assert alone["totals"]["torn_records"] == 0
    assert alone["totals"]["lost"] > 0


def test_the_report_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["live", *STALLING, "--advise=room", "--expect", "lost > 0"]) == 0
    text = capsys.readouterr().out
    assert "simulated (seed 0) for 60.0 s" in text
    found = "At this load 5\u202f401 sub-buffers of 96 B lose nothing; 5\u202f400 of them lose"
    assert found in text
    searched = "No sub-buffers of the powers of 2 from 128 B to 512 KiB and of each "
    assert searched in text
    assert " do with less room; sizes in between were not tried." in text


def test_a_write_that_takes_time_can_be_as_fast_as_it_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fast = ("--rate", "max", "--event-time", "20us", "--stall", "0/0", "--for", "2s")
    found = report(capsys, *fast, "--advise")
    given = report(capsys, "--rate", "50k", "--stall", "0/0", "--for", "2s", "--advise")
    assert found["event_seconds"] == 2e-5
    assert found["totals"]["attempted"] == 100_000  # 2 s of 20 µs each
    assert found["totals"] == given["totals"]
    assert found["advice"] == given["advice"]
    # 50 ms are 2,500 events, 42 to a sub-buffer: 60 are full at a visit, and the one being written
    assert found["advice"]["n_subbufs"] == 61
    assert cli.main(["live", *STALLING, *fast]) == 0
    assert "simulated (seed 0, 20 µs a write) for 2.0 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--simulated", "--rate", "max"), "--rate: On a simulated clock a write takes no time"),
        (("--event-time", "1us"), "--event-time: only on a simulated clock"),
        (("--simulated", "--event-time", "2s"), "--event-time: A write takes 1e-09 to 1 s"),
        (
            ("--simulated", "--event-time", "10us", "--rate", "200k"),
            "--event-time: Writes that take 1e-05 s each make 100000 events a second at most",
        ),
        (("--seed", "3"), "--seed: only a load on a simulated clock has one"),
    ],
)
def test_what_cannot_be(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["live", *words]) == 2
    assert message in capsys.readouterr().err


def test_ctrl_c_ends_a_long_one_with_its_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_live: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "rate_line", interrupt)
    assert cli.main(["live", *STALLING, "--for", "1h", "--json"]) == cli.INTERRUPTED
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert 0 < totals["seconds"] < 3600
    assert totals["attempted"] == totals["unread"] + totals["consumed"] + totals["lost"]


def test_ctrl_c_ends_a_search(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_what: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "smallest_number", interrupt)
    assert cli.main(["live", *STALLING, "--advise", "--json"]) == cli.INTERRUPTED
    assert json.loads(capsys.readouterr().out)["advice"] is None
