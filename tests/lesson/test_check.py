"""`relayviz lesson check`: answers are computed, and what is wrong with a question is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.engines.lesson.checking import problems
from relayviz.engines.lesson.inside import OpenPuzzle
from relayviz.engines.lesson.key import PlayedKey
from relayviz.model.lesson.file import load, loads

if TYPE_CHECKING:
    from relayviz.model.lesson.lesson import Lesson

HEAD = 'relayviz = 1\n[lesson]\ntitle = "T"\n[channel]\nsubbuf_size = 64\nn_subbufs = 4\ncpus = 1\n'


def lesson_of(steps: str) -> Lesson:
    return loads(f"{HEAD}[[branch]]\nsteps = '''\n{steps}'''\n", "a.relay.toml")


def test_answers_are_what_the_kernel_would_have() -> None:
    lesson = lesson_of(
        'ask number "padding?" = prev_padding[0]\n'
        'ask choice "kept?" ["it is stored", "it is lost"]'
        ' = "it is lost" if outcome == "too big" else "it is stored"\n'
        'ask place "where does it begin?" = byte(0, current * subbuf_size + offset - amount)\n'
        "write 24 times=2\nwrite 40\n"
    )
    key = PlayedKey(lesson)
    padding, kept, place = lesson.questions
    assert key.right(padding).value == 64 - 2 * 24
    assert key.right(kept).value == "it is stored"
    assert key.right(place).value == 64
    assert key.judge(padding, 16).is_right
    assert not key.judge(padding, 17).is_right
    assert not key.judge(padding, "16").is_right
    assert not key.judge(padding, ["16"]).is_right
    assert key.judge(kept, "it is stored").is_right
    assert problems(lesson) == []


def test_a_wrong_answer_gets_the_sentence_that_fits_first() -> None:
    lesson = lesson_of(
        'ask number "padding?" = prev_padding[0]\n'
        'when answer == right - offset say "That counts the event that came too late."\n'
        'when answer > right say "Less."\nwhen answer == "x" say "Never."\n'
        "write 24 times=2\nwrite 8\nwrite 9\n"
    )
    key = PlayedKey(lesson)
    (question,) = lesson.questions
    assert key.right(question).value == 8 - 8 or key.right(question).value == 64 - 56
    right = int(key.right(question).value)
    assert key.judge(question, right - 9).says == "That counts the event that came too late."
    assert key.judge(question, right + 1).says == "Less."
    assert key.judge(question, right - 1).says == ""


NOTHING = "Nothing happens between"
WRONG = {
    'ask number "x" = outcome\nwrite 1\n': "is 'stored', and no number",
    'ask number "x" = 1 / lost\nwrite 1\n': "and no number",
    'ask choice "x" [1, 1, 2] = 2\nwrite 1\n': "Two options are the same: 1",
    'ask choice "x" [1, 2] = 3\nwrite 1\n': "not exactly one of the options 1, 2",
    'ask place "x" = byte(0, 256)\nwrite 1\n': "the places of the buffer are 0 to 255",
    'ask place "x" = subbuf(0, 4)\nwrite 1\n': "the places of the buffer are 0 to 3",
    'ask place "x" = byte(3, 0)\nwrite 1\n': "CPU 3 has no buffer",
    'write 9\nask number "x" = offset\n': NOTHING,
    'ask number "" = stored\nwrite 1\n': "asks nothing",
    'say "It is 41."\nask number "x" = offset\nwrite 41\n': "stands in the narration",
    'ask number "is it 41?" = offset\nwrite 41\n': "stands in question 1",
    'ask number "x" = offset\nhint "41"\nwrite 41\n': "stands in a hint of question 1",
    'ask number "x" = offset\nwhen answer < 9 say "41!"\nwrite 41\n': "stands in a when",
    'say "Then it is LOST for good."\n'
    'ask choice "x" ["lost for good", "stored"] = "lost for good"\nwrite 65\n': "narration",
    'ask number "x" = offset\nwhen answer > 40 say "no"\nwrite 41\n': "holds for the right answer",
    'ask choice "x" [1, 2] = 1\nwhen answer == 3 say "no"\nwrite 41\n': "never said",
    'ask steps "x" most=1 = lost > 0\nwrite 64 times=5\n': "are 5, and the learner has 1",
    'ask steps "x" most=9 = lost > 0\nwrite 64 times=4\n': "do not solve it",
    'ask steps "x" most=9 = lost == 0\nwrite 64\n': "holds already",
    'ask steps "x" inside=destroyed most=2 = found("destroyed")\n': "the shortest way",
    'ask steps "x" inside=destroyed most=9 = found("torn")\n': "No order of the steps",
    'ask steps "x" inside=destroyed most=9 = stored == 0\n': "at the beginning already",
    'write 1\nsay "[it](capture:none.dump)"\n': "Step 1: there is no capture 'none.dump'",
    'say "[it](<capture:../a>)"\n': "there is no capture '../a'",
    'say "[it](none.dump)"\n': "not to 'none.dump'",
    'write 1\nexpect lost == 1\nask number "x" = offset\nwrite 41\n': "expected lost == 1",
}


@pytest.mark.parametrize("steps", WRONG, ids=lambda steps: steps.replace("\n", " / "))
def test_what_is_wrong_is_found(steps: str) -> None:
    found = [one.message for one in problems(lesson_of(steps))]
    assert any(WRONG[steps].lower() in one.lower() for one in found), found


def test_a_capture_that_a_text_links_to_lies_beside_the_lesson(tmp_path: Path) -> None:
    path = tmp_path / "mine.relay.toml"
    steps = 'say "[a](capture:mine.dump), [b](capture:ath10k_80mhz.dump), [c](https://x.org)"'
    path.write_text(f"{HEAD}[[branch]]\nsteps = '''\n{steps}\n'''\n", encoding="utf-8")
    (problem,) = problems(load(path))
    assert "'mine.dump'" in problem.message, "the other one comes with the program"
    (tmp_path / "mine.dump").write_bytes(b"")
    assert problems(load(path)) == []


@pytest.mark.parametrize("steps", ["4, 41.5", "411", "x41", "0.41", "41.3"])
def test_a_part_of_another_number_gives_nothing_away(steps: str) -> None:
    lesson = lesson_of(f'say "{steps}"\nask number "x" = offset\nwrite 41\n')
    assert problems(lesson) == []


def test_a_puzzle_is_solved_by_who_makes_the_steps() -> None:
    lesson = lesson_of('ask steps "x" inside=destroyed most=9 = found("destroyed")\n')
    (question,) = lesson.questions
    puzzle = OpenPuzzle(lesson, question)
    assert [seat.name for seat in puzzle.seats] == ["task", "irq"]
    while "WRITE_COPIED" not in puzzle.seats[0].at:
        assert puzzle.step("task") == ""
    begun = len(puzzle.steps)
    while not puzzle.is_solved:
        assert puzzle.step("irq") == ""
    assert len(puzzle.told) == len(puzzle.steps)
    key = PlayedKey(lesson)
    assert key.judge(question, puzzle.steps).is_right
    assert not key.judge(question, puzzle.steps[:-1]).is_right
    assert not key.judge(question, [*puzzle.steps, *["nobody"]]).is_right
    assert not key.judge(question, ()).is_right
    made = puzzle.steps
    puzzle.back()
    assert puzzle.steps == made[:-1]
    assert len(puzzle.told) == len(puzzle.steps) >= begun
    puzzle.restart()
    assert (puzzle.steps, puzzle.told) == ((), ())


def test_too_many_steps_solve_no_puzzle() -> None:
    solution = lesson_of('ask steps "x" inside=destroyed most=99 = found("destroyed")\n')
    puzzle = OpenPuzzle(solution, solution.questions[0])
    while "WRITE_COPIED" not in puzzle.seats[0].at:
        puzzle.step("task")
    while not puzzle.is_solved:
        puzzle.step("irq")
    steps = puzzle.steps
    short = lesson_of(
        f'ask steps "x" inside=destroyed most={len(steps) - 1} = found("destroyed")\n'
    )
    assert not PlayedKey(short).judge(short.questions[0], steps).is_right


def test_operations_solve_a_puzzle_on_the_own_channel() -> None:
    lesson = lesson_of('write 64\nask steps "x" most=5 = lost > 0\nwrite 64 times=4\n')
    key = PlayedKey(lesson)
    (question,) = lesson.questions
    assert key.judge(question, ["write 64"] * 4).is_right
    assert key.judge(question, ["write 65"]).is_right
    assert not key.judge(question, ["write 64"] * 3).is_right
    assert not key.judge(question, ["write 1"] * 5 + ["write 65"]).is_right
    assert not key.judge(question, ["rite 65"]).is_right


def test_what_can_be_found_is_looked_for() -> None:
    lesson = lesson_of(
        'ask choice "can it?" ["yes", "no"] inside=destroyed'
        ' = "yes" if found("destroyed") else "no"\n'
        'ask choice "can it?" ["yes", "no"] inside=irqs-off'
        ' = "yes" if found("destroyed > 0") else "no"\n'
        'ask number "how many?" inside=destroyed = destroyed + stored\n'
    )
    key = PlayedKey(lesson)
    assert [key.right(one).value for one in lesson.questions] == ["yes", "no", 3]
    assert problems(lesson) == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, none = (tmp_path / f"{name}.relay.toml" for name in ("good", "bad", "none"))
    good.write_text(f"{HEAD}[[branch]]\nsteps = '''\nask number \"x\" = offset\nwrite 41\n'''\n")
    bad.write_text(f"{HEAD}[[branch]]\nsteps = '''\nwrite 1\nask number \"x\" = offset\n'''\n")
    none.write_text("relayviz = 1\n")
    assert cli.main(["lesson", "check", str(good)]) == 0
    assert "good.relay.toml: passes: 1 question" in capsys.readouterr().out
    assert cli.main(["lesson", "check", "--json", str(good), str(bad)]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first["passes"]
    assert first["questions"] == {"number": 1}
    assert second["problems"][0].startswith(f"bad.relay.toml:11: question 1: {NOTHING}")
    assert cli.main(["lesson", "check", str(none)]) == 2
    assert "none.relay.toml:1: This is no lesson" in capsys.readouterr().err


def test_the_lesson_of_the_docs_passes_in_all_its_variants(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "lessons.md").read_text(encoding="utf-8")
    path = tmp_path / "mine.relay.toml"
    path.write_text(text.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    assert cli.main(["lesson", "check", "--seeds", "30", str(path)]) == 0


def test_variants_are_all_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.relay.toml"
    path.write_text(
        f"{HEAD}[lesson.vary]\nsize = [20, 21, 65]\n[[branch]]\nsteps = '''\n"
        'ask choice "x" ["ok", "not"] = "ok" if stored else lost\nwrite {size}\n\'\'\'\n'
    )
    assert cli.main(["lesson", "check", "--seeds", "30", str(path)]) == 1
    out = capsys.readouterr().out
    assert "30 variants" in out
    assert "(seed " in out


def test_puzzles_that_come_with_the_program_can_be_asked_for() -> None:
    puzzles = Path(__file__).parents[2] / "resources" / "puzzles"
    name = min(path.name for path in puzzles.iterdir()).removesuffix(".inside.toml")
    lesson = lesson_of(f'ask steps "x" inside={name} most=1 = stored > 99\n')
    assert OpenPuzzle(lesson, lesson.questions[0]).seats


def test_a_course_is_checked_as_a_whole_in_its_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lessons = Path(__file__).parents[2] / "resources" / "lessons"
    for name in ("padding", "one-write"):
        text = (lessons / f"{name}.relay.toml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.relay.toml").write_text(text, encoding="utf-8")
    assert cli.main(["lesson", "check", str(tmp_path)]) == 0
    assert _files(capsys) == ["one-write.relay.toml", "padding.relay.toml"]  # by name
    order = tmp_path / "course.toml"
    order.write_text('relayviz_course = 1\nlessons = ["padding", "one-write"]', encoding="utf-8")
    assert cli.main(["lesson", "check", str(order)]) == 0
    assert _files(capsys) == ["padding.relay.toml", "one-write.relay.toml"]
    order.write_text('relayviz_course = 1\nlessons = ["gone"]', encoding="utf-8")
    assert cli.main(["lesson", "check", str(order)]) == 2
    assert "There is no file gone.relay.toml" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert cli.main(["lesson", "check", str(tmp_path / "empty")]) == 2
    assert "no lesson is in it" in capsys.readouterr().err


def _files(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if ".toml:" in line]
