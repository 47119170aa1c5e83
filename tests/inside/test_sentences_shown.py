"""What is said of who keeps whom out has a scenario inside; so have findings on races."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.play import play
from relayviz.model.findings.finding import SCENARIOS, Fault
from relayviz.model.inside.file import load
from relayviz.model.inside.program import Rule
from relayviz.model.session.file import dumps
from relayviz.model.session.scenario import scenarios

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT / "resources" / "inside"
NAMES = {path.name.partition(".")[0] for path in RESOURCES.glob("*.inside.toml")}
SEMANTICS = (ROOT / "docs" / "relay-semantics.md").read_text(encoding="utf-8")
DOCS = (ROOT / "docs" / "inside.md").read_text(encoding="utf-8")
SECTION = "## Who keeps whom out, in the kernel"
FEWEST = 16
BY_NUMBERS = set(Fault) - {Fault.TORN, Fault.SHARED, Fault.LAPPED}
"""Faults that come about in any order of steps: nobody need come between."""


def _rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, its head left out."""
    lines = text.partition(heading)[2].split("\n#")[0].splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


SHOWN = _rows(DOCS, "### Each sentence, and what shows it")


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row[0][:40])
def test_a_sentence_is_one_and_has_scenarios_under_its_rule(row: list[str]) -> None:
    sentence, kernel, library = row
    assert sentence in SEMANTICS
    assert kernel or library
    for names, is_library in ((kernel, False), (library, True)):
        for name in re.findall(r"`(.+?)`", names):
            rule = load(RESOURCES / f"{name}.inside.toml", STOP_NAMES).rule
            assert (rule is Rule.LIBRARY) == is_library, name


def test_none_of_the_sentences_is_left_out() -> None:
    said = [row[0] for row in SHOWN]
    line = next(line for line in SEMANTICS.splitlines() if line.startswith("- `relay_write` keeps"))
    after = SEMANTICS.partition(SECTION)[2].split("\n#")[0]
    prose = [line for line in after.strip().splitlines() if not line.startswith("|")]
    for sentence in re.split(
        r"(?<=\.) ", " ".join([line.removeprefix("- "), *filter(None, prose)])
    ):
        assert sentence in said
    for calls, holds in _rows(SEMANTICS, SECTION):
        assert {calls, holds} & set(said)


def test_there_are_enough_and_all_are_told_of() -> None:
    assert len(NAMES) >= FEWEST
    section = DOCS.partition("### Each sentence, and what shows it")[2].split("\n## ")[0]
    assert {name for name in re.findall(r"`([a-z0-9-]+)`", section) if name in NAMES} == NAMES


def test_the_other_cannot_move_where_it_is_kept_out() -> None:
    for name in ("irqs-off", "preempt-off", "turns", "one-mutex", "global-locked", "flush-waits"):
        session = load(RESOURCES / f"{name}.inside.toml", STOP_NAMES)
        _, played = play(session)
        assert any("cannot move" in one.that for one in played.held), name


def test_findings_on_races_link_to_a_scenario_that_shows_them() -> None:
    assert set(SCENARIOS) == set(Fault) - BY_NUMBERS
    figures = {Fault.TORN: "torn", Fault.SHARED: "twice"}
    for fault, figure in figures.items():
        name = SCENARIOS[fault].removeprefix("inside/")
        _, played = play(load(RESOURCES / f"{name}.inside.toml", STOP_NAMES))
        assert played.judged[figure] > 0
    lapped = next(one for one in scenarios() if one.name == SCENARIOS[Fault.LAPPED])
    assert "expect lapped == 1" in dumps(lapped.session)
