"""Whatever step the slider is at, the page shows what the core is in after that step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from relayviz.gui.rings.parts import parts
from relayviz.model.ledger.events import EventIndex, Role, regions
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.ledger.words import fate_words
from relayviz.model.session.file import loads
from relayviz.model.session.scenario import scenario_text

if TYPE_CHECKING:
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot
    from tests.page.conftest import Shown

READING = (Path(__file__).parent / "reading.js").read_text(encoding="utf-8")
LEAST, LARGEST = 20, 1_000_000

#: What each is here for: laps and losses; a reset; reserved slots that others go over; a mapping;
#: a buffer that comes later; one for all CPUs; closing; Python; bytes and padding of any size.
SCENARIOS = (
    "overwrite-loses-oldest",
    "reset-keeps",
    "reset-unblocks",
    "filled-too-late",
    "mapped-reader",
    "cpu-comes",
    "global-buffer",
    "close-keeps-readers",
    "own-callback",
    "odd-sizes",
    "header-holds-padding",
    "two-modes",
    "released-unread",
)


def loss_of(seen: Snapshot, row: int) -> int:
    return seen.total_lost(row).events


def counters(seen: Snapshot) -> list[list[Any]]:
    found: list[list[Any]] = []
    for row in range(seen.rows):
        buffer, account = seen.buffers[row], seen.account(row)
        values = {
            "offset": buffer["offset"],
            "produced": buffer["produced"],
            "consumed": buffer["consumed"],
            "ready": seen.ready(row),
            "lost": loss_of(seen, row),
            "account.attempted": account["attempted"].events,
            "account.unread": account["unread"].events,
            "account.consumed": account["consumed"].events,
            "prev_padding": buffer["prev_padding"],
        }
        found.append([int(buffer["cpu"]), {name: int(value) for name, value in values.items()}])
    return found


def painted(seen: Snapshot, row: int, index: int) -> list[str]:
    """Return what each byte of a sub-buffer is."""
    found = [""] * seen.subbuf_size
    for part in parts(seen, row, index):
        found[part.start : part.end] = [part.paint.name.casefold()] * (part.end - part.start)
    begin = index * seen.subbuf_size
    for slot in seen.reserved:
        is_here = begin <= slot.start < begin + seen.subbuf_size
        if slot.is_current and is_here and seen.row_of(slot.buffer) == row:
            size = slot.end - slot.start
            found[slot.start - begin : slot.end - begin] = ["reserved"] * size
    return found


def spread(told: list[tuple[str, int, int]]) -> list[str]:
    found: list[str] = []
    for kind, start, end in told:
        assert start == len(found)
        found += [kind] * (end - start)
    return found


def positions(seen: Snapshot, row: int) -> list[list[int]]:
    return [list(seen.write_position(row)), list(seen.read_position(row))]


def named(engine: StepEngine, seen: Snapshot, row: int, at: int) -> list[list[int]]:
    """Return first byte, last byte and event of what lies in a sub-buffer."""
    places = EventIndex()
    places.follow(engine.history, seen.branch)
    found: dict[int, list[int]] = {}
    for one in regions(seen, row, at, places.places(seen, seen.step, row, at)):
        if one.event is not None and one.role in (Role.EVENT, Role.RESERVED):
            event = one.event.event
            found.setdefault(event, [one.start, one.end - 1, event])[1] = one.end - 1
    return list(found.values())


def joined(told: list[list[int]]) -> list[list[int]]:
    """Return the same with an event that was read in part in one piece."""
    found: list[list[int]] = []
    for start, end, event in told:
        if found and found[-1][2] == event:
            assert found[-1][1] + 1 == start
            found[-1][1] = end
        else:
            found.append([start, end, event])
    return found


def fates(index: FateIndex, step: int) -> list[list[Any]]:
    found = [
        index.at(buffer, row, step)
        for buffer in index.buffers
        for row in range(index.lane(buffer).rows_at(step))
    ]
    return [
        [one.event, str(one.cpu), str(one.length), str(one.step), fate_words(one)]
        for one in sorted(found, key=lambda one: one.event)
    ]


def check(shown: Shown, engine: StepEngine, index: FateIndex, step: int, most: int = 99) -> None:
    told = shown.run(READING, step, most)
    engine.seek(step)
    assert engine.wait_idle()
    seen = engine.snapshot
    assert seen.step == step
    assert told["place"] == f"step {step} of {seen.last_step}"
    assert told["log"] == [step]
    assert seen.made_by.title() in told["said"]
    assert " ".join(seen.result.words.split()) in " ".join(told["said"].split())
    assert told["counters"] == counters(seen)
    assert f"mode {seen.mode.value} · {'closed' if seen.closed else 'open'}" in told["facts"]
    assert [ring["cpu"] for ring in told["rings"]] == seen.buffers["cpu"].tolist()
    for row, ring in enumerate(told["rings"]):
        assert ring["positions"] == positions(seen, row)
        is_told = f"{int(seen.buffers['produced'][row])} produced"
        assert is_told in ring["words"]
        for at in range(seen.n_subbufs):
            assert spread(ring["parts"][at]) == painted(seen, row, at), (row, at)
        data = engine.bytes_of(seen, row)
        assert data is not None
        used = data[: seen.n_subbufs * seen.subbuf_size].reshape(seen.n_subbufs, -1)
        assert told["bytes"][str(ring["cpu"])] == [bytes(one).hex(" ") for one in used[:most]]
        if not index.lane(ring["cpu"]).clobbers:
            expected = [named(engine, seen, row, at) for at in range(seen.n_subbufs)]
            assert [*map(joined, told["named"][str(ring["cpu"])])] == expected[:most]
    assert told["fates"] == fates(index, step)


@pytest.mark.parametrize("name", SCENARIOS)
def test_states_are_the_cores(name: str, shown: Shown) -> None:
    engine = shown.open_session(loads(scenario_text(name), name))
    try:
        shown.run("document.getElementById('follow').click()")
        index = FateIndex(engine.config)
        index.follow(engine.history, engine.snapshot.branch)
        last = engine.snapshot.last_step
        assert last > 0
        for step in range(last + 1):
            check(shown, engine, index, step)
        for step in reversed(range(last)):  # and back again
            check(shown, engine, index, step, most=1)
    finally:
        engine.close()


LONG = """relayviz = 1
title = "Two hundred steps"
[channel]
subbuf_size = 1024
n_subbufs = 8
cpus = 4
mode = "overwrite"
header = 8
[[branch]]
steps = '''
open-file cpu=2
write 700 times=60
write 800 cpu=1 times=60
write 90 cpu=2 times=30
read 500 cpu=2 times=10
reserve 300 cpu=3 times=20
fill times=10
write 700 cpu=3 times=9
'''
"""


def test_a_long_session_is_small_and_shows_what_changed(shown: Shown) -> None:
    engine = shown.open_session(loads(LONG, "long"))
    try:
        assert engine.snapshot.last_step == 200
        assert shown.run("return document.documentElement.outerHTML.length") < LARGEST
        shown.run("document.getElementById('follow').click()")
        index = FateIndex(engine.config)
        index.follow(engine.history, engine.snapshot.branch)
        for step in (0, 199, 61, 200, 1):
            check(shown, engine, index, step)
        for step in (160, 195):
            engine.seek(step)
            assert engine.wait_idle()
            told = shown.run(READING, step, 0)
            changed = engine.snapshot.changed
            expected = [[index for at, index in changed.pairs() if at == row] for row in range(4)]
            assert [ring["changed"] for ring in told["rings"]] == expected
    finally:
        engine.close()
