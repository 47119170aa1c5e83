"""Ctrl-C is heard whenever it comes, and by one process of a command alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from relayviz.ending import Ending, deaf_to_ctrl_c, until_told_to_end
from tests.descriptors import descriptors

# a signal at each line of whatever waits
AT_EACH_LINE = """
import signal, sys
from relayviz.ending import until_told_to_end

def interrupt(frame, event, arg):
    signal.raise_signal(signal.SIGTERM)
    return interrupt

with until_told_to_end() as ending:
    sys.settrace(interrupt)
    was_told = ending.wait(0.01)
    sys.settrace(None)
print(was_told)
"""
# the first process that multiprocessing begins brings its resource tracker along
FIRST_CHILD = """
import sys
from pathlib import Path
import multiprocessing
from relayviz.ending import deaf_to_ctrl_c

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with deaf_to_ctrl_c():
        child = context.Process(target=sys.exit)
        child.start()
    print(Path(f"/proc/{child.pid}/status").read_text())
"""


def _said(tmp_path: Path, text: str) -> str:
    program = tmp_path / "program.py"
    program.write_text(text)
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def test_it_is_heard_at_any_moment_of_a_wait(tmp_path: Path) -> None:
    assert _said(tmp_path, AT_EACH_LINE) == "True\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wait_ends_with_the_signal_and_what_was_told_stays(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    files = descriptors()
    with until_told_to_end() as ending:
        assert (ending.wait(0.0), ending.is_set()) == (False, False)
        begun = time.monotonic()
        assert not ending.wait(0.02)
        assert time.monotonic() - begun >= 0.02
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
        assert ending.wait(60.0)
        assert ending.wait(60.0)  # again, at once
        assert time.monotonic() - begun < 60.0
    assert ending.is_set()
    assert signal.getsignal(number) == before
    assert descriptors() == files


def test_one_that_was_told_needs_no_descriptor() -> None:
    ending = Ending()
    ending.hear(signal.SIGINT, None)
    ending.close()
    assert ending.is_set()
    assert ending.wait(60.0)


def _blocked(status: str) -> set[signal.Signals]:
    """Return which of two signals a process does not hear, out of its /proc/PID/status."""
    mask = int(status.partition("SigBlk:")[2].split()[0], 16)
    return {one for one in (signal.SIGINT, signal.SIGTERM) if mask >> (one - 1) & 1}


def test_the_first_child_is_deaf_to_ctrl_c_and_to_nothing_else(tmp_path: Path) -> None:
    assert _blocked(_said(tmp_path, FIRST_CHILD)) == {signal.SIGINT}


def test_who_begins_deaf_processes_hears_again() -> None:
    with deaf_to_ctrl_c():
        child = multiprocessing.get_context("spawn").Process(target=os.getpid)
        child.start()
        assert _blocked(Path("/proc/thread-self/status").read_text()) == {signal.SIGINT}
    child.join(60)
    assert child.exitcode == 0
    assert _blocked(Path("/proc/thread-self/status").read_text()) == set()
