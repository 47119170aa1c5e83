"""`relayviz lesson check FILE...`: play lessons, and prove that they ask what can be answered."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.lesson.checking import Problem, checked_kinds, problems
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.lesson.course import ORDER, course_in
from relayviz.model.lesson.file import load
from relayviz.model.numbers import plural
from relayviz.model.session.file import SUFFIX, SessionError, read_text
from relayviz.model.session.toml_lines import first_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from relayviz.model.lesson.lesson import Lesson

PASSES, FAILS, UNUSABLE = 0, 1, 2
SEEDS = 10  # variants that are played where there are several


@dataclass(frozen=True, slots=True)
class Report:
    """What was found out about a lesson.

    Attributes:
        file: Its file.
        title: Its title.
        pages: How many.
        questions: How many of each kind.
        seeds: How many variants were played.
        problems: What is wrong, with file, line and seed.
    """

    file: str
    title: str
    pages: int
    questions: dict[str, int]
    seeds: int
    problems: tuple[str, ...]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz lesson` to the command line."""
    parser = commands.add_parser(
        "lesson",
        help="check lessons: each question has exactly the stated kind of answer",
        description="Lessons are sessions that ask: docs/lessons.md.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    checking = actions.add_parser(
        "check",
        help="play lessons and check their questions",
        description="Play each lesson and prove that every question has exactly the stated kind of "
        "answer, that no text gives it away before it is asked, and that what it expects holds.",
        epilog="Exit status: 0 all lessons pass, 1 one does not, 2 one cannot be played.",
    )
    checking.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a lesson, *.relay.toml; of a folder or its course.toml all lessons of the course",
    )
    checking.add_argument(
        "--seeds",
        type=_count,
        default=SEEDS,
        metavar="N",
        help=f"variants to play where numbers are drawn, from seed 0 on ({SEEDS})",
    )
    checking.add_argument("--json", action="store_true", help="print the reports as JSON")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 10**6:
        import argparse  # noqa: PLC0415  at hand where it is called

        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 1000000")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Check each file and print its report; the result is the exit status."""
    status, reports = PASSES, []
    for path, error in _lessons(arguments.files):
        if error:
            print(f"relayviz lesson: {error}", file=sys.stderr)
            status = UNUSABLE
            continue
        try:
            reports.append(check(path, arguments.seeds))
        except SessionError as error:
            print(f"relayviz lesson: {error}", file=sys.stderr)
            status = UNUSABLE
        except (OpenError, ConditionError) as error:
            print(f"relayviz lesson: {path.name}: {error}", file=sys.stderr)
            status = UNUSABLE
        else:
            status = max(status, FAILS if reports[-1].problems else PASSES)
    if arguments.json:
        print(json.dumps([asdict(one) | {"passes": not one.problems} for one in reports], indent=1))
    for line in () if arguments.json else (told for one in reports for told in _lines(one)):
        print(line)
    return status


def _lessons(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each lesson's file, those of a course in its order; or what is wrong with a course."""
    for path in paths:
        if not path.is_dir() and not (path.name == ORDER and path.is_file()):
            yield path, ""
            continue
        folder = path if path.is_dir() else path.parent
        try:
            names = course_in(folder).names
        except (SessionError, OSError) as error:
            yield path, str(error)
            continue
        if not names:
            yield path, f"{folder}: no lesson is in it. Lessons are files *{SUFFIX}."
        yield from ((folder / f"{name}{SUFFIX}", "") for name in names)


def check(path: Path, seeds: int = SEEDS) -> Report:
    """Play a lesson in some of its variants.

    Raises:
        SessionError, OpenError, ConditionError: It cannot be read or played.
    """
    lesson = load(path)
    count = seeds if lesson.is_varied else 1
    begin = first_line(read_text(path), ("branch", 0, "steps"))
    found: list[str] = []
    for seed in range(count):
        one = lesson if seed == 0 else load(path, seed)
        found += [_told(path.name, begin, one, each) for each in problems(one)]
    return Report(
        file=path.name,
        title=lesson.title,
        pages=len(lesson.pages),
        questions=checked_kinds(lesson),
        seeds=count,
        problems=tuple(found),
    )


def _told(name: str, begin: int, lesson: Lesson, one: Problem) -> str:
    where = name if one.line is None else f"{name}:{begin + one.line}"
    which = f"question {one.question}: " if one.question else ""
    seed = f" (seed {lesson.seed})" if lesson.is_varied else ""
    return f"{where}: {which}{one.message}{seed}"


def _lines(report: Report) -> Iterator[str]:
    asked = sum(report.questions.values())
    passes = "passes" if not report.problems else plural(len(report.problems), "problem")
    variants = f", {plural(report.seeds, 'variant')}" if report.seeds > 1 else ""
    yield f"{report.file}: {passes}: {plural(asked, 'question')}{variants}"
    for one in report.problems:
        yield f"  {one}"
