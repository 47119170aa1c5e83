"""Sessions that once failed or did harm, as files: each is played and copied by the command line.

The others of their kind have tests where they belong: reports of drivers and tracers in
engines/test_reports, fork in relay/test_fork, splice in relay/test_splice, a C++ exception in
core/tests/thrown.cpp, counters near 2^64 in core/tests/hostile.c.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_programs import compiled, needs_cc, run

FOLDER = Path(__file__).parent / "faults"
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
    assert {path.name.removesuffix(".relay.toml") for path in FOLDER.iterdir()} == set(RIGHT)


@pytest.mark.parametrize("name", RIGHT)
def test_it_is_played(name: str, tmp_path: Path) -> None:
    (report,) = json.loads(
        command("run", "--json", str(FOLDER / f"{name}.relay.toml"), folder=tmp_path)
    )
    holding, figures = RIGHT[name]
    assert [one["holds"] for one in report["checked"]] == [True] * holding
    assert {key: report["rows"][0]["figures"][key] for key in figures} == figures


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
