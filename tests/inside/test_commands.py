"""`relayviz inside` and `relayviz explore`: what they print, and their exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relayviz.cli import main

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
        (["--find", "lost > 0", "--pruning", "order", "--expect", "none"], 0),
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
    assert main(["explore", str(DESTROYED), *words]) == status
    out, err = capsys.readouterr()
    assert bool(out) != bool(err)


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
    assert "without coming to READ_COPY" in capsys.readouterr().err
    assert main(["inside", str(tmp_path / "none.inside.toml")]) == 2
    assert "No such file" in capsys.readouterr().err
