"""Files of sessions that others write too: no save takes away what it has not seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.files import NewFile
from relayviz.model.session.commented import rewritten
from relayviz.model.session.file import HEADING, SessionError, dumps, loads, read_text
from relayviz.model.session.writing import plain_session

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.session.session import Session


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when it was last read or written here.

    Attributes:
        path: The file, an absolute path.
        digest: Of its content.
    """

    path: Path
    digest: str


class ChangedError(Exception):
    """Somebody else wrote the file meanwhile; nothing was written.

    Attributes:
        theirs: What it holds now.
        ours: What would have been written.
    """

    def __init__(self, path: Path, theirs: str, ours: str) -> None:
        super().__init__(f"{path.name} was changed by somebody else since it was read or saved.")
        self.theirs, self.ours = theirs, ours


def load_known(path: Path) -> tuple[Session, Known]:
    """Read a session file, and remember how it was.

    Raises:
        SessionError: It cannot be read, or is no session.
    """
    text = read_text(path)
    return loads(text, path.name), known_as(path, text)


def known_as(path: Path, text: str) -> Known:
    """Return a file as it is now known, with what was read of it or written to it."""
    return Known(path.absolute(), _digest(text))


def keep(
    session: Session, path: Path, known: Known | None = None, *, overwrite: bool = False
) -> Known:
    """Write a session to a file, with the comments of the one that it came from.

    Args:
        session: The session.
        path: The file; it is there as a whole or as it was.
        known: The file that the session came from, or was saved to last; None: there is none.
        overwrite: Write even though somebody else changed it.

    Returns:
        The file as it is now.

    Raises:
        ChangedError: It is not as it was known.
        OSError: It could not be written; the old file is as it was.
    """
    text = written(session, None if known is None else text_of(known.path))
    return keep_text(text, path, known, overwrite=overwrite)


def keep_text(
    text: str, path: Path, known: Known | None = None, *, overwrite: bool = False
) -> Known:
    """Write a text as `keep` writes a session."""
    with NewFile(path) as file:
        file.write(text)
        # looked at last: between this and the taking of its place there is next to no time
        if known is not None and known.path == path.absolute() and not overwrite:
            there = text_of(path)
            if there is not None and _digest(there) not in (known.digest, _digest(text)):
                raise ChangedError(path, there, text)
    return known_as(path, text)


def written(session: Session, before: str | None) -> str:
    """Return a session as a text that loads reads.

    Args:
        session: The session.
        before: The text that it came from: its comments stay; None: there is none.
    """
    if before is None or "#" not in before.removeprefix(HEADING):
        return dumps(session)
    before = before.replace("\r\n", "\n")
    try:
        text = rewritten(before, loads(before), session)
        if text is not None and plain_session(loads(text)) == plain_session(session):
            return text
    except SessionError:
        pass  # somebody made something else of it
    return dumps(session)


def text_of(path: Path) -> str | None:
    """Return what a file holds; None: it is gone, or no text."""
    try:
        return read_text(path)
    except SessionError:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
