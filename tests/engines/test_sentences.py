"""Sentences of findings in states that nobody chose: looked for is one in which they are false."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import hypothesis.strategies as st
from hypothesis import example, given, settings

from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.numbers import THIN
from tests.engines.buckets import Setup, run
from tests.engines.test_causes import findings_of, number, simulated

if TYPE_CHECKING:
    from relayviz.model.findings.finding import Finding

UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

setups = st.builds(
    Setup,
    size=st.sampled_from([512, 1024, 4096]),
    count=st.integers(1, 40),
    overwrites=st.booleans(),
    header=st.sampled_from([0, 0, 16]),
    rate=st.integers(50, 6_000),
    event=st.integers(16, 300),
    burst=st.none() | st.just((0.1, 0.4)),
    kind=st.sampled_from(["mmap", "mmap", "read", "none"]),
    pace=st.sampled_from([0.001, 0.01, 0.05, 0.3]),
    batch=st.sampled_from([0, 0, 0, 1, 3]),
    stall=st.none() | st.just((0.5, 0.7)),
    silent=st.sampled_from([False, False, False, True]),
    flush=st.sampled_from([0.0, 0.0, 0.02, 0.3]),
    flush_after=st.sampled_from([0, 0, 0, 1, 7]),
    seconds=st.just(3.0),
)


TAKES_ALL = {"header": 0, "kind": "mmap", "batch": 0, "overwrites": False}


def as_mapped(setup: Setup) -> Setup:
    """Without what only a reader by mmap can do, for one that reads otherwise."""
    return setup if setup.kind == "mmap" else replace(setup, silent=False, batch=0)


def bytes_in(text: str, pattern: str) -> list[int]:
    """Return the sizes that a sentence names at some places, as they are rounded there."""
    found = re.search(pattern.replace("#", rf"([\d{THIN}.]+) (B|KiB|MiB|GiB)"), text)
    if found is None:
        return []
    parts = iter(found.groups())
    return [
        round(float(one.replace(THIN, "")) * UNITS[unit])
        for one, unit in zip(parts, parts, strict=True)
    ]


def check(one: Finding, lost: int) -> None:
    text = one.text
    assert text.endswith(".")
    assert not re.search(r"\b(nan|inf|None|-\d)", text), text
    assert not re.search(r"(?<![\d.])1 (events|sub-buffers|reports|visits)\b", text), text
    if "had to wait" in text:
        waited, room = bytes_in(text, r"up to # had to wait at a time, .* holds? #")
        assert waited > room, text
    if re.search("events? (refused|overwritten)", text):
        assert number(text, "events? (refused|overwritten)") == lost, text
    if part := re.search(rf"([\d{THIN}]+) of them because", text):
        assert int(part[1].replace(THIN, "")) < lost, text
    if held := re.search(rf"room for ([\d{THIN}]+) events?, not ([\d{THIN}]+)", text):
        now, full = (int(each.replace(THIN, "")) for each in held.groups())
        assert now < full, text


@given(setups.map(as_mapped))
@settings(max_examples=150, deadline=None)
def test_no_sentence_is_false(setup: Setup) -> None:
    snapshot = simulated(setup)
    found = findings_of(snapshot)
    account = snapshot.account(0)
    lost = account["refused_full"].events + account["overwritten"].events
    for one in found:
        check(one, lost)
    losses = [one for one in found if one.severity is Severity.LOSS]
    is_recorder = setup.overwrites and setup.kind == "none"
    if lost and not is_recorder:
        assert losses, found  # nothing that is lost goes unsaid
        assert found[0] is losses[0]
    if not snapshot.total_lost(0).events:
        assert {one.fault for one in losses} <= {Fault.MISREAD, Fault.NOT_REPORTING}, found


STAYS_AWAY = Setup(size=1024, kind="mmap", stall=(0.5, 0.7), seconds=3.0)


@given(setups.map(as_mapped).map(lambda one: replace(one, **TAKES_ALL)))  # type: ignore[arg-type]
# a full buffer refuses flushes, this one all of them; what each of them finishes is no larger in
# larger sub-buffers
@example(replace(STAYS_AWAY, count=2, rate=788, event=171, pace=0.01, flush=0.02))
@example(replace(STAYS_AWAY, count=20, rate=3237, event=73, pace=0.3, flush=0.1))
@example(replace(STAYS_AWAY, count=24, rate=5515, event=221, pace=0.05, flush_after=1))
@settings(max_examples=100, deadline=None)
def test_no_size_that_is_named_loses(setup: Setup) -> None:
    for one in findings_of(simulated(setup)):
        for words in (one.text, one.helps):
            if "should lose nothing" in words or "would bridge it" in words:
                (size,) = bytes_in(words, "sub-buffers? of #")
                named = replace(setup, size=size, count=int(number(words, "sub-buffers? of")))
                assert run(named).lost == 0, words
