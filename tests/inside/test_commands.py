"""`relayviz inside` and `relayviz explore`: what they print, and their exit status."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.cli import main
from relayviz.engines.inside.explore import Found, search

if TYPE_CHECKING:
    from collections.abc import Callable

RESOURCES = Path(__file__).parents[2] / "resources" / "inside"
DESTROYED = RESOURCES / "destroyed.inside.toml"


def test_explore_prints_a_schedule_that_inside_plays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explore", str(DESTROYED), "--find", "destroyed > 0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["found"] is True
    assert (found["switches"], found["steps"]) == (1, 6)
    assert found["states"] > 0
    assert found["schedules"] >= 0
    text = DESTROYED.read_text(encoding="utf-8")
    before, _, rest = text.partition('schedule = """\n')
    lines = "\n".join([*found["schedule"], "expect destroyed == 1"])
    mine = tmp_path / "mine.inside.toml"
    mine.write_text(f'{before}schedule = """\n{lines}\n"""{rest.partition(chr(34) * 3)[2]}')
    assert main(["inside", str(mine), "--json"]) == 0
    played = json.loads(capsys.readouterr().out)
    assert len(played["steps"]) == found["steps"]
    assert played["judged"]["destroyed"] == 1
    assert played["holds"] is True
    assert [actor["state"] for actor in played["actors"]] == ["stopped", "stopped"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--find", "destroyed > 0"], 0),
        (["--find", "destroyed > 0", "--expect", "found"], 0),
        (["--find", "destroyed > 0", "--expect", "none"], 1),
        (["--find", "lost > 0", "--expect", "none"], 0),
        (["--find", "lost > 0", "--expect", "found"], 1),
        (["--find", "destroyed > 0", "--switches", "0", "--expect", "none"], 0),
        (["--find", "destroyed > 0", "--interrupts", "0", "--expect", "none"], 0),
        (["--find", "lost > 0", "--states", "5", "--expect", "none"], 2),
        (["--find", "destroyed > 7", "--pruning", "order", "--expect", "none"], 0),
        (["--find", "lost > 0", "--pruning", "order", "--expect", "none"], 2),
        (["--find", ""], 2),
        (["--find", "first(destroyed)"], 2),
        (["--switches", "9999999999"], 2),
        (["--find", "lost > 0", "--pruning", "order", "--switches", "1"], 2),
        (["--find", "lost >"], 2),
        (["--find", "lost / 2 > 0", "--expect", "none"], 0),
        (["--find", "changed(lost)"], 2),
        (["--find", "lapped > 0"], 2),
        (["--find", "lost[3] > 0"], 2),
        (["--rule", "library", "--expect", "found"], 0),
    ],
)
def test_explore_says_so_by_its_status(
    words: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        assert main(["explore", str(DESTROYED), *words]) == status
    except SystemExit as wrong_usage:
        assert wrong_usage.code == status  # noqa: PT017  of argparse
    out, err = capsys.readouterr()
    assert bool(out) != bool(err)


TWO_CPUS = """relayviz = 1
[channel]
subbuf_size = 64
n_subbufs = 2
cpus = 2
[inside]
[[actor]]
name = "a"
queue = "write 16"
[[actor]]
name = "b"
cpu = 1
queue = "write 16"
"""


@pytest.mark.parametrize(("pruning", "status"), [("state", 0), ("none", 0), ("order", 1)])
def test_what_comes_and_goes_is_never_said_to_be_none(
    pruning: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.inside.toml"
    path.write_text(TWO_CPUS)
    looked = ["explore", str(path), "--find", "offset[0] == 0 and offset[1] == 16"]
    assert main([*looked, "--pruning", pruning, "--expect", "found"]) == status
    assert "None" not in capsys.readouterr().out
    assert main([*looked, "--pruning", pruning, "--expect", "none"]) == 1 + status


def test_explore_says_which_limit_came_first_and_what_was_covered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "two.inside.toml"
    path.write_text(TWO_CPUS)
    looked = ["explore", str(path), "--find", "lost > 9"]
    assert main([*looked, "--states", "5"]) == 0
    assert "5 states" in (told := capsys.readouterr().out)
    assert told.endswith("The bound of --states came first: give a larger one.\n")
    monkeypatch.setattr(search, "__kwdefaults__", (search.__kwdefaults__ or {}) | {"memory": 1})
    assert main(looked) == 0
    assert "bound the orders by --switches" in capsys.readouterr().out
    monkeypatch.setattr(
        "relayviz.inside.explore.InsideEngine", lambda _: signal.raise_signal(signal.SIGINT)
    )
    monkeypatch.setattr("relayviz.inside.explore.explore", _covered)
    assert main(looked) == 130
    assert capsys.readouterr().out.endswith("It was ended before its time.\n")


def _covered(*_: object, goes_on: Callable[[int], bool], **__: object) -> Found:
    assert not goes_on(7)
    return Found("lost > 9", "kernel", "state", False, False, 7, 0, 0, 0, 0, 0, (), 7)


def test_names_of_files_move_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("inside", "explore", "run"):
        assert main([command, str(tmp_path / "a\x1b[31m\nb")]) == 2
        assert "a?[31m?b: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["#a", "a\\u001b[31m", "a b", ""])
def test_names_of_actors_can_stand_in_a_schedule(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.inside.toml"
    path.write_text(TWO_CPUS.replace('"a"', f'"{name}"'))
    assert main(["inside", str(path)]) == 2
    assert "two.inside.toml:8: actor[0].name: Give each actor a word" in capsys.readouterr().err


def test_inside_tells_each_step_and_expectation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inside", str(RESOURCES / "busy.inside.toml")]) == 0
    out = capsys.readouterr().out
    assert "rule: library" in out
    assert "irq: relay_write(16 B) on cpu 0 has ended: lost: busy" in out
    assert "holds: stored == 1 and lost == 1 and destroyed == 0" in out
    assert "destroyed 0, torn 0, twice 0" in out


def test_inside_fails_where_an_expectation_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.inside.toml"
    text = DESTROYED.read_text(encoding="utf-8")
    path.write_text(text.replace("offset == 32 and stored == 2", "offset == 16 and stored == 2"))
    assert main(["inside", str(path)]) == 1
    assert "DOES NOT HOLD" in capsys.readouterr().out
    path.write_text(text.replace("run irq", "run irq to READ_COPY"))
    assert main(["inside", str(path)]) == 2
    line = path.read_text().split("\n").index("run irq to READ_COPY") + 1
    told = f"relayviz inside: wrong.inside.toml:{line}: inside.schedule: run irq to READ_COPY: irq "
    assert told in (err := capsys.readouterr().err)
    assert "without coming to READ_COPY" in err
    assert main(["inside", str(tmp_path / "none.inside.toml")]) == 2
    assert "No such file" in capsys.readouterr().err
