"""Ctrl-C and the time limit, while a window is being made, leave no half of it to the next test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
INTERRUPTED = """
import os, signal
from PySide6.QtWidgets import QWidget

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job may ignore it

class Window(QWidget):
    def __init__(self):
        super().__init__()
        os.kill(os.getpid(), signal.SIGINT)
        self.made = True

def test_makes_a_window(qapp):
    assert Window().made

def test_next():
    raise AssertionError("it was not ended")
"""
ENDLESS = """
def test_never_ends(qapp):
    while True:
        pass

def test_next():
    pass
"""


def _run(folder: Path, text: str, *more: str) -> tuple[int, str]:
    """Run tests in a process of their own; its status, and what it said."""
    (folder / "test_it.py").write_text(text)
    names = ("tests.interrupts", "pytestqt.plugin", "pytest_timeout", "no:cacheprovider")
    plugins = [word for name in names for word in ("-p", name)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-c", os.devnull, *plugins, *more, "test_it.py"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",  # of plugins that it has not
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_an_interrupted_test_is_finished_and_is_the_last(tmp_path: Path) -> None:
    status, said = _run(tmp_path, INTERRUPTED)
    assert status == 2
    assert "1 passed" in said
    assert "KeyboardInterrupt" in said


def test_what_takes_too_long_ends_the_run_where_it_is(tmp_path: Path) -> None:
    status, said = _run(tmp_path, ENDLESS, "--timeout=0.3")
    assert status == 1
    assert "test_never_ends" in said.partition("Stack of MainThread")[2]
    assert "test_next" not in said
