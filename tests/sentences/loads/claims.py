"""What sentences about loads claim, held against what was counted in the same run or in another.

Each claim is a pattern and a function that gives the numbers which stand at its marks: # is a
number, @ a number of bytes with its unit, ~ a time with its unit.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.model.numbers import THIN
from tests.sentences.loads.runs import Ran, ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Numbers = tuple[float, ...]
    Claim = Callable[[Ran], Numbers]

CLOSE = 0.06  # numbers are told with two digits
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "s": 1, "ms": 1e-3, "µs": 1e-6}
_NUMBER = rf"(\d[\d{THIN}]*(?:\.\d+)?)"
_MARKS = {"#": _NUMBER, "@": rf"{_NUMBER} (B|KiB|MiB|GiB)", "~": rf"{_NUMBER} (s|ms|µs)\b"}


def numbers_at(pattern: str, text: str) -> Iterator[Numbers]:
    """Give the numbers at the marks of a pattern, each time that it is met."""
    for mark, meant in _MARKS.items():
        pattern = pattern.replace(mark, meant)
    for found in re.finditer(pattern, text):
        values: list[float] = []
        for part in found.groups():
            if part in UNITS:
                values[-1] *= UNITS[part]
            elif part is not None:
                values.append(float(part.replace(THIN, "")))
        yield tuple(values)


def _shared(run: Ran) -> Numbers:
    consumed = int(run.snapshot.buffers["consumed"][0])
    return consumed - run.totals["reported"], consumed


def _left_out(run: Ran) -> Numbers:
    every = run.totals["forgotten"] + run.totals["reports"]
    return every // run.load.reading.forget_every, every


def _ready(run: Ran) -> Numbers:
    return float(run.snapshot.buffers["produced"][0]), run.config.n_subbufs


def _ignored(run: Ran) -> Numbers:
    """A consumer that reports more than there are has each report ignored."""
    return run.totals["reports"], run.totals["reports"], run.config.n_subbufs


def _away(run: Ran) -> Numbers:
    reading = run.load.reading
    return max(reading.stall, reading.pace) + (reading.pace if reading.stall else 0), reading.pace


def _share_taken(run: Ran) -> Numbers:
    account = run.snapshot.account(0)
    tried = account["attempted"].bytes
    return 100 * account["consumed"].bytes / tried, tried / run.seconds


def _held(run: Ran) -> Numbers:
    """Events of finished sub-buffers, the mean, times sub-buffers; and how many fill them."""
    stored = int(run.snapshot.buffers["file_size"][0]) / int(run.snapshot.buffers["produced"][0])
    event = run.load.writing.sizes.smallest
    return (
        int(stored * run.config.n_subbufs / event + 0.5),
        run.config.subbuf_size // event * run.config.n_subbufs,
    )


def _padding(run: Ran) -> Numbers:
    account = run.snapshot.account(0)["attempted"]
    left = share_unused(run)
    return account.bytes / account.events, left * run.config.subbuf_size, 100 * left


def share_unused(run: Ran) -> float:
    """The share of finished sub-buffers without events."""
    buffer = run.snapshot.buffers
    return 1 - int(buffer["file_size"][0]) / (int(buffer["produced"][0]) * run.config.subbuf_size)


def _count(name: str) -> Claim:
    return lambda run: (run.totals[name],)


def _one_only(run: Ran) -> Numbers:
    """No number stands there; there is none either where there is one sub-buffer."""
    return () if run.config.n_subbufs == 1 else (run.config.n_subbufs,)


def _n(run: Ran) -> Numbers:
    return (run.config.n_subbufs,)


def _displaced(run: Ran) -> Numbers:
    displaced, whole = run.totals["displaced"], run.totals["intact"]
    return displaced, 100 * displaced / (whole + run.totals["torn"])


CLAIMS: dict[str, Claim] = {
    "# events? (?:refused|overwritten)": lambda run: (run.crowded_out,),
    "# of # sub-buffers? consumed were released by others": _shared,
    "left out # of # reports?": _left_out,
    "has not reported for ~": lambda run: (run.seconds,),
    "# sub-buffers? counts? as ready, there (?:are|is) #": _ready,
    "It has read # events?": _count("intact"),
    "# of # reports? ignored: each named more than the # sub-buffers?": _ignored,
    "since the last call, at most #": _n,
    "away for up to ~, else it comes every ~": _away,
    "[Ii]t comes every ~, up": lambda run: (run.load.reading.pace,),
    "takes # % of the @/s": _share_taken,
    "# sub-buffers every": lambda run: (run.load.reading.batch,),
    "has taken nothing in ~": lambda run: (run.seconds if not run.events("consumed") else -1,),
    "lapped every ~": lambda run: (run.seconds / run.totals["lapped"],),
    "all # sub-buffers are full": _n,
    "its only sub-buffer is full": _one_only,
    "[Ee]ach (?:takes the only one|switch wipes)": _one_only,
    "nothing fits while it waits": _one_only,
    "# sub-buffers hold @": lambda run: (run.config.n_subbufs, _fills(run)),
    "finished # sub-buffers? without an event": _count("flushed_empty"),
    "each takes one of #": _n,
    "room for # events?, not #": _held,
    r"# events? \(# % of those read\) torn: not by the writer": _displaced,
    "# events? in sub-buffers released before": lambda run: (run.events("released_unread"),),
    "gave @ without the beginning of an event": _count("unwritten"),
    "# events? a second time": _count("twice"),
    r"Events of @ \(the mean\) leave @ \(# %\)": _padding,
}  # fmt: skip


def _fills(run: Ran) -> float:
    buffer = run.snapshot.buffers
    return run.config.n_subbufs * int(buffer["file_size"][0]) / int(buffer["produced"][0])


def wrong(run: Ran, text: str) -> list[str]:
    """Return what a sentence claims of a run and what does not hold; a claim at least is met."""
    found = [
        f"{pattern}: told {told}, counted {due(run)}: {text}"
        for pattern, due in CLAIMS.items()
        for told in numbers_at(pattern, text)
        if not alike(told, due(run))
    ]
    return found + list(_less_than_all(run, text)) + list(_other_size(run, text))


def alike(told: Numbers, due: Numbers) -> bool:
    """Return whether numbers are those that were told, as they are rounded there."""
    pairs = list(zip(told, due, strict=False))
    return len(told) == len(due) and all(
        abs(one - other) <= max(CLOSE * abs(other), 0.5 if one == int(one) else 0.05)
        for one, other in pairs
    )


def _less_than_all(run: Ran, text: str) -> Iterator[str]:
    """What one cause explains is less than all that was lost."""
    for (part,) in numbers_at("# of them because", text):
        if not 0 < part < run.crowded_out:
            yield f"{part} of {run.crowded_out}: {text}"


def _other_size(run: Ran, text: str) -> Iterator[str]:
    """A size that is said to waste little does: the load is run on it."""
    for size, percent in numbers_at("Sub-buffers of @ would waste about # %", text):
        wide = ran(replace(run.config, subbuf_size=int(size)), run.load, run.seconds)
        if not percent / 2 < 100 * share_unused(wide) < percent * 2:
            yield f"wastes {share_unused(wide)}: {text}"


def met(text: str) -> int:
    """Return how many claims are met in a text."""
    return sum(bool(list(numbers_at(pattern, text))) for pattern in CLAIMS)
