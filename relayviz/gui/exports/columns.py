"""How the columns of a table share a width, and how a text is wrapped. Plain figures: no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def shared(needs: Sequence[float], room: float) -> list[float]:
    """Return the widths of columns: what each needs, or the widest share what the others leave.

    Args:
        needs: The width that each would like.
        room: What there is for all together.
    """
    widths, left = [0.0] * len(needs), room
    order = sorted(range(len(needs)), key=lambda place: needs[place])
    for done, place in enumerate(order):
        widths[place] = min(needs[place], left / (len(needs) - done))
        left -= widths[place]
    return widths


def wrapped(text: str, measure: Callable[[str], float], width: float) -> list[str]:
    """Return a text in lines that are no wider than so many pixels; a word that is, is split.

    Args:
        text: One paragraph.
        measure: Gives the width of a text.
        width: In the same unit.
    """
    if measure(text) <= width:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = split(word, measure, width)
        lines.extend(whole)
    return [*lines, line] if line or not lines else lines


def split(word: str, measure: Callable[[str], float], width: float) -> list[str]:
    """Return a word in pieces that fit; one letter is a piece, however wide it is."""
    pieces, piece = [], ""
    for letter in word:
        if piece and measure(piece + letter) > width:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]
