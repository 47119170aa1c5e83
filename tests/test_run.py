"""`relayviz run`: exit status, what it reports, and Python only when allowed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from relayviz import cli

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "relayviz = 1\n[channel]\nsubbuf_size = 64\nn_subbufs = 2\ncpus = 1\n"
STEPS = (
    HEAD
    + """[[branch]]
steps = '''
write 64 times=3
expect lost == 1
write 1
expect offset[0] == 65
'''
"""
)
PYTHON = """relayviz = 1
[channel]
mode = "python"
source = "s"
[sources]
s = '''
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    return True
'''
[[branch]]
steps = '''
write 512 times=20
expect overwritten[0] == 12
'''
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.relay.toml"
    path.write_text(STEPS, encoding="utf-8")
    return path


def test_all_holds(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(file)]) == 0
    assert "4 steps, 2 of 2 expectations hold" in capsys.readouterr().out


def test_a_failure_is_told_with_values_put_in(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(file), "--expect", "lost[0] == 2", "--expect", "lost > 9"]) == 1
    out = capsys.readouterr().out
    assert "3 of 4 expectations hold" in out
    assert "step 4, after relay_write(1 B) on cpu 0, event 4" in out
    assert "expected lost > 9\n    but lost = 2" in out


def test_until(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(file), "--until", "lost", "--expect", "lost == 1"]) == 0
    assert "until lost: first at step 3" in capsys.readouterr().out
    assert cli.main(["run", str(file), "--until", "lost > 5"]) == 1
    assert "never" in capsys.readouterr().out


def test_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--json", str(file), str(file)]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first == second
    assert [one["holds"] for one in first["checked"]] == [True, True]
    assert first["rows"][0]["figures"]["lost"] == 2


def test_what_cannot_be_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(tmp_path / "none")]) == 2
    assert "none: No such file" in capsys.readouterr().err
    bad = tmp_path / "bad.relay.toml"
    bad.write_text(HEAD + "x = 1\n", encoding="utf-8")
    assert cli.main(["run", str(bad)]) == 2
    assert "bad.relay.toml:6: channel.x: There is no such field" in capsys.readouterr().err
    text = STEPS.replace("lost == 1", "'a' + step")
    bad.write_text(text, encoding="utf-8")
    assert cli.main(["run", str(bad)]) == 2
    assert "a text can only be compared" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        cli.main(["run", str(bad), "--expect", "import os"])
    assert "invalid syntax" in capsys.readouterr().err


def test_python_runs_only_when_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "python.relay.toml"
    path.write_text(PYTHON, encoding="utf-8")
    assert cli.main(["run", str(path)]) == 2
    assert "--allow-python" in capsys.readouterr().err
    assert cli.main(["run", str(path), "--allow-python"]) == 0


@pytest.mark.parametrize(
    ("until", "step"), [("step == 901", 901), ("attempts == 700", 1400), ("value == 20", 0)]
)
def test_until_stops_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], until: str, step: int
) -> None:
    """Nothing behind it is done: neither the rest of a batch nor other branches."""
    lines = ["open-file", *["write 7", "read 64", "write 90", "flush"] * 1000]
    other = "[[branch]]\nname = 'b'\nfrom = 5\nsteps = '''\nwrite 1\n'''\n"

    def play(name: str, steps: list[str], more: str, *arguments: str) -> dict[str, object]:
        path = tmp_path / name
        text = "\n".join(("[[branch]]", "name = 'a'", "steps = '''", *steps, "'''", more))
        path.write_text(HEAD + text, encoding="utf-8")
        cli.main(["run", "--json", str(path), *arguments])
        report: dict[str, object] = json.loads(capsys.readouterr().out)[0]
        return report

    stopped = play("a.relay.toml", lines, other, "--until", until)
    assert stopped["met"] is bool(step)
    played = play("b.relay.toml", lines[:step] if step else lines, "" if step else other)
    assert stopped["steps"] == played["steps"]
    assert stopped["end"] == played["end"]
    assert stopped["rows"] == played["rows"]


ERRORS = (
    HEAD
    + """[[branch]]
steps = '''
write 10
mmap shared
read 10
expect outcome == "error"
'''
[[branch]]
name = "other"
from = 1
steps = '''
poll
write 5
'''
"""
)


def test_steps_that_could_not_be_done_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "errors.relay.toml"
    path.write_text(ERRORS, encoding="utf-8")
    assert cli.main(["run", str(path)]) == 0
    told = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "2 steps could not be done:" in told
    named = [line.partition(":")[0] for line in told if ", step " in line]
    assert named == ["main line, step 2, mmap(fd) on cpu 0", "other, step 2, poll(fd) on cpu 0"]


def test_strict_makes_them_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "errors.relay.toml"
    path.write_text(ERRORS, encoding="utf-8")
    assert cli.main(["run", "--strict", str(path)]) == 1
    expected = ERRORS.replace("mmap shared\n", 'mmap shared\nexpect outcome == "error"\n')
    path.write_text(expected.replace("poll\n", "write 1\n"), encoding="utf-8")
    assert cli.main(["run", "--strict", str(path)]) == 0
    assert "could not be done" not in capsys.readouterr().out.splitlines()[-1]


def test_strict_looks_no_further_than_until(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "errors.relay.toml"
    path.write_text(ERRORS, encoding="utf-8")
    assert cli.main(["run", "--strict", "--until", "step == 1", str(path)]) == 0
    assert "could not be done" not in capsys.readouterr().out


def test_an_expectation_without_names_says_why_it_failed(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(file), "--expect", "1 == 2"]) == 1
    assert "    but it does not hold\n" in capsys.readouterr().out


def test_nothing_is_printed_for_a_file_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(tmp_path / "none")]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "relayviz run: none: No such file or directory.\n")
