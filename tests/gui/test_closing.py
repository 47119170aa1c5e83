"""A tab that is closed leaves nothing behind: no memory, mapping, descriptor, thread or engine.

What a process has can be counted only where nothing else has been done: in one of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALONE = "tests/gui/closing_alone.py"


def test_closing_tabs_frees_everything() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ALONE]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
