"""The documents are true as far as a machine can tell: examples, links, targets, commands."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from relayviz import cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
README = ROOT / "README.md"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_example_in_the_readme_does_what_it_shows() -> None:
    result = doctest.testfile(str(README), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(document))
    missing = [
        target
        for target in targets
        if not target.startswith(("https://", "capture:"))
        and not (document.parent / target).exists()
    ]
    assert missing == []


def test_the_documents_link_to_each_other() -> None:
    links = sum(len(re.findall(r"\]\([^)]+\)", text_of(document))) for document in DOCUMENTS)
    assert links > 5


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z0-9-]+):", text_of(ROOT / "Makefile")))
    named = {
        word
        for words in re.findall(r"(?:`| {4})make ([a-z0-9 -]+)", text_of(document))
        for word in words.split()
    }
    assert named <= targets


def test_the_readme_names_every_command() -> None:
    for command in cli.COMMANDS:
        assert f"`relayviz {command}" in text_of(README)
