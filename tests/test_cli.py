"""The command line: its table of commands, its help, its exit status."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from relayviz import cli

if TYPE_CHECKING:
    import argparse


def in_new_process(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=60, check=False
    )


def plug_in(
    monkeypatch: pytest.MonkeyPatch, result: int | BaseException
) -> list[argparse.Namespace]:
    """Put a command `fake --level N` in the table; what it was called with is in the list."""
    calls: list[argparse.Namespace] = []

    def add_parser(commands: cli.Commands) -> None:
        commands.add_parser("fake", help="fake").add_argument("--level", type=int, default=1)

    def run(arguments: argparse.Namespace) -> int:
        calls.append(arguments)
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setitem(
        sys.modules, "relayviz_fake", SimpleNamespace(add_parser=add_parser, run=run)
    )
    monkeypatch.setitem(cli.COMMANDS, "fake", cli.Command("relayviz_fake", "fake"))
    return calls


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for name, command in cli.COMMANDS.items():
        assert f"    {name} " in shown
        assert command.help in shown


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    assert end.value.code == 0
    assert f"usage: relayviz {name}" in capsys.readouterr().out


def test_help_imports_no_command() -> None:
    code = """
import sys
from relayviz import cli
try:
    cli.main(["--help"])
except SystemExit:
    pass
print(sorted(name for name in sys.modules if name.split(".")[0] in ("numpy", "relayviz")))
"""
    result = in_new_process("-c", code)
    assert result.stdout.splitlines()[-1] == "['relayviz', 'relayviz.cli', 'relayviz.output']"


def test_version_is_the_installed_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"relayviz {metadata.version('relayviz')}\n"


@pytest.mark.parametrize("words", [["nonsense"], ["--nonsense"], ["demo", "--nonsense"]])
def test_wrong_usage_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 2
    assert "usage: relayviz" in capsys.readouterr().err


def test_arguments_reach_the_command_and_its_status_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = plug_in(monkeypatch, result=7)
    assert cli.main(["fake", "--level", "5"]) == 7
    assert [arguments.level for arguments in calls] == [5]


def test_without_a_command_the_default_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = plug_in(monkeypatch, result=0)
    monkeypatch.setattr(cli, "DEFAULT_COMMAND", "fake")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert cli.main([]) == 0
    assert len(calls) == 1


def test_ctrl_c_ends_a_command_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plug_in(monkeypatch, KeyboardInterrupt())
    assert cli.main(["fake"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_the_module_and_main_py_are_the_same_program(request: pytest.FixtureRequest) -> None:
    main_py = request.config.rootpath / "main.py"
    by_module = in_new_process("-m", "relayviz", "--help")
    by_file = in_new_process(str(main_py), "--help")
    assert by_module.returncode == by_file.returncode == 0
    assert by_module.stdout == by_file.stdout != ""


def test_the_readme_names_every_form_of_export() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if line.startswith("| `relayviz export"))
    named = re.search(r"`((?:--[a-z]+ ?)+)`", row)
    assert named is not None
    shown = in_new_process("-m", "relayviz", "export", "--help").stdout
    forms = re.search(r"\[(--c \|.*?)\]", shown, re.DOTALL)
    assert forms is not None
    assert sorted(named[1].split()) == sorted(re.findall(r"--[a-z]+", forms[1]))
