"""Schedules of other code: what of it has changed is said, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from relayviz.cli import main
from relayviz.engines.inside import code
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.code import Code, changes, code_now, lines_of
from relayviz.engines.inside.play import play
from relayviz.model.inside.file import load, loads

if TYPE_CHECKING:
    from collections.abc import Callable

RESOURCES = Path(__file__).parents[2] / "resources" / "inside"
CORE = Path(__file__).parents[2] / "core"
DESTROYED = RESOURCES / "destroyed.inside.toml"
BEFORE = Code(
    {"src/write.c": "1", "src/read.c": "2"},
    {
        ("src/write.c", "copy"): ("BEGIN+0", "COPIED+4"),
        ("src/read.c", "look"): ("LOOK+0",),
    },
)


def test_the_code_is_that_of_the_sources() -> None:
    now = code_now()
    assert {file for file, _ in now.functions} <= set(now.files)
    for (file, function), stops in now.functions.items():
        source = (CORE / file).read_text(encoding="utf-8")
        assert function in source
        lines = source.split("\n")
        names, places = zip(*(stop.split("+") for stop in stops), strict=True)
        first = next(
            at
            for at, line in enumerate(lines)
            if names[0] in line
            and all(name in lines[at + int(more)] for name, more in zip(names, places, strict=True))
        )
        assert first >= 0


def test_nothing_has_changed_in_what_is_as_it_was() -> None:
    assert changes(lines_of(code_now().functions)) == []
    assert changes(lines_of(BEFORE.functions, BEFORE), BEFORE) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c.files.update({"src/write.c": "9"}), ["src/write.c is another one"]),
        (lambda c: c.files.pop("src/read.c"), ["src/read.c is no more"]),
        (
            lambda c: c.functions.update({("src/write.c", "copy"): ("BEGIN+0", "COPIED+5")}),
            ["the lines between the stops of copy are others"],
        ),
        (
            lambda c: c.functions.update({("src/write.c", "copy"): ("BEGIN+0", "HALF+2")}),
            ["copy stops at COPIED no more", "copy has a new stop, HALF"],
        ),
        (
            lambda c: c.functions.update({("src/write.c", "copy"): ("COPIED+0", "BEGIN+2")}),
            ["the stops of copy are in another order"],
        ),
        (lambda c: c.functions.pop(("src/read.c", "look")), ["look has no stop any more"]),
        (
            lambda c: c.functions.update(
                {("src/open.c", "look"): c.functions.pop(("src/read.c", "look"))}
            ),
            ["look is in src/open.c now"],
        ),
    ],
)
def test_what_has_changed_is_said(change: Callable[[Code], object], expected: list[str]) -> None:
    now = Code({**BEFORE.files}, {**BEFORE.functions})
    change(now)
    assert changes(lines_of(BEFORE.functions, BEFORE), now) == expected


def test_lines_that_mean_nothing_are_passed_over() -> None:
    assert changes(["", "one", "  "], BEFORE) == []


def test_a_stamp_keeps_what_the_schedule_goes_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.inside.toml"
    text = DESTROYED.read_text(encoding="utf-8").replace("[inside]", "[inside] # kept")
    path.write_text(text, encoding="utf-8")
    assert main(["inside", str(path), "--stamp"]) == 0
    session = load(path, STOP_NAMES)
    assert "[inside] # kept" in path.read_text(encoding="utf-8")
    assert session.digest == relay.CODE_DIGEST
    functions = {tuple(line.split()[:2]) for line in session.code[1:] if len(line.split()) > 2}
    _, played = play(session)
    assert functions == {one for one in played.functions if one in code_now().functions}
    assert played.warning == ""
    files = {line.split()[0] for line in session.code}
    assert files == {file for file, _ in functions}

    written = path.read_text(encoding="utf-8").replace(relay.CODE_DIGEST, "0123456789abcdef")
    path.write_text(written, encoding="utf-8")
    capsys.readouterr()
    assert main(["inside", str(path)]) == 0
    assert "The files and stops that it goes through are as they were." in capsys.readouterr().out
    now = code_now()
    file, function = min(functions)
    now.files[file] = "00000000"
    now.functions[file, function] = ("ELSEWHERE+0",)
    monkeypatch.setattr(code, "code_now", lambda: now)
    assert main(["inside", str(path)]) == 0
    told = capsys.readouterr().out
    assert f"{file} is another one" in told
    assert f"{function} has a new stop, ELSEWHERE" in told
    assert "run to stops, not by numbers of steps" in told


def test_other_code_without_lines_is_told_as_such() -> None:
    text = DESTROYED.read_text(encoding="utf-8").replace("[inside]", '[inside]\ndigest = "0123"')
    warning = play(loads(text, STOP_NAMES))[1].warning
    assert "other code of the core: 0123" in warning
    assert "Of what it goes through" not in warning
