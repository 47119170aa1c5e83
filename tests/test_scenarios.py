"""Every scenario does what it says, and docs/scenarios.md is true of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.session.file import dumps, loads
from relayviz.model.session.scenario import TOPICS, scenarios
from relayviz.run.check import check
from relayviz.run.report import as_lines

if TYPE_CHECKING:
    from relayviz.model.session.scenario import Scenario

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
SEMANTICS = (ROOT / "docs" / "relay-semantics.md").read_text(encoding="utf-8")
HEADINGS = set(re.findall(r"(?m)^##+ (.+)$", SEMANTICS))
EACH = pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: one.name)
FACTS, WHERE_WE_DIFFER = 53, {"D4", "D5"}


@EACH
def test_a_scenario_shows_what_it_says(scenario: Scenario) -> None:
    session = scenario.session
    clients = [compile_subbuf_start(source) for source in session.sources]
    report = check(scenario.name, session, clients)
    assert report.holds, "\n".join(as_lines(report))
    assert len(report.checked) > 0


@EACH
def test_a_scenario_is_complete(scenario: Scenario) -> None:
    session = scenario.session
    assert session.title
    assert session.topic in TOPICS
    sentences = re.findall(r"[.?!:](?:\s|$)", session.text)
    assert 2 <= len(sentences) <= 5, session.text
    sections = [each for each in session.shows if each in HEADINGS]
    assert sections
    rest = set(session.shows) - HEADINGS
    facts = [each for each in rest if re.fullmatch(r"fact \d+", each)]
    assert all(1 <= int(each[5:]) <= FACTS for each in facts)
    assert all(re.fullmatch(r"D\d", each) for each in rest - set(facts))


@EACH
def test_a_scenario_survives_being_saved(scenario: Scenario) -> None:
    assert loads(dumps(scenario.session)) == scenario.session


def test_enough_and_every_defect() -> None:
    assert len(scenarios()) >= 30
    shown = {each for one in scenarios() for each in one.session.shows}
    assert {"D1", "D2", "D3", "D4", "D5", "D9"} <= shown
    assert len({one.session.title for one in scenarios()}) == len(scenarios())
    assert {one.session.topic for one in scenarios()} == set(TOPICS)


def rows() -> list[tuple[str, str]]:
    """Return the rows of the table as (heading above, last cell)."""
    found, heading = [], ""
    for line in TABLE.splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("| ") and not line.startswith("| statement"):
            found.append((heading, line.rstrip("| ").rpartition("| ")[2]))
    return found


def test_the_table_names_every_section_and_every_scenario() -> None:
    named = {name for _, cell in rows() for name in re.findall(r"`([a-z0-9-]+)`", cell)}
    assert named == {one.name for one in scenarios()}
    own = set(re.findall(r"(?m)^## (.+)$", TABLE))
    # two sections share a heading, and the switch stands below Writing
    assert {part for each in own for part in _parts(each)} == HEADINGS


def _parts(heading: str) -> list[str]:
    return [heading] if heading in HEADINGS else heading.split(", ")


def test_each_row_names_a_scenario_of_its_section_or_a_test() -> None:
    by_name = {one.name: one.session for one in scenarios()}
    for heading, cell in rows():
        names = re.findall(r"`([a-z0-9-]+)`", cell)
        paths = re.findall(r"`((?:core/)?tests[\w/.]*)`", cell)
        assert names or paths, cell
        assert all((ROOT / path).exists() for path in paths), cell
        sections = set(_parts(heading))
        assert not names or any(sections & set(by_name[name].shows) for name in names), (
            heading,
            cell,
        )


def test_the_pains_name_scenarios_and_tests_that_exist() -> None:
    text = (ROOT / "docs" / "pains.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| (\d+) \|(.+)\|$", text)
    assert [int(number) for number, _ in rows] == list(range(1, 26))
    names = {one.name for one in scenarios()}
    for number, row in rows:
        told = row.rpartition(" | ")[2]
        after = re.findall(r"scenarios? ((?:`[a-z0-9-]+`(?:, )?)+)", told)
        named = {name for listed in after for name in re.findall(r"`([^`]+)`", listed)}
        assert named <= names, number
        paths = re.findall(r"`(tests/[\w/.]+)`", told)
        assert all((ROOT / path).exists() for path in paths), number
        assert named or paths or "not yet" in row, number
