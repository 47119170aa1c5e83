"""Each command with a standard output that takes nothing: one line, status 2, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from tests.kernel.dumps import FIVE, Dump

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIVE = ("live", "--cpus", "1", "--for", "1s", "--simulated")

# what prints something, for each command
WORDS = {
    "gui": ("gui", "--help"),  # the window itself prints nothing
    "demo": ("demo",),
    "live": LIVE,
    "run": ("run", "{session}"),
    "export": ("export", "{session}", "--c", "-"),
    "conform": ("conform", "--quiet", "{recording}"),
    "kernel": ("kernel", "{dump}", "--types", "{types}"),
    "capture": ("capture", "{capture}"),
    "record": ("record", "recorded", "live", *LIVE[1:-1]),
    "inside": ("inside", "{inside}"),
    "explore": ("explore", "{inside}", "--find", "destroyed > 0"),
    "lesson": ("lesson", "check", "{lesson}"),
    "grade": ("grade", "--help"),  # else it needs a learner's answers
    "attach": ("attach", "--help"),  # else it needs another process with a channel
    "sweep": ("sweep", "steady", "--subbuf-size", "1K", "--n-subbufs", "2", "--for", "1s"),
}
MORE = (
    ("--version",),
    ("--help",),
    (*LIVE, "--json"),
    ("run", "--json", "{session}"),
    ("export", "{session}", "--csv", "-"),
    ("demo", "--help"),
)

TAKES_NOTHING = {
    "closed": "Bad file descriptor",
    "full": "No space left on device",
    "gone": "Broken pipe",
}


def test_every_command_is_tried() -> None:
    assert WORDS.keys() == cli.COMMANDS.keys()


def started(words: tuple[str, ...], output: str, folder: Path, **more: str) -> tuple[int, str]:
    """Run a command; the status, and what it said on standard error."""
    handle = None
    if output == "full":
        handle = os.open("/dev/full", os.O_WRONLY)
    elif output == "gone":
        read, handle = os.pipe()
        os.close(read)
    command = [sys.executable, "-m", "relayviz", *words]
    if output == "closed":
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    done = subprocess.run(
        command, stdout=handle, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **more}, cwd=folder,
    )  # fmt: skip
    if handle is not None:
        os.close(handle)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def names(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    root = request.config.rootpath
    session = next(iter(sorted((root / "resources" / "scenarios").glob("*.relay.toml"))))
    recording = next(iter(sorted((root / "tests" / "conformance").rglob("*.jsonl*"))))
    folder = tmp_path_factory.mktemp("dump")
    files = {
        "session": session,
        "recording": recording,
        "dump": Dump(FIVE).written(folder),
        "types": Dump(FIVE).types,
        "lesson": root / "resources" / "lessons" / "close.relay.toml",
        "inside": root / "resources" / "inside" / "destroyed.inside.toml",
        "capture": root / "tests" / "capture" / "data" / "blktrace" / "sample.blktrace.0",
    }
    return lambda word: word.format(**files)


@pytest.mark.parametrize(
    ("words", "output"),
    list(product((*WORDS.values(), *MORE), TAKES_NOTHING)),
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_cannot_be_printed_is_told_in_a_line(
    words: tuple[str, ...], output: str, names: Callable[[str], str], tmp_path: Path
) -> None:
    status, said = started(tuple(map(names, words)), output, tmp_path)
    who = f"relayviz {words[0]}" if words[0] in cli.COMMANDS else "relayviz"
    assert said == f"{who}: standard output: {TAKES_NOTHING[output]}.\n"
    assert status == cli.OUTPUT_FAILED


@pytest.mark.parametrize("output", TAKES_NOTHING)
def test_nor_without_a_buffer(output: str, tmp_path: Path) -> None:
    """What prints help takes an error of the stream for none."""
    status, said = started(("--version",), output, tmp_path, PYTHONUNBUFFERED="1")
    assert said == f"relayviz: standard output: {TAKES_NOTHING[output]}.\n"
    assert status == cli.OUTPUT_FAILED


def test_what_prints_nothing_needs_no_output(names: Callable[[str], str], tmp_path: Path) -> None:
    words = ("export", names("{session}"), str(tmp_path / "session.c"))
    for output in TAKES_NOTHING:
        assert started(words, output, tmp_path) == (0, "")
    assert started((*LIVE, "--quiet"), "closed", tmp_path) == (0, "")


def test_an_error_of_another_file_is_told_as_such(tmp_path: Path) -> None:
    words = (*LIVE, "--json", "/dev/full")
    assert started(words, "", tmp_path) == (
        2, "relayviz live: --json: /dev/full: No space left on device.\n"
    )  # fmt: skip
