"""What is to be written of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.lesson.lesson import Lesson
    from relayviz.model.session.session import Session


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written.

    Attributes:
        session: The session.
        clients: Its subbuf_starts in Python, confirmed.
        branch: The place of a branch in Session.lines.
        theme: The name of the colours.
        scale: How much larger than usual a PNG is.
        lesson: The lesson that the session is; None: it is none.
    """

    session: Session
    clients: tuple[SubbufStart, ...]
    branch: int
    theme: str
    scale: int
    lesson: Lesson | None = None
