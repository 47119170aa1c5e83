"""The small notations of the command line: times, rates, sizes, breaks."""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.model.channel.state import LOSSES
from relayviz.model.load.file import LoadError, recorded_sizes, text_of
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    BreakOn,
    Counter,
    SizeKind,
    Sizes,
)
from relayviz.model.plain import digits

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECONDS = {
    "": 1.0,
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
}
_THOUSANDS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_BYTES = {"": 1, "K": 1 << 10, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_CONDITIONS = ("full", "lapped", "torn", "twice", "torn_records")
_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"


class UsageError(Exception):
    """What was asked for cannot be done; says why and what would be right."""


def duration(text: str) -> float:
    """Return seconds: 10s, 500ms, 2m; a plain number is seconds."""
    return _with_unit(text, _SECONDS, "a time such as 10s, 500ms or 2m")


def rate(text: str) -> float:
    """Return events a second: 50000, 50k, 2.5M; max: as fast as it goes."""
    if text == "max":
        return AS_FAST_AS_IT_GOES
    return _with_unit(text, _THOUSANDS, "a rate such as 50000, 50k, 2.5M or max")


def size(text: str) -> int:
    """Return bytes: 4096, 4K, 1M (as large memory sizes are given: of 1024)."""
    found = _with_unit(text, _BYTES, "a number of bytes such as 4096, 4K or 1M")
    if found != int(found):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of bytes")
    return int(found)


def whole(text: str) -> int:
    """Return a whole number of 0 or more."""
    number = digits(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 0 or more")
    return number


def event_sizes(text: str) -> Sizes:
    """Return how sizes are drawn: 64, 16-96, exp:90 (16 B to 10 times 90), exp:90:16-400, @FILE."""
    if text.startswith("@"):
        return _from_file(Path(text[1:]))
    if match := re.fullmatch(r"(?:exp:(\d+):)?(\d+)-(\d+)", text):
        mean, smallest, largest = match.groups()
        kind = SizeKind.UNIFORM if mean is None else SizeKind.EXPONENTIAL
        found = Sizes(kind, int(smallest), int(largest), int(mean or smallest))
    elif match := re.fullmatch(r"exp:(\d+)", text):
        mean_size = int(match[1])
        found = Sizes(SizeKind.EXPONENTIAL, min(16, mean_size), 10 * mean_size, mean_size)
    elif (one := digits(text)) is not None:
        found = Sizes(smallest=one, largest=one, mean=one)
    else:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size: give 64, 16-96, exp:90, exp:90:16-400 or @FILE"
        )
    if problem := found.problem():
        raise argparse.ArgumentTypeError(problem)
    return found


def _from_file(path: Path) -> Sizes:
    try:
        return Sizes(SizeKind.LIST, recorded=recorded_sizes(text_of(path)))
    except LoadError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error}") from error


def burst(text: str) -> tuple[float, float]:
    """Return seconds of writing and of silence: 20ms/80ms."""
    return _pair(text, "/", "seconds of writing and of silence, such as 20ms/80ms")


def stall(text: str) -> tuple[float, float]:
    """Return how long the consumer stays away and how often: 1s/5s."""
    return _pair(text, "/", "how long and how often, such as 1s/5s")


def break_on(texts: Iterable[str]) -> BreakOn:
    """Return what stops the run.

    Args:
        texts: Each one of: lost, the name of a loss, full, lapped, torn, twice,
            torn_records, COUNTER>=N, cpu=N.

    Raises:
        argparse.ArgumentTypeError: One is none of these.
    """
    found = BreakOn()
    for text in texts:
        found = _also(found, text.replace(" ", ""))
    return found


def _also(found: BreakOn, text: str) -> BreakOn:
    if text == "lost":
        return replace(found, losses=frozenset(LOSSES))
    if text in LOSSES:
        return replace(found, losses=found.losses | {text})
    if text in _CONDITIONS:
        return replace(found, **{text: True})  # type: ignore[arg-type]
    if match := re.fullmatch(r"cpu=(\d+)", text):
        return replace(found, cpu=int(match[1]))
    if match := re.fullmatch(rf"({'|'.join(Counter)})>=([1-9]\d*)", text):
        return replace(found, counter=Counter(match[1]), value=int(match[2]))
    known = ", ".join(("lost", *LOSSES, *_CONDITIONS, *(f"{one}>=N" for one in Counter), "cpu=N"))
    raise argparse.ArgumentTypeError(f"{text!r} stops nothing; known: {known}")


def _with_unit(text: str, units: dict[str, float] | dict[str, int], what: str) -> float:
    names = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    match = re.fullmatch(rf"{_NUMBER}\s*({names})", text.strip(), re.ASCII)
    if match is None or not math.isfinite(float(match[1])):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return float(match[1]) * units[match[2]]


def _pair(text: str, between: str, what: str) -> tuple[float, float]:
    first, found, second = text.partition(between)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return duration(first), duration(second)
