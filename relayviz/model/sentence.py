"""Words that were a part of a sentence, as one of their own."""

from __future__ import annotations


def as_sentence(words: str) -> str:
    """Return words with a capital and a full stop; empty ones stay so."""
    return f"{words[0].upper()}{words[1:]}." if words else ""
