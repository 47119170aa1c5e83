"""What the window makes of plain values: words, round numbers and places, around their limits.

It is kept beside tests/told: RELAYVIZ_TOLD=1 python -m pytest tests/gui/driven/test_said.py
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from relayviz.gui.attach import channels as others
from relayviz.gui.bytes.copying import Form, as_text
from relayviz.gui.compare.strip import bit_words
from relayviz.gui.exports.columns import shared, split, wrapped
from relayviz.gui.fate.sentences import subbuf_conservation
from relayviz.gui.findings.card import place
from relayviz.gui.inside import copies
from relayviz.gui.lanes.columns import binned, fitted, grouped_lanes, widened
from relayviz.gui.lanes.range import Range, nice
from relayviz.gui.lanes.stretch import Stretch, spans
from relayviz.gui.load import summary
from relayviz.gui.load.text import (
    rate_text,
    rate_value,
    time_text,
    time_value,
    whole_text,
    whole_value,
)
from relayviz.gui.log.shown import Shown, has_lines, result_of
from relayviz.gui.look import theme
from relayviz.gui.looks import model as looks
from relayviz.gui.looks.panel import words as looks_words
from relayviz.gui.newchannel.form import cpu_list, number
from relayviz.gui.prompts.prompts import whole
from relayviz.gui.rates.rate_panel import _percent
from relayviz.gui.rates.rate_panel import _words as rate_words
from relayviz.gui.rates.scale import Scale, round_up
from relayviz.gui.rings import texts
from relayviz.gui.sweep.heat import colour, ink, luminance
from relayviz.gui.watches.watch import Watch, heights
from relayviz.model.channel.call import Call
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.findings.finding import Finding, Severity
from relayviz.model.history.step import Step
from relayviz.model.inside.scene import NOBODY, Copy
from relayviz.model.kernel.changes import Change
from relayviz.model.kernel.looks import Course, Looks, Sums
from relayviz.model.load.load import Load, ReaderKind, Reading, SizeKind, Sizes, Writing
from relayviz.model.others import OtherChannel, Others, Refused
from tests.told.telling import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RATES = (0.0, 0.5, 1.0, 999.0, 999.9994, 1000.0, 1000.5, 1001.0, 1234.5678, 2500.0, 33_333.0,
         999_999.0, 1e6, 1_000_001.0, 1.5e6, 2.2e6, 1_234_567.0, 1_234_500.5, 1e9,
         math.inf)  # fmt: skip
TIMES = (0.0, 1e-9, 9.9e-7, 1e-6, 1.5e-6, 2.5e-4, 9.99e-4, 1e-3, 1.5e-3, 0.04, 0.999, 1.0, 1.001,
         2.0, 60.0, 3600.0)  # fmt: skip
TYPED = ("", " ", "0", "1", "-1", "+5", "1.5", "500", "35k", "35 K", "2.2M", "2.2 m", "1g", "1e3",
         "1 000", "1\u202f000", "1_0", "k", "nan", "inf", "1e400", "40 ms", "250us", "250 µs", "2s",
         "1.5 min", "min", "4k", "4 KiB", "4kb", "64b", "1M", "1.5k", "1.0005k", "0x10", "0x200",
         "0xb", "0x1b", "0x1B", "1kk", "5x", "٣", "2g", "9223372036854775807",
         "9223372036854775808", "8589934592g", "-2k", "007")  # fmt: skip
STORED = Result(Outcome.STORED, "stored")
LISTED = ("", " ", "0", "0-2, 5", "5,0-2", "2-0", "1-1", "1,,2", "-1", "1-", "a", "1000000000",
          "1000000001", "0-131071", "0-131072", "0-131070,7", "0-131070,7,8", "3-5-7",
          "0 - 1")  # fmt: skip


def said(say: Callable[..., object], inputs: Iterable[object]) -> list[str]:
    """Say what a function makes of each value."""
    return [f"{one!r}: {say(one)!r}" for one in inputs]


def test_what_is_typed_and_what_stands_in_fields() -> None:
    parts = [
        ("rate", said(rate_text, RATES)),
        ("time", said(time_text, TIMES)),
        ("whole", said(whole_text, (0.0, 1.0, 999.0, 1000.0, 1e6))),
        ("typed rate", said(rate_value, TYPED)),
        ("typed time", said(time_value, TYPED)),
        ("typed whole", said(whole_value, TYPED)),
        ("typed number", said(number, TYPED)),
        ("0 to 9", said(lambda text: whole(text, 0, 9), ("", "-1", "0", "9", "10", "x"))),
        ("3 to 3", said(lambda text: whole(text, 3, 3), ("2", "3", "4"))),
    ]
    hold("said-typed", [*parts, ("CPUs", [_short(cpu_list(one), one) for one in LISTED])])


def _short(found: tuple[int, ...] | str | None, text: str) -> str:
    many = isinstance(found, tuple) and len(found) > 5
    return f"{text!r}: {f'{len(found)} of them' if many and found else repr(found)}"


def test_what_is_said_of_a_rate_is_read_as_the_same() -> None:
    for value in RATES[:-1]:
        assert math.isclose(float(rate_value(rate_text(value))), value, rel_tol=1e-9)
    for value in TIMES:
        assert math.isclose(float(time_value(time_text(value))), value, rel_tol=1e-9)


def test_loads() -> None:
    kinds = (SizeKind.FIXED, SizeKind.UNIFORM, SizeKind.EXPONENTIAL, SizeKind.LIST)
    drawn = [Sizes(kind, 16, 4096, 1000, (1, 2, 3)) for kind in kinds]
    writing = [Writing(rate) for rate in (0.0, 1.0, 999.0, 1000.0, 2.5e6, math.inf)]
    writing += [Writing(burst_on=on, burst_off=off) for on in (0.0, 0.5) for off in (0.0, 2.0)]
    writing += [Writing(flush_after=many) for many in (1, 2, 1000)]
    writing += [Writing(pieces=many) for many in (1, 2, 1000)]
    reading = [Reading(kind, pace=pace) for kind in ReaderKind for pace in (0.0, 0.02)]
    reading += [Reading(kind, batch=many) for kind in ReaderKind for many in (0, 1, 2, 4096)]
    stalls = ((0.0, 1.0), (1.0, 0.0), (2.0, 5.0))
    reading += [Reading(ReaderKind.MMAP, stall=one, stall_every=every) for one, every in stalls]
    ordinals = (0, 1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 112, 113, 121)
    reading += [Reading(ReaderKind.MMAP, forget_every=every) for every in ordinals]
    reading += [Reading(ReaderKind.MMAP, report_extra=many) for many in (0, 1, 2000)]
    loads = [
        Load(
            writers=tuple((cpu, Writing()) for cpu in range(many)),
            readers=tuple((cpu, Reading()) for cpu in range(many)),
            flush_every=many / 4,
        )
        for many in range(6)
    ]
    parts = [
        ("sizes", [summary.sizes(one) for one in drawn]),
        ("writing", [summary.writing(one) for one in writing]),
        ("reading", [summary.reading(one) for one in reading]),
        ("writers", [summary.writers(one) for one in loads]),
        ("readers", [summary.readers(one) for one in loads]),
        ("flush", [summary.flush(one) for one in loads]),
    ]
    hold("said-loads", parts)


def test_axes_ranges_and_stretches() -> None:
    highest = (-1.0, 0.0, 0.04, 0.1, 0.99, 1.0, 1.01, 1.5, 1.51, 8.0, 8.1, 10.0, 10.1, 99.0, 100.0)
    scale, told = Scale(2.0), list[str]()
    shown = ((1, 0), (3, 1), (100, 2), (40, 3), (39, 4), (39, 8.9), (39, 9), (90, 10), (5, 11),
             (61, 15), (5, 15.5), (5, 20.4), (5, 20.5), (0, 30), (0, 35))  # fmt: skip
    for value, now in shown:
        told.append(f"{value} at {now}: {scale.show(value, now)}, {scale.top}")
    ranges = [Range(0, 9, 100), Range(0, 99, 300), Range(5, 24, 50), Range(100, 1299, 700)]
    parts: list[tuple[str, object]] = [
        ("round_up", said(round_up, highest)),
        ("scale", told),
        ("nice", said(nice, (0, 1, 49, 50, 51, 100, 101, 200, 201, 500, 501, 9999, 10_001))),
        ("ranges", [line for one in ranges for line in _of_range(one)]),
        ("spans", said(spans, (0.0, 59.0, 60.0, 60.1, 120.0, 500.0))),
    ]
    hold("said-axes", [*parts, ("stretches", list(_of_stretches()))])


def _of_range(one: Range) -> Iterable[str]:
    yield f"{one}: {one.steps}, {one.pixels:g}, ticks {list(one.ticks())}"
    at = (-5, 0, 1, one.first - 1, one.first, one.last, one.last + 1, one.last + 500)
    yield f"  has {[one.has(place) for place in at]}, x {[round(one.x_of(p), 3) for p in at]}"
    pixels = (-1.0, 0.0, 4.9, one.width - 0.1, one.width, 9999.0)
    yield f"  steps {[one.step_at(x) for x in pixels]}"
    for end in (one.last, one.last + 1, 2 * one.last, 20):
        kept = [one.moved(steps, end) for steps in (-9999, -1, 0, 1, 9999)]
        kept += [one.holding(place, end) for place in (0, one.first - 1, one.last + 1, end)]
        kept += [one.zoomed(by, at, end) for by in (0.5, 1.25, 4) for at in (0.0, one.width / 3)]
        yield f"  to {end}: {[(each.first, each.last) for each in kept]}"


def _of_stretches() -> Iterable[str]:
    stretches = (
        Stretch(5.0, 5.0),
        Stretch(5.0, 5.0, None, 3.26),
        Stretch(5.0, 10.0, None, 5.0),
        Stretch(5.0, 5.0, None, 20.0, 17.0),
        Stretch(5.0, 30.0, 12.0, 100.0),
        Stretch(5.0, 5.0, 2.0, 100.0, 1.0),
        Stretch(10.0, 10.0, 120.0, 100.0),
    )
    for one in stretches:
        facts = (one.right, one.back, one.seen, one.words(), one.within(), one.edge(7))
        yield f"{_of(one)}: {facts}, {[one.has_seen(at) for at in (0.0, 1.0, 0.99, 17.0)]}"
        moved = [one.moved(by) for by in (-999.0, -1.0, 0.0, 0.5, 999.0)]
        zoomed = [one.zoomed(by, part) for by in (0, 0.5, 2) for part in (0.0, 0.5, 0.89, 0.9, 1.0)]
        held = [one.holding(at) for at in (0.0, one.right - one.span, one.right, one.right + 0.1)]
        newer = [one.at(run, 0.5) for run in (one.run - 0.1, one.run, one.run + 1)]
        for name, found in (("moved", moved), ("zoomed", zoomed), ("held", held), ("at", newer)):
            yield f"  {name}: {', '.join(map(_of, found))}"


def _of(one: Stretch) -> str:
    end = "newest" if one.end is None else f"{one.end:g}"
    return f"{one.span:g}/{one.usual:g} to {end} of {one.first:g}…{one.run:g}"


def test_columns_lanes_and_curves() -> None:
    marks = np.uint32(1) << np.arange(10, dtype=np.uint32)
    grid, lanes = marks.reshape(2, 5), marks[:7].reshape(7, 1)
    curve = np.array([3.0, 1.0, np.nan, 5.0, 4.0, 4.0, 9.0])
    flat, none = np.array([2.0, 2.0]), np.zeros(0)
    watched = [Watch("x", one) for one in (curve, flat, none, np.array([-2.5, 1e9]))]
    parts: list[tuple[str, object]] = [
        ("lanes", [grouped_lanes(lanes, most) for most in (1, 2, 3, 6, 7, 8)]),
        ("fitted", [fitted(grid, columns) for columns in (1, 2, 4, 5, 6)]),
        (
            "widened",
            [widened(grid, wide, within) for wide in (1, 2, 3) for within in (1, 4, 9)],
        ),
        ("binned", [[*binned(curve, columns)] for columns in (1, 2, 3, 7, 9)]),
        ("binned of none", [*binned(none, 3)]),
        ("extents", [one.extent for one in watched]),
        ("at", [[one.at(step) for step in (-1, 0, 1, 2, 7)] for one in watched[:3]]),
        ("heights", [[*heights(np.arange(3.0), (0, top), 10.0, 50.0)] for top in (-1, 0, 1, 2)]),
        ("shared", [shared((50, 10, 90), room) for room in (0, 20, 60, 149, 150, 151)]),
        ("wrapped", [wrapped("of a  verylongword; aa", len, width) for width in range(1, 23)]),
        ("split", [split("words", len, width) for width in (0, 1, 2, 4, 5, 6)]),
    ]
    hold("said-columns", parts)


def test_figures_and_colours() -> None:
    shares = (0.0, 0.001, 0.01, 0.04, 0.25, 0.5, 0.81, 1.0)
    grounds = [
        (name, colour(theme.load(name), one)) for name in ("dark", "light") for one in shares
    ]
    some = (0, 1, 2, 9, 99, 100, 999, 1000, 1001, 1049, 1050, 9949, 9950, 9999, 10_000, 99_999,
            999_499, 999_500, 999_999, 1_000_000, 9_949_999, 12_345_678, 999_999_999)  # fmt: skip
    parts = [
        ("heat", [f"{a} {b.name()}: {ink(b).name()}, {luminance(b):.4f}" for a, b in grounds]),
        ("short", said(texts.short, some)),
        ("forms", [texts.figure_forms(one, "produced") for one in some]),
        ("count", said(lambda one: texts.count(one, "event"), some)),
        ("brief", [texts.brief_ready(ready, 4) for ready in (0, 3, 4, 5, 1200)]),
        ("losses", [texts.loss_forms(words, 1500) for words in ("refused", *texts.BRIEFLY)]),
        ("fates", said(bit_words, (0, *(1 << bit for bit in range(10)), 6))),
        ("rates", [rate_words(1e3, 0.4, 2e6, fill) for fill in (0.0, 0.004, 0.999, 1.0, 1.01)]),
        ("percent", said(_percent, (0.0, 0.004, 0.006, 0.5, 1.0))),
        ("sub-buffers", [subbuf_conservation(*one) for one in ((1, 0, 0, 1), (9, 4, 2, 1))]),
        ("copied", [as_text(bytes(range(many)), form) for many in (0, 1, 13) for form in Form]),
        ("text", [as_text(bytes((31, 32, 126, 127, 255)), Form.TEXT)]),
    ]
    hold("said-figures", parts)


def test_steps_looks_and_findings() -> None:
    made = Step(1, 0, 0, 1, 0.0, Operation(Kind.WRITE, 0, 9), 1, 2, (), STORED)
    calls = [Call("subbuf_start", f"{place}", "1") for place in range(10)]
    steps = [replace(made, calls=tuple(calls[:many])) for many in (0, 1, 2, 3, 7, 8, 9, 10)]
    found = Change(3, 2, 700, False, 1, True, True)
    nothing = Change(0, 0, 0, False, 0, False, False)
    changes = [None, nothing, found, replace(nothing, read=True), replace(nothing, stored=1)]
    changes += [replace(found, is_most=True), replace(nothing, refused=True)]
    course = Course(Sums(1, 2, 3000, 4, 5), found, rates=(1.0, 2500.0, 3e6))
    seen = Looks(2, 4.0, 2.0, running=True, began=0.0, cpus=(1,), courses=(course,))
    counts = [replace(seen, count=many, seconds=s) for many in (1, 2, 9) for s in (0.0, 4.0)]
    finding = Finding(None, Severity.LOSS, (), "")
    parts = [
        ("results", [(result_of(one, way), has_lines(one, way)) for one in steps for way in Shown]),
        ("news", [looks.news(one) for one in changes]),
        ("cells", [looks.cells(3, one) for one in (course, replace(course, is_most=True))]),
        ("looks", [looks_words(one) for one in counts]),
        ("places", [place(replace(finding, cpus=tuple(range(many)))) for many in (0, 1, 2, 6, 7)]),
    ]
    hold("said-steps", parts)


def test_channels_of_others() -> None:
    paths = tuple(Path(f"/tmp/c{cpu}") for cpu in range(9))  # noqa: S108  nothing is there
    one = OtherChannel("c", 0, paths[:2], 7, "relay", True, False, 4096, 8, False, 10, 3, 0, 0)
    kinds = [
        one,
        replace(one, program="", lost=1, unread=0),
        replace(one, alive=None, paths=paths[:8]),
        replace(one, alive=False, paths=paths),
        replace(one, alive=False, is_closed=True, damaged=1),
        replace(one, is_global=True, paths=paths[:1], written=1, damaged=2000),
    ]
    refused = Refused(paths[0], "It is not one.\nReally.")
    all_of: tuple[OtherChannel | Refused, ...] = (*kinds, refused)
    roles = [[str(others._role(each, at)) for at in range(7)] for each in all_of]
    counts = [Others(tuple(kinds[:many]), (refused,) * bad, is_whole=whole)
              for many in (0, 1, 6) for bad in (0, 1, 2) for whole in (True, False)]  # fmt: skip
    parts = [
        ("cells", [others.cells(each) for each in all_of]),
        ("tips", [others.tip(each) for each in all_of]),
        ("roles", [" ".join(one) for one in roles]),
        ("counted", [others.counted(each) for each in counts]),
    ]
    hold("said-others", parts)


def test_what_a_reader_has_got() -> None:
    numbers = np.array([1, 1, 2, 3, NOBODY, NOBODY, 4, 5, 5, 9], np.uint32)
    told = []
    for many in (1, 2, 3, 6, 7, 10):
        for late in (0, 2, 4):
            copy = copied(numbers[:many], late)
            rows = [
                f"{copies.age_words(copy, row)} {copies.place_words(int(copy.place[row]), 4)}"
                for row in range(many)
            ]
            told += [copies.told(copy), "; ".join(rows)]
    hold("said-copies", [("told", told), ("nobody", said(copies.event_words, (0, 1, NOBODY)))])


def copied(ages: np.ndarray[tuple[int], np.dtype[np.uint32]], late: int) -> Copy:
    """Return a copy of which some bytes were gone over, and those of late events are new."""
    many, place = len(ages), np.arange(2, 2 + len(ages), dtype=np.int64)
    place[5:6] = -1
    before = np.where(np.arange(many) < late, 99, ages).astype(np.uint32)
    now = np.where(np.arange(many) % 3 == late % 3, 77, ages).astype(np.uint32)
    return Copy("r", 0, bytes(many), ages, before, place, bytes(many), now)
