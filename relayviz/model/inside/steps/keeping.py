"""Files of sessions inside operations that others write too; as model.session.keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError

from relayviz.model.inside.file import loads
from relayviz.model.inside.writing import dumps, plain_inside
from relayviz.model.session.commented import put_all
from relayviz.model.session.file import SessionError
from relayviz.model.session.keeping import keep_text, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from relayviz.model.inside.program import InsideSession
    from relayviz.model.session.keeping import Known


def keep(
    session: InsideSession,
    schedule: Sequence[str],
    path: Path,
    known: Known | None,
    stops: Collection[str],
    *,
    overwrite: bool = False,
) -> Known:
    """Write a session to a file, with the comments of the one that it came from.

    Args:
        session: The session.
        schedule: Its lines; a schedule that is another one loses the comments in it.
        path: The file; it is there as a whole or as it was.
        known: The file that it came from, or was saved to last; None: there is none.
        stops: The names of stops that there are.
        overwrite: Write even though somebody else changed it.

    Raises:
        ChangedError: It is not as it was known.
        OSError: It could not be written; the old file is as it was.
    """
    before = None if known is None else text_of(known.path)
    text = written(session, schedule, before, stops)
    return keep_text(text, path, known, overwrite=overwrite)


def written(
    session: InsideSession, schedule: Sequence[str], before: str | None, stops: Collection[str]
) -> str:
    """Return a session as a text that loads reads.

    Args:
        session: The session.
        schedule: Its lines.
        before: The text that it came from: its comments stay; None: there is none.
        stops: The names of stops that there are.
    """
    text = dumps(session, schedule)
    if before is None or "#" not in before:
        return text
    before = before.replace("\r\n", "\n")
    try:
        document = tomlkit.parse(before)
        old, new = loads(before, stops), loads(text, stops)
        put_all(document, plain_inside(old), plain_inside(new))
        merged = tomlkit.dumps(document)
        if plain_inside(loads(merged, stops)) == plain_inside(new):
            return merged
    except (SessionError, TOMLKitError, KeyError, ValueError, TypeError, IndexError):
        pass  # it is written in an unusual way, or somebody made something else of it
    return text
