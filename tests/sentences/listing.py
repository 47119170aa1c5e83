"""Writes docs/sentences.md: every sentence in the code, and where it was heard.

python -m tests.sentences.listing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sentences.catalogue import examples
from tests.sentences.collect import ROOMS, ROOT, meanings, notes, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.sentences.catalogue import Heard
    from tests.sentences.collect import Said

DOCUMENT = ROOT / "docs" / "sentences.md"
NOT_SEEN = "**not seen**"
LOADS = "Findings"
_TWO = "two actors at once: not step by step"
_LIVE = "Live"
_CAPTURE = "a capture"
ELSEWHERE = {
    "Write it after the write that was under way.": _TWO,
    "Stop writing before the channel is closed.": _TWO,
    "Lost, {length} B: a write to this buffer was under way.": _TWO,
    "There is not enough memory for that: give a smaller number of bytes.": "no memory left",
    "how many events were lost is {NOT_KNOWN}": "a kernel of more than 8 CPUs",
    "No channel is open. Ctrl+N opens one.": "nothing open",
    "The counters of each CPU stand here when a channel is open.": "nothing open",
    "Counters of each CPU": "the name of a table",
    ", … ({grouped} in all)": "more than 32 files",
    "{cpu_title}: {finished} finished; consumed: {NOT_KNOWN}": _CAPTURE,
    "{count} finished, consumed: {NOT_KNOWN}": _CAPTURE,
    "{words}; what stands there is not known and shown as 0": _CAPTURE,
    "{AT_LEAST}at least so many.": _CAPTURE,
    ", inferred": _CAPTURE,
    "Inferred from the losses, if nobody flushed": _CAPTURE,
    ", assumed": _CAPTURE,
    "The capture does not tell; assumed": _CAPTURE,
    "{grouped} more {…} lost by step {depth}": "a line of the Log is asked about",
    "{name}: running for {seconds} s.{space}": _LIVE,
    "Space pauses.": _LIVE,
    "Space goes on,": _LIVE,
    "{name}: stopped at {seconds} s: {what}.": _LIVE,
    "{name}: paused at {seconds} s. {space}F11 steps from here.": _LIVE,
}
"""What no session of single steps can say, and in which state it is said."""
HEAD = """\
# Every sentence

What findings, Why, Fate, Log, Compare and the pictures can say, collected from the code by
`python -m tests.sentences.listing`; a test fails where this page is not what that writes. In braces
stands the name of what is put in; parts of sentences stand by themselves. Beside each is the first
session or load in which it was heard.

**What is held against what.** Sessions are done a second time on the reference (`tests/reference`),
with plain books of what was put where and what was read. `tests/sentences/log_claims` checks every
sentence of the Log, `event_claims` those of Fate, Why and Compare about events, sub-buffers and
gaps, `window_claims` what status bar, Channel dock, counters and the tooltips of rings say of a
state: in all sessions named here, and in those that hypothesis makes (`test_search`). Numbers of
Why about figures are checked by `tests/engines/test_why`. Loads run on the simulated clock, but for
three that need real threads: `tests/sentences/loads/claims` holds the numbers of findings against
what was counted, in loads named here, `test_causes` and `test_sentences` of `tests/engines`
against plain arithmetic. Where advice is confirmed by running, that run is played.
What the pictures say of bytes, and of a kernel's channels, is collected here; `tests/gui` and
`tests/kernel` look at some.
What was heard in no session is said to be not seen: nobody has looked whether it is true.
"""


def document() -> str:
    """Return the page."""
    known, found = sentences(), examples()
    rows = {one: _where(one, found) for one in known}
    parts = [HEAD, _summary(known, rows)]
    for room in ROOMS:
        mine = [one for one in known if one.room == room]
        parts.append(f"## {room}\n\n" + _table(mine, rows))
    parts.append(
        "## Meanings\n\nWhat words and columns mean; these are no claims about a state.\n\n"
        + _list(meanings())
    )
    parts.append(
        "## Notices and tooltips of the window\n\nThose that are written where they are shown;"
        " others are made of the sentences above. tests/gui/test_told has those of runs and losses."
        "\n\n" + _list(notes())
    )
    return "\n".join(parts)


def _where(one: Said, found: Sequence[Heard]) -> str:
    """Say where it was heard first; findings are heard of loads alone."""
    may = (heard for heard in found if heard.of_load or one.room != LOADS)
    elsewhere = ELSEWHERE.get(" ".join(one.text.split()))
    unheard = NOT_SEEN if elsewhere is None else f"not in sessions; {elsewhere}"
    return next((heard.where for heard in may if one.is_in(heard.text)), unheard)


def _summary(known: Sequence[Said], rows: dict[Said, str]) -> str:
    lines = ["| shown by | sentences | seen | not seen |", "|---|---|---|---|"]
    for room in ROOMS:
        mine = [rows[one] for one in known if one.room == room]
        missing = sum(one == NOT_SEEN or one.startswith("not in") for one in mine)
        lines.append(f"| {room} | {len(mine)} | {len(mine) - missing} | {missing} |")
    return "\n".join(lines) + "\n"


def _table(known: Sequence[Said], rows: dict[Said, str]) -> str:
    lines = ["| sentence | heard in |", "|---|---|"]
    lines += [f"| {_plain(one.text)} | {rows[one]} |" for one in known]
    return "\n".join(lines) + "\n"


def _list(known: Sequence[Said]) -> str:
    return "\n".join(f"- {_plain(one.text)}" for one in known) + "\n"


def _plain(text: str) -> str:
    """Return a text as it stands, whatever a page could take for marks of its own."""
    for mark in "\\|*_<[]":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
