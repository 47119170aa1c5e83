"""`relayviz inside FILE --stamp`: which code of the core a schedule was played with, kept in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError

from relayviz import relay
from relayviz.engines.inside.code import lines_of
from relayviz.model.files import write
from relayviz.model.session.file import SessionError, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.inside.play import Played


def stamp(path: Path, played: Played) -> None:
    """Write into a session's file what it was played with; all else in it stays as it is.

    Args:
        path: The file.
        played: What came of playing it.

    Raises:
        SessionError: It is written in a way in which that cannot be put into it.
        OSError: It cannot be written.
    """
    text = read_text(path)
    try:
        document = tomlkit.parse(text)
        inside = document["inside"]
        inside["digest"] = relay.CODE_DIGEST
        lines = "\n".join(lines_of(played.functions))
        # as a person writes it: tomlkit begins a text of several lines behind the quotes
        inside["code"] = tomlkit.parse(f'code = """\n{lines}\n"""')["code"]
        content = tomlkit.dumps(document)
    except (TOMLKitError, KeyError, TypeError) as error:
        raise SessionError(path.name, None, "inside", f"It cannot be stamped: {error}") from error
    write(path, content)
