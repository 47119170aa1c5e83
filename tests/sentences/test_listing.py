"""The list of sentences is what the code says now, and most of it was heard."""

from __future__ import annotations

from tests.sentences.collect import sentences
from tests.sentences.listing import DOCUMENT, NOT_SEEN, document


def test_the_list_is_what_the_code_says() -> None:
    """Write it again with python -m tests.sentences.listing."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_texts_are_collected_with_what_is_put_in() -> None:
    texts = {one.text for one in sentences()}
    assert "in sub-buffer {current} of cpu {cpu}, from byte {…}" in texts
    assert "Sub-buffer {current} was finished before, with {padding}." in texts
    assert "Ready is what was finished and not yet released; full is n or more." in texts


def test_most_sentences_are_seen() -> None:
    """What chance and named sessions do not reach is told so, and is little."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for room, most in (("Findings", 1), ("Log", 6), ("Why", 4), ("Fate", 0)):
        section = text.split(f"\n## {room}\n")[1].split("\n## ")[0]
        assert section.count(NOT_SEEN) <= most, room
