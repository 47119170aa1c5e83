"""`relayviz grade ANSWERS...`: what learners answered, judged anew by playing the lessons."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.lesson.key import PlayedKey
from relayviz.model.cells import as_csv
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.lesson.answers import AnswersError, load_answers
from relayviz.model.lesson.course import course_in, own_course
from relayviz.model.lesson.judging import shown
from relayviz.model.session.file import SessionError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from relayviz.model.lesson.answers import Answer
    from relayviz.model.lesson.course import Course
    from relayviz.model.lesson.lesson import Question

GRADED, UNUSABLE = 0, 2
UNKNOWN, ANOTHER = "no such lesson", "the lesson's text is another by now"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        file: The file of answers.
        learner: Whose it is, as that person wrote it.
        lesson, seed, question, kind: What was asked.
        given: What was answered last.
        right: What is right; empty: it cannot be said.
        is_right: Whether that was right, judged anew; None: it cannot be said.
        tries, hints, was_shown, seconds, day: As the file says.
        note: What is to be known of it; empty: nothing.
    """

    file: str
    learner: str
    lesson: str
    seed: int
    question: int
    kind: str
    given: str
    right: str
    is_right: bool | None
    tries: int
    hints: int
    was_shown: bool
    seconds: int
    day: str
    note: str = ""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz grade` to the command line."""
    parser = commands.add_parser(
        "grade",
        help="a table of what learners answered in lessons",
        description="Judge files of answers anew, by playing the lessons they belong to: what the "
        "files themselves say of right and wrong is not taken over.",
        epilog="Exit status: 0 there is a table, 2 a file cannot be used.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="ANSWERS", help="a learner's file")
    parser.add_argument(
        "--lessons",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="where lessons lie that do not come with the program; can be given several times",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV, a line for each answer")
    form.add_argument("--json", action="store_true", help="print JSON, an object for each answer")


def run(arguments: argparse.Namespace) -> int:
    """Grade each file and print the table; the result is the exit status."""
    rows: list[Row] = []
    status = GRADED
    try:
        grader = Grader([*(course_in(one) for one in arguments.lessons), own_course()])
    except SessionError as error:
        print(f"relayviz grade: {error}", file=sys.stderr)
        return UNUSABLE
    for path in arguments.files:
        try:
            rows += grader.rows(path)
        except (AnswersError, FileNotFoundError) as error:
            words = f"{path.name}: There is no such file." if isinstance(error, OSError) else error
            print(f"relayviz grade: {words}", file=sys.stderr)
            status = UNUSABLE
    if arguments.json:
        print(json.dumps([asdict(one) for one in rows], indent=1))
    elif arguments.csv:
        table = [tuple(Row.__dataclass_fields__), *(tuple(asdict(one).values()) for one in rows)]
        sys.stdout.write(as_csv(table))
    else:
        for line in _lines(rows):
            print(line)
    return status


class Grader:
    """Judges answers; lessons are played once for each of their variants.

    Args:
        courses: Where lessons are looked for, in order.
    """

    def __init__(self, courses: Iterable[Course]) -> None:
        self._courses = tuple(courses)
        self._keys: dict[tuple[str, int], PlayedKey | str] = {}

    def rows(self, path: Path) -> Iterator[Row]:
        """Give a row for each answer in a file.

        Raises:
            AnswersError, FileNotFoundError: It cannot be used.
        """
        answers = load_answers(path)
        for one in answers.answers:
            yield self._row(path.name, answers.learner, one)

    def _row(self, file: str, learner: str, one: Answer) -> Row:
        key = self._key(one.lesson, one.seed)
        right, is_right, note = "", None, ""
        given = " ".join(one.given) if isinstance(one.given, tuple) else f"{one.given}"
        if isinstance(key, str):
            note = key
        elif key.lesson.digest != one.digest:
            note = ANOTHER
        elif (question := _question(key, one)) is None:
            note = "the lesson has no such question"
        else:
            is_right = key.judge(question, one.given).is_right
            right = shown(question, key.right(question).value)
            given = shown(question, given) if given else given
        return Row(
            *(file, learner, one.lesson, one.seed, one.question, one.kind, given, right),
            *(is_right, one.tries, one.hints, one.was_shown, one.seconds, one.day, note),
        )

    def _key(self, name: str, seed: int) -> PlayedKey | str:
        if (name, seed) not in self._keys:
            self._keys[name, seed] = self._made(name, seed)
        return self._keys[name, seed]

    def _made(self, name: str, seed: int) -> PlayedKey | str:
        course = next((one for one in self._courses if name in one.names), None)
        if course is None:
            return UNKNOWN
        try:
            return PlayedKey(course.load(name, seed))
        except (SessionError, OpenError, ConditionError) as error:
            return f"{error}"


def _question(key: PlayedKey, one: Answer) -> Question | None:
    found = next((each for each in key.lesson.questions if each.number == one.question), None)
    return found if found is not None and found.kind.value == one.kind else None


def _lines(rows: list[Row]) -> Iterator[str]:
    """Give for each file how much was right, and what was not."""
    for file in dict.fromkeys(one.file for one in rows):
        of_file = [one for one in rows if one.file == file]
        right = sum(one.is_right is True for one in of_file)
        name = of_file[0].learner or "no name"
        yield f"{file} ({name}): {right} of {len(of_file)} right"
        for one in of_file:
            if one.is_right is not True:
                said = f"{one.given!r}, right is {one.right!r}" if one.right else one.note
                yield f"  {one.lesson}, question {one.question}: {said}"
