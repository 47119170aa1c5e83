"""Sessions that once failed or did harm, as files: each is played and copied by the command line.

What is no session has a test where it belongs: see ELSEWHERE. What people reported of drivers and
tracers is taken apart further in engines/test_reports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from relayviz.engines.step.play import play
from relayviz.model.ledger.ledger import Ledger
from relayviz.model.session.file import loads
from relayviz.run.check import check
from tests.test_programs import compiled, needs_cc, run

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests/faults"
GIVEN = ROOT.parent / "shared/data/faults"
#: expectations that hold, and figures of CPU 0 at the end: counted by hand
RIGHT = {
    "inject_c": (1, {"produced": 0, "offset": 30, "stored": 1, "lost": 0}),
    "inject_pytest": (1, {"produced": 0, "offset": 30, "stored": 1, "lost": 0}),
    "export_valueerror": (1, {"produced": 0, "offset": 30, "stored": 1, "lost": 0}),
    # two of 30 bytes fit into 64
    "export_valueerror2": (0, {"produced": 1, "offset": 30, "stored": 3, "lost": 0}),
    "syntaxwarning": (2, {"produced": 0, "offset": 30, "stored": 1, "lost": 0}),
    # a million events of no bytes change nothing but the account
    "toml_slow_1": (4, {"produced": 1, "offset": 0, "stored": 1_000_001, "lost": 10}),
    "toml_slow_2": (4, {"produced": 0, "offset": 64, "stored": 1_000_001, "lost": 0}),
}
REPORTS = {
    # NULL while it is full, NULL once more when there is room, then the address
    "n02-guc-reserve-zero-after-full": (3, {"produced": 2, "offset": 0, "stored": 3, "lost": 2}),
    "n03-mt76-flush-per-event": (3, {"produced": 4, "offset": 1501, "stored": 4, "lost": 1}),
    # the four bytes behind the reset are those of another message
    "n04-mt76-reset-under-reader": (2, {"produced": 1, "offset": 0, "stored": 4, "lost": 2}),
    # three were never read; the account goes by whole sub-buffers: see the test of it below
    "n05-stap-tail-lost-at-close": (1, {"produced": 1, "offset": 0, "stored": 6, "lost": 6}),
    "n06-stap-message-in-pieces": (2, {"produced": 1, "offset": 137, "stored": 2, "lost": 1}),
    "n07-cpu-comes-nobody-opened-it": (2, {"produced": 1, "offset": 60, "stored": 2, "lost": 0}),
    "n08-slow-event-rate-nobody-woken": (2, {"produced": 0, "offset": 300, "stored": 3, "lost": 0}),
    "n19-cfr-three-writes-and-flush": (2, {"produced": 3, "offset": 8201, "stored": 7, "lost": 2}),
}
#: files that are no sessions: the test that has what they are about
ELSEWHERE = {
    "fork_with.py": "tests/relay/test_fork.py",
    "n12-buffer-only-create-null.py": "tests/engines/test_reports.py",
    "splice_race.c": "core/tests/splice.c",
    "thrown.cpp": "core/tests/thrown.cpp",
    "wrap.c": "core/tests/hostile.c",
}
SHORT = [name for name in RIGHT if not name.startswith("toml_slow")]


def command(*words: str, folder: Path) -> str:
    """What a command prints; it says nothing aside."""
    done = subprocess.run(
        [sys.executable, "-m", "relayviz", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_file_is_tried() -> None:
    assert {path.name.removesuffix(".relay.toml") for path in FOLDER.iterdir()} == {
        *RIGHT,
        *REPORTS,
    }
    assert all((ROOT / test).is_file() for test in ELSEWHERE.values())
    if GIVEN.is_dir():
        given = {path.name.removesuffix(".relay.toml") for path in GIVEN.iterdir()}
        assert given == {*RIGHT, *REPORTS, *ELSEWHERE, "README.md"}


def test_events_that_were_read_before_the_close_are_told_from_those_that_were_not() -> None:
    path = FOLDER / "n05-stap-tail-lost-at-close.relay.toml"
    engine = play(loads(path.read_text(encoding="utf-8")), ())
    try:
        assert engine.wait_idle()
        last = engine.history.length(0)
        fates = Ledger(engine.config).fates
        fates.follow(engine.history, 0)
        events = [fates.find(number, last) for number in range(1, 7)]
        read = [sum(got.length for got in fates.got(one, last)) for one in events if one]
        assert read == [40, 40, 40, 0, 0, 0]
        words = engine.history.at(0, last).result.words
        assert words.endswith(
            "Lost, discarded by close: 6 events (240 B). Of that, 120 B or more had been read:"
            " the account goes by whole sub-buffers."
        )
    finally:
        engine.close()


RELEASED_BEFORE = """
relayviz = 1
[channel]
subbuf_size = 64
n_subbufs = 4
cpus = 1
[[branch]]
steps = '''
open-file r
write 60
flush
read 10
consume 1
write 20
close-file
close
'''
"""


def test_what_was_read_of_something_else_is_not_told_at_the_close() -> None:
    engine = play(loads(RELEASED_BEFORE), ())
    try:
        assert engine.wait_idle()
        words = engine.history.at(0, engine.history.length(0)).result.words
        assert words.endswith("Lost, discarded by close: 1 event (20 B).")
    finally:
        engine.close()


@pytest.mark.parametrize("name", RIGHT)
def test_it_is_played(name: str, tmp_path: Path) -> None:
    (report,) = json.loads(
        command("run", "--json", str(FOLDER / f"{name}.relay.toml"), folder=tmp_path)
    )
    holding, figures = RIGHT[name]
    assert [one["holds"] for one in report["checked"]] == [True] * holding
    assert {key: report["rows"][0]["figures"][key] for key in figures} == figures


@pytest.mark.parametrize("name", REPORTS)
def test_what_was_reported_is_as_it_is_told(name: str) -> None:
    report = check(name, loads((FOLDER / f"{name}.relay.toml").read_text(encoding="utf-8")))
    holding, figures = REPORTS[name]
    assert [one.holds for one in report.checked] == [True] * holding
    assert {key: report.rows[0].figures[key] for key in figures} == figures


@needs_cc
@pytest.mark.parametrize("name", SHORT)
def test_its_copies_run_and_do_nothing_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(FOLDER / f"{name}.relay.toml")
    monkeypatch.chdir(tmp_path)
    text = command("export", file, "--c", "-", folder=tmp_path)
    program = compiled(text, tmp_path)
    assert run(program) == (0, "")
    (tmp_path / "test_copy.py").write_text(
        command("export", file, "--pytest", "-", folder=tmp_path), encoding="utf-8"
    )
    words = [sys.executable, "-W", "error", "test_copy.py"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "."]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert "1 passed" in done.stdout
    made = {path.name for path in tmp_path.iterdir()} - {"__pycache__"}
    assert made == {"session", "session.c", "test_copy.py"}


def test_what_is_no_c_is_named_and_the_rest_copied(tmp_path: Path) -> None:
    file = str(FOLDER / "export_valueerror.relay.toml")
    text = command("export", file, "--c", "-", folder=tmp_path)
    assert "not checked here: operation or 1" in text
    assert "do_write(0, pattern(1, 30), 30);" in text
