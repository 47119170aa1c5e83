"""What became of files that somebody wanted to open as captures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.engine.protocol import Engine


@dataclass(frozen=True, slots=True)
class OpenedCapture:
    """A capture that was opened.

    Attributes:
        engine: Shows it.
        title: What it is called.
        paths: Its files.
    """

    engine: Engine
    title: str
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class OpenedFiles:
    """The captures of some files.

    Attributes:
        captures: Those that were opened.
        refused: Files that belong to none, each with the reason.
    """

    captures: tuple[OpenedCapture, ...]
    refused: tuple[tuple[Path, str], ...] = ()

    def close(self) -> None:
        """Let go of all of them: nobody wants them any more."""
        for one in self.captures:
            one.engine.close(0.0)
