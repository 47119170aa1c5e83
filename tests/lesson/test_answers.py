"""A learner's file of answers, and `relayviz grade`, which judges it anew."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.model.lesson.answers import (
    Answer,
    Answers,
    AnswersError,
    load_answers,
    save_answers,
)
from relayviz.model.lesson.file import load

if TYPE_CHECKING:
    from pathlib import Path

LESSON = """relayviz = 1
[lesson]
title = "T"
[lesson.vary]
size = [30, 40]
[channel]
subbuf_size = 64
cpus = 1
[[branch]]
steps = '''
ask number "x" = prev_padding
ask steps "y" inside=destroyed most=30 = found("destroyed")
ask place "z" = subbuf(0, current)
write {size} times=2
'''
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pad.relay.toml").write_text(LESSON)
    return tmp_path


def answer_of(folder: Path, **more: object) -> Answer:
    digest = load(folder / "pad.relay.toml").digest
    one = Answer("pad", digest, 0, 1, "number", 0, is_right=False, tries=2, day="2026-01-31")
    return replace(one, **more)  # type: ignore[arg-type]


def test_a_file_says_what_is_in_it_and_comes_back(folder: Path) -> None:
    path = folder / "mine.json"
    answers = Answers("Ada", (answer_of(folder), answer_of(folder, question=2, given=("a", "b"))))
    save_answers(answers, path)
    assert load_answers(path) == answers
    assert "sends it nowhere" in json.loads(path.read_text())["about"]
    assert path.stat().st_mode & 0o077 == 0


def test_of_a_question_the_last_answer_counts(folder: Path) -> None:
    first, again = answer_of(folder), answer_of(folder, given=24, is_right=True)
    other = answer_of(folder, seed=1)
    answers = Answers().with_answer(first).with_answer(other).with_answer(again)
    assert answers.answers == (other, again)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[]", "table"),
        ("{}", "no file of answers"),
        ('{"relayviz_answers": 9}', "version 9"),
        ('{"relayviz_answers": 1, "answers": [{}]}', "answers[0].lesson: It is missing"),
        ('{"relayviz_answers": 1, "answers": [{"lessn": 1}]}', "Did you mean lesson?"),
        ('{"relayviz_answers": 1, "learner": 4}', "learner"),
    ],
)
def test_what_is_no_file_of_answers_is_told(folder: Path, text: str, words: str) -> None:
    path = folder / "x.json"
    path.write_text(text)
    with pytest.raises(AnswersError, match=r"^x\.json: ") as caught:
        load_answers(path)
    assert words in str(caught.value)


def test_grading_believes_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "mine.json"
    variants = {seed: load(folder / "pad.relay.toml", seed) for seed in range(8)}
    size = {seed: one.session.lines[0].operations[0].length for seed, one in variants.items()}
    seed = next(seed for seed in size if size[seed] == 40)
    given = (
        answer_of(folder, seed=seed, given=64 - 40, is_right=False),
        answer_of(folder, seed=seed, question=2, kind="steps", given=("task",), is_right=True),
        answer_of(folder, seed=seed, question=3, kind="place", given=0),
        answer_of(folder, lesson="=gone"),
        answer_of(folder, digest="other", given=3),
        answer_of(folder, question=7, given=3),
    )
    save_answers(Answers("Ada", given), path)
    arguments = ["grade", "--lessons", str(folder), str(path)]
    assert cli.main([*arguments, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [one["is_right"] for one in rows] == [True, False, False, None, None, None]
    assert rows[0]["right"] == str(64 - 40)
    assert [bool(one["note"]) for one in rows] == [False, False, False, True, True, True]
    assert cli.main([*arguments, "--csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(table) == 6
    assert table[0]["learner"] == "Ada"
    assert table[3]["lesson"] == "'=gone"  # no formula
    assert cli.main(arguments) == 0
    out = capsys.readouterr().out
    assert "mine.json (Ada): 1 of 6 right" in out
    assert "pad, question 2: 'task', right is '1'" in out
    assert "question 3: 'sub-buffer 0 of the buffer of CPU 0', right is 'sub-buffer 1 of" in out
    assert "no such lesson" in out


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grade", str(tmp_path / "none.json")]) == 2
    assert "none.json: There is no such file." in capsys.readouterr().err
