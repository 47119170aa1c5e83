"""What somebody may have meant who wrote a word that is not known."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_KNOWN = 60  # words in a sentence: a file can define thousands


def meant(word: str, known: Iterable[str]) -> str:
    """Return a sentence for a word that is not known.

    Args:
        word: What was written.
        known: What could have been.

    Returns:
        "Did you mean lost?", or "Known: fill, lost." where nothing is near, or that there is none.
    """
    words = list(known)
    if not words:
        return "There are none here."
    if near := get_close_matches(word, words, 1):
        return f"Did you mean {near[0]}?"
    more = ", …" if len(words) > MOST_KNOWN else ""
    return f"Known: {', '.join(words[:MOST_KNOWN])}{more}."
