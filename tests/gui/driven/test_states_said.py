"""What the window says of states: in each function that needs no window, at steps that lose much.

It is kept beside tests/told: RELAYVIZ_TOLD=1 python -m pytest tests/gui/driven/test_states_said.py
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.engine import StepEngine
from relayviz.engines.step.play import play
from relayviz.gui.bytes.content import Content, describe
from relayviz.gui.captures.held import held
from relayviz.gui.channel.facts import facts_of
from relayviz.gui.compare.side import state_words
from relayviz.gui.counters import verified
from relayviz.gui.counters.panel import notes
from relayviz.gui.fate.sentences import all_words, bin_words, conservation, spoken_event
from relayviz.gui.fate.totals import subbufs, total
from relayviz.gui.rings import marks, texts
from relayviz.gui.rings.panel import detail
from relayviz.gui.rings.parts import parts
from relayviz.gui.shell.status import figures_words, stepped_words
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.trail import Fate
from relayviz.model.compare.compare import Half
from relayviz.model.ledger.events import regions
from relayviz.model.session.scenario import scenarios
from tests.told.telling import hold, plain, since

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.ledger.fate import FateIndex

SHOWN = ("header-burns-no-overwrite", "read-in-progress", "reserve-and-fill", "global-buffer",
         "overwrite-loses-oldest", "too-big", "flush-partial", "consumer-forgets", "cpu-goes",
         "read-twice", "buffer-only", "close-discards")  # fmt: skip
STATES = 6  # of each, evenly; the last among them


def of_state(engine: StepEngine, seen: Snapshot) -> dict[str, object]:
    """Say of a state what is said without its history."""
    rows = range(seen.rows)
    counts = {fate: total(seen, rows, fate.entry) for fate in Fate}
    return {
        "status": stepped_words(seen),
        "figures": [figures_words(seen), figures_words(seen, 7)],
        "facts": {fact.name: replace(fact, tip="") for fact in facts_of(seen)},
        "notes": [notes(seen, blocked) for blocked in (0, 1)],
        "verified": verified.totals(seen),
        "sums": conservation(total(seen, rows, "attempted"), counts, lambda _, text: text),
        "sub-buffers": [subbufs(seen, [row]) for row in rows],
        "rings": [detail(seen), texts.describe_all(seen)],
        "buffers": {row: of_buffer(engine, seen, row) for row in rows},
    }


def of_buffer(engine: StepEngine, seen: Snapshot, row: int) -> dict[str, object]:
    indices = range(seen.n_subbufs)
    half = Half("A", seen, engine.ledger.fates)
    return {
        "beside": state_words(half, int(seen.buffers["cpu"][row])),
        "of none": state_words(half, 99),
        "badge": marks.badge_of(seen, row),
        "ready": texts.ready_forms(seen, row),
        "losses": texts.losses(seen, row),
        "told": [texts.describe_subbuf(seen, row, index) for index in indices],
        "parts": [[(one.start, one.end, one.paint) for one in parts(seen, row, index)]
                  for index in indices],
        "held": held(seen, row),
        "bytes": {f"{index} {at}": one for index in indices
                  for at, one in of_bytes(engine, seen, row, index)},
    }  # fmt: skip


def of_bytes(
    engine: StepEngine, seen: Snapshot, row: int, index: int
) -> Iterator[tuple[int, tuple[str, object]]]:
    """Say what the first byte of each region is, and the last one."""
    places = engine.ledger.events.places(seen, seen.step, row, index)
    content = Content(seen, row, index, regions(seen, row, index, places))
    for at in dict.fromkeys(end for one in content.regions for end in (one.start, one.end - 1)):
        yield at, (describe(content, at), content.span_at(at))


def of_fates(index: FateIndex, seen: Snapshot) -> Iterator[tuple[str, str]]:
    """Say what became of events, one by one and some together, and of those tried later."""
    for buffer in map(int, seen.buffers["cpu"]):
        known = index.lane(buffer)
        tried = known.rows_at(seen.step)
        for row in range(min(tried, 4)):
            event = index.at(buffer, row, seen.step)
            yield f"{buffer} {row}", all_words(index, event, seen.step)
            yield f"{buffer} {row} spoken", spoken_event(index, event, seen.step)
        for row in {0, max(tried - 1, 0), tried}:
            for many in (1, 2, 99):
                if row < known.rows_at(seen.last_step):
                    words = bin_words(index, buffer, row, many, seen.step)
                    yield f"{buffer} {row}+{many}", words


def states(engine: StepEngine) -> Iterator[Snapshot]:
    last = engine.snapshot.last_step
    for step in sorted({last * part // STATES for part in range(STATES + 1)}):
        engine.seek(step)
        assert engine.wait_idle()
        yield engine.snapshot


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_said(name: str) -> None:
    (session,) = (one.session for one in scenarios() if one.name == name)
    engine = play(session)
    try:
        assert engine.wait_idle()
        assert engine.ledger.follow(engine.history, engine.snapshot.branch)
        told, before = list[tuple[str, object]](), plain({})
        for seen in states(engine):
            now = plain(
                {**of_state(engine, seen), "fates": dict(of_fates(engine.ledger.fates, seen))}
            )
            told.append((f"step {seen.step}", since(before, now)))
            before = now
    finally:
        engine.close()
    hold(f"said-of-{name}", told)


def test_many_buffers_are_told_together() -> None:
    told = []
    for cpus in (texts.TOLD_APART, texts.TOLD_APART + 1):
        engine = StepEngine(ChannelConfig(cpus=cpus, subbuf_size=64, n_subbufs=2))
        try:
            engine.submit(*(Operation(Kind.WRITE, cpu, 40) for cpu in (0, 1, 1, 1)))
            assert engine.wait_idle()
            told.append((f"{cpus} CPUs", texts.describe_all(engine.snapshot).splitlines()))
        finally:
            engine.close()
    hold("said-of-many", told)
