"""Courses: folders of lessons with an order. The program's own is in resources/lessons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relayviz.model import plain
from relayviz.model.lesson.file import load, loads
from relayviz.model.plain import PlainError
from relayviz.model.session.file import SUFFIX, SessionError, read_as, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from relayviz.model.lesson.lesson import Lesson

ORDER = "course.toml"
MAX_LESSONS, MAX_TEXT = 1000, 200
KEY, VERSION = "relayviz_course", 1
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Course:
    """A course.

    Attributes:
        title: What it is called.
        names: Its lessons in order, by the names of their files without suffix.
        folder: Where they lie; None: they come with the program.
    """

    title: str
    names: tuple[str, ...]
    folder: Path | None = None

    def load(self, name: str, seed: int = 0) -> Lesson:
        """Read a lesson of it.

        Raises:
            SessionError: It cannot be read, or is none.
        """
        if self.folder is not None:
            return load(self.folder / f"{name}{SUFFIX}", seed)
        return loads(own_text(name), f"{name}{SUFFIX}", seed)

    def after(self, name: str) -> str:
        """Return which lesson comes next; empty: that was the last, or is none of it."""
        at = self.names.index(name) + 1 if name in self.names else len(self.names)
        return self.names[at] if at < len(self.names) else ""


def own_text(name: str) -> str:
    """Return the text of a lesson that comes with the program; FileNotFoundError: none does."""
    folder = files("relayviz") / "resources" / "lessons"
    return folder.joinpath(name + SUFFIX).read_text(encoding="utf-8")


def capture_path(lesson: Lesson, name: str) -> Path | None:
    """Return the capture that a lesson shows; None: it lies neither beside it nor with the program.

    Args:
        lesson: The lesson.
        name: A file's name, without folders.
    """
    if not _NAME.fullmatch(name):
        return None
    own = Path(str(files("relayviz") / "resources" / "captures"))
    folders = (own,) if lesson.folder is None else (lesson.folder, own)
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


@cache
def own_course() -> Course:
    """Return the course that comes with the program."""
    folder = files("relayviz") / "resources" / "lessons"
    text = folder.joinpath(ORDER).read_text(encoding="utf-8")
    there = [one.name.removesuffix(SUFFIX) for one in folder.iterdir() if one.name.endswith(SUFFIX)]
    return read_as(text, ORDER, lambda values: _read(values, there, None))


def course_in(folder: Path) -> Course:
    """Return the course that a folder is: in the order of its course.toml, or of the names.

    Raises:
        SessionError: The folder or its course.toml cannot be read.
    """
    try:
        there = sorted(
            path.name.removesuffix(SUFFIX)
            for path in folder.iterdir()
            if path.name.endswith(SUFFIX) and path.is_file()
        )
    except OSError as error:
        raise SessionError(folder.name, None, "", f"{error.strerror}.") from error
    if not (folder / ORDER).is_file():
        return Course(folder.name, tuple(there[:MAX_LESSONS]), folder)
    return read_as(read_text(folder / ORDER), ORDER, lambda values: _read(values, there, folder))


def _read(values: Mapping[str, Any], there: Sequence[str], folder: Path | None) -> Course:
    missing = f"This is no course: it does not say {KEY} = {VERSION}."
    plain.version(values, KEY, VERSION, missing)
    plain.table(values, (), (KEY, "title", "lessons"))
    listed = plain.items(values.get("lessons", []), ("lessons",), MAX_LESSONS)
    names = [plain.text(one, ("lessons", at), MAX_TEXT) for at, one in enumerate(listed)]
    for at, name in enumerate(names):
        if name not in there:
            raise PlainError(("lessons", at), f"There is no file {name}{SUFFIX} beside it.")
        if name in names[:at]:
            raise PlainError(("lessons", at), f"{name} is listed twice: leave one out.")
    usual = "Course" if folder is None else folder.name
    return Course(
        plain.text(values.get("title", usual), ("title",), MAX_TEXT), tuple(names), folder
    )
