"""Colours and signs for a terminal, and their plain counterparts.

Colour never stands alone: each kind of cell has a sign of its own, so that the picture says the
same without colours (NO_COLOR, a pipe) and without Unicode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

Kind = Literal["event", "event2", "read", "padding", "free", "loss", "title"]

# the terminal's own palette: it fits its theme, light or dark
_COLOURS: dict[Kind, str] = {
    "event": "36;1",
    "event2": "34;1",
    "read": "2",
    "padding": "33",
    "free": "2",
    "loss": "33;1",
    "title": "1",
}


@dataclass(frozen=True)
class Signs:
    """The characters that pictures are made of."""

    event: str
    read: str
    padding: str
    free: str
    side: str
    top: tuple[str, str, str]  # left, between, right
    bottom: tuple[str, str, str]
    level: str
    writer: str
    reader: str
    rule: str
    bullet: str


UNICODE = Signs(
    event="━",
    read="╌",
    padding="░",
    free="·",
    side="│",
    top=("┌", "┬", "┐"),
    bottom=("└", "┴", "┘"),
    level="─",
    writer="▲",
    reader="△",
    rule="─",
    bullet="•",
)
ASCII = Signs(
    event="=",
    read="-",
    padding="/",
    free=".",
    side="|",
    top=("+", "+", "+"),
    bottom=("+", "+", "+"),
    level="-",
    writer="W",
    reader="R",
    rule="-",
    bullet="*",
)


@dataclass(frozen=True)
class Pen:
    """How to draw on one stream."""

    colour: bool
    signs: Signs

    @classmethod
    def for_stream(cls, stream: TextIO, environment: Mapping[str, str]) -> Pen:
        """Colours on a terminal, unless NO_COLOR is set; Unicode where it can be written."""
        colour = (
            stream.isatty()
            and not environment.get("NO_COLOR")
            and environment.get("TERM", "dumb") != "dumb"
        )
        try:
            repr(UNICODE).encode(stream.encoding or "ascii")
        except (LookupError, UnicodeEncodeError):
            return cls(colour, ASCII)
        return cls(colour, UNICODE)

    def paint(self, kind: Kind, text: str) -> str:
        """The text in the colour of its kind, or as it is."""
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if self.colour and text else text
