"""The notations of the command line."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

import pytest

from relayviz.live import notation
from relayviz.model.channel.state import LOSSES
from relayviz.model.load.load import BreakOn, Counter, SizeKind, Sizes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (notation.duration, "10s", 10.0),
        (notation.duration, "500ms", 0.5),
        (notation.duration, "2m", 120.0),
        (notation.duration, "1.5", 1.5),
        (notation.duration, "20 us", pytest.approx(20e-6)),
        (notation.rate, "50k", 50_000.0),
        (notation.rate, "2.5M", 2.5e6),
        (notation.rate, "max", math.inf),
        (notation.size, "4K", 4096),
        (notation.size, "100", 100),
        (notation.whole, "7", 7),
        (notation.event_sizes, "40", Sizes(smallest=40, largest=40, mean=40)),
        (notation.event_sizes, "16-96", Sizes(SizeKind.UNIFORM, 16, 96, 16)),
        (notation.event_sizes, "exp:90", Sizes(SizeKind.EXPONENTIAL, 16, 900, 90)),
        (notation.event_sizes, "exp:90:20-400", Sizes(SizeKind.EXPONENTIAL, 20, 400, 90)),
        (notation.burst, "20ms/80ms", (0.02, 0.08)),
        (notation.stall, "1s/5s", (1.0, 5.0)),
    ],
)
def test_what_a_word_means(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (notation.duration, "soon"),
        (notation.duration, "-1s"),
        (notation.duration, "1d"),
        (notation.duration, "1e9"),
        (notation.rate, "fast"),
        (notation.rate, "inf"),
        (notation.size, "1.3"),
        (notation.size, "4KB"),
        (notation.whole, "-1"),
        (notation.whole, "٣"),
        (notation.event_sizes, "8"),
        (notation.event_sizes, "96-16"),
        (notation.event_sizes, "exp:3"),
        (notation.event_sizes, "@no-such-file"),
        (notation.burst, "20ms"),
    ],
)
def test_what_is_no_word(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        read(text)


def test_recorded_sizes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "sizes.txt"
    path.write_text("64\n128\n", encoding="utf-8")
    assert notation.event_sizes(f"@{path}").recorded == (64, 128)
    path.write_text("64\nx\n", encoding="utf-8")
    with pytest.raises(argparse.ArgumentTypeError, match=r"line 2"):
        notation.event_sizes(f"@{path}")


def test_what_stops_a_run() -> None:
    assert notation.break_on([]) == BreakOn()
    assert notation.break_on(["lost"]) == BreakOn(losses=frozenset(LOSSES))
    assert notation.break_on(["too_big", "torn", "cpu=3"]) == BreakOn(
        losses=frozenset({"too_big"}), torn=True, cpu=3
    )
    assert notation.break_on(["torn_records"]) == BreakOn(torn_records=True)
    assert notation.break_on(["ready >= 4"]) == BreakOn(counter=Counter.READY, value=4)
    with pytest.raises(argparse.ArgumentTypeError, match="known: lost, refused_full"):
        notation.break_on(["boredom"])
