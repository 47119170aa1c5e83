"""Sessions as TOML files: reading with every mistake named by line and field, and writing.

docs/session-format.md is the description for people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from relayviz.model import toml
from relayviz.model.files import write
from relayviz.model.kernel.texts import printable
from relayviz.model.plain import PlainError
from relayviz.model.session.line import LineInTextError
from relayviz.model.session.reading import read_session
from relayviz.model.session.toml_lines import first_line, line_of
from relayviz.model.session.writing import plain_session
from relayviz.model.toml import TomlError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from relayviz.model.session.session import Session

Made = TypeVar("Made")
SUFFIX = ".relay.toml"
MAX_FILE = 64 * 2**20  # bytes
HEADING = "# A session of relayviz; docs/session-format.md describes the format.\n"


class SessionError(Exception):
    """A file that cannot be used.

    Attributes:
        path: The file's name.
        line: Where, from 1; None: the whole.
        field: Which value, such as "channel.n_subbufs"; empty: the whole.
        message: What is wrong and what would be right.
    """

    def __init__(self, path: str, line: int | None, field: str, message: str) -> None:
        name = printable(path)
        where = name if line is None else f"{name}:{line}"
        super().__init__(": ".join(part for part in (where, field, message) if part))
        self.path, self.line, self.field, self.message = path, line, field, message


def load(path: Path) -> Session:
    """Read a session file.

    Raises:
        SessionError: It cannot be read, or is no session.
    """
    return loads(read_text(path), path.name)


def read_text(path: Path) -> str:
    """Return what is in a session file.

    Raises:
        SessionError: It cannot be read, or is no text of that length.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise SessionError(path.name, None, "", f"{error.strerror}.") from error
    if len(data) > MAX_FILE:
        message = f"It is larger than {MAX_FILE >> 20} MiB: this is no session."
        raise SessionError(path.name, None, "", message)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SessionError(path.name, line, "", "This is no UTF-8 text.") from error


def loads(text: str, name: str = "session") -> Session:
    """Read a session from a text.

    Args:
        text: The text.
        name: What errors call it.

    Raises:
        SessionError: It is no session.
    """
    return read_as(text, name, read_session)


def read_as(text: str, name: str, read: Callable[[Mapping[str, Any]], Made]) -> Made:
    """Read something from a text of TOML.

    Args:
        text: The text.
        name: What errors call it.
        read: Makes it of the values; its PlainErrors get name and line.

    Raises:
        SessionError: It is no TOML, or `read` takes it for none.
    """
    text = text.replace("\r\n", "\n")
    try:
        values = toml.loads(text)
    except TomlError as error:
        raise SessionError(name, error.line, "", error.message) from error
    try:
        return read(values)
    except LineInTextError as error:
        line = first_line(text, error.path) + error.line
        raise SessionError(name, line, error.field, error.message) from error
    except PlainError as error:
        line = line_of(text, error.path)
        raise SessionError(name, line, error.field, error.message) from error


def dumps(session: Session) -> str:
    """Return a session as text that loads reads."""
    return HEADING + toml.dumps(plain_session(session))


def save(session: Session, path: Path) -> None:
    """Write a session so that at any moment either the old file or the new one is there.

    A link stays one, and who may read the file stays as it was.

    Raises:
        OSError: It could not be written; the old file is as it was.
    """
    write(path, dumps(session))
