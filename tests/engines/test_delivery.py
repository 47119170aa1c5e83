"""What readers were given: the places against the bytes that came back, the flags byte by byte.

The recordings of a real kernel say which reads returned something else than the next unread bytes
(defects D1, D2, D3, D9). Our readers must find an anomaly in these reads and in no others.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.conformance.recording import read_recording
from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.recording.record import record, record_opening
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.trail import NO_LAP, Fate
from relayviz.model.history.facts import Facts
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.ledger.seen import Seen
from tests.engines.chance import Forgetful, chance_config, steps_of
from tests.engines.recorded import Story, Untranslatable, translate
from tests.engines.shown import do
from tests.engines.test_fate import follow_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.history.history import Step
    from relayviz.model.ledger.fate import EventFate
    from relayviz.model.ledger.lane import Clobber, Lane

SOAK = bool(os.environ.get("RELAYVIZ_SOAK"))
RECORDINGS = Path(__file__).parents[1] / "conformance" / "recordings"
FILES = [RECORDINGS / name for name in ("curated.jsonl.gz", "random.jsonl.gz")]
SEEDS = range(1000, 1300 if SOAK else 1030)

Place = tuple[int, int, int, int]  # buffer, resets before, lap, byte


class Painter:
    """Every byte that was ever delivered, and when: the other way to know."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.times: dict[Place, list[int]] = defaultdict(list)
        self.resets = 0
        self.memory: dict[int, bytes] = {}
        self.clobbers: dict[Place, int] = {}

    def take(self, step: Step, channel: StepChannel) -> bool:
        """Check the bytes of a step; return whether any came again or was never written."""
        strange = False
        if step.trail is not None and step.trail.reading is not None:
            reading, found = step.trail.reading, b""
            for run in reading.runs:
                first = run.subbuf * self.size + run.start
                found += self.memory[reading.buffer][first : first + run.length]
                strange |= run.lap == NO_LAP
                for byte in range(run.start, run.start + run.length):
                    place = (reading.buffer, self.resets, run.lap, byte)
                    strange |= bool(self.times[place])
                    self.times[place].append(step.depth)
            assert found[: len(step.result.data or b"")] == step.result.data
            assert len(found) == step.result.value
        elif step.operation.kind in (Kind.READ, Kind.SPLICE):
            assert not step.result.data
        if step.operation.kind is Kind.RESET and step.result.outcome is Outcome.OK:
            self.resets += 1
        self.memory = {buf.cpu: buf.data.tobytes() for buf in channel.buffers}
        return strange


def perform(story: Story) -> Iterator[tuple[int, Step, StepChannel]]:
    """Do a recorded sequence; give the number of the recorded step, and ours."""
    functions = {client.source: client.function for client in story.clients}
    channel = StepChannel(story.config, Client(story.config.n_subbufs, functions))
    history = Forgetful()
    try:
        at = record_opening(channel, history, Facts())
        yield 0, at, channel
        for number, (operations, _, _) in enumerate(story.steps):
            for operation in operations:
                at = record(channel, history, 0, at, operation, facts=Facts())
                yield number, at, channel
    finally:
        channel.close()


def anomalies_in(path: Path) -> dict[str, list[dict[str, int]]]:
    """Return the reads that were noted to go wrong, by sequence."""
    lines = map(json.loads, gzip.decompress(path.read_bytes()).splitlines())
    return {one["name"]: one["read_anomalies"] for one in lines}


# after a report the bytes left of a sub-buffer are no longer those that come next
REPORTS = "subbufs_consumed"
DISTURBING = {"flush", "switch_subbuf", "reset", REPORTS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_reads_go_wrong_where_the_kernel_s_did(path: Path) -> None:
    recorded, undisturbed, wrong = anomalies_in(path), 0, 0
    for sequence in read_recording(path, lambda _done: None):
        try:
            story = translate(sequence)
        except Untranslatable:
            continue
        painter = Painter(story.config.subbuf_size)
        before = len(sequence.steps) - len(story.steps)  # CPUs went on line before the opening
        strange = {
            number + before
            for number, step, channel in perform(story)
            if painter.take(step, channel)
        }
        more = {
            one["step"]
            for one in recorded[sequence.name]
            if one["kernel_ret"] > one["expected_ret"]
        }
        operations = {step.op["op"] for step in sequence.steps}
        if REPORTS not in operations:
            wrong += len(more)
            assert more <= strange, sequence.name
        if not DISTURBING & operations:
            undisturbed += 1
            assert not strange, sequence.name
    assert undisturbed > 50
    assert wrong > 20


# -- the defects by name ---------------------------------------------------------------------------


def shown(engine: StepEngine) -> tuple[FateIndex, Lane]:
    index = FateIndex(engine.config)
    index.follow(engine.history, engine.snapshot.branch)
    return index, index.lane(0)


WRITE, FLUSH, READ = (Operation(kind, length=8) for kind in (Kind.WRITE, Kind.FLUSH, Kind.READ))
OPEN = Operation(Kind.OPEN_FILE)


def read(count: int) -> Operation:
    return Operation(Kind.READ, length=count)


@pytest.fixture
def channel(start: Callable[..., StepEngine]) -> StepEngine:
    """An engine with the recordings' usual shape, one CPU and an open file."""
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1, mode=Mode.OVERWRITE))
    do(engine, OPEN)
    return engine


def test_d1_an_event_comes_eight_times_over(channel: StepEngine) -> None:
    do(channel, FLUSH, FLUSH, WRITE, read(64))
    index, lane = shown(channel)
    (reader,) = index.readers.at(5)
    assert index.readers.seen([reader], lane, 4).tolist() == [0]
    assert index.readers.seen([reader], lane, 5).tolist() == [Seen.WHOLE | Seen.TWICE]
    assert index.readers.given(reader, lane, 5).bytes == 64
    assert len(reader.parts) == 8
    do(channel, read(64))
    index.follow(channel.history, 0)
    assert len(reader.parts) == 9  # and a ninth time


def test_d1_bytes_come_back_that_nobody_wrote(channel: StepEngine) -> None:
    do(channel, FLUSH, FLUSH, FLUSH, FLUSH, Operation(Kind.RESET), Operation(Kind.WRITE, length=4))
    do(channel, Operation(Kind.CONSUME, count=1), read(4), read(100))
    index, lane = shown(channel)
    (reader,) = index.readers.at(20)
    given = index.readers.given(reader, lane, 20)
    # whatever was delivered beyond the four bytes lay in sub-buffers that were not written
    written = [part for part in reader.parts.rows.tolist() if part[1] >= 0]
    assert given.bytes == given.unwritten + 4 * len(written)


def test_d2_nothing_is_delivered_though_an_event_waits(channel: StepEngine) -> None:
    seen = do(channel, FLUSH, FLUSH, FLUSH, WRITE, read(1000))
    assert (seen.result.value, seen.ready(0) > 0) == (0, True)
    index, lane = shown(channel)
    (reader,) = index.readers.at(6)
    assert index.readers.given(reader, lane, 6).events == dict.fromkeys(Seen, 0)
    assert lane.fates(6).tolist() == [Fate.UNREAD]


def test_d9_a_report_beside_read_tears_the_next_event(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1, mode=Mode.OVERWRITE))
    wide = Operation(Kind.WRITE, length=64)
    do(engine, OPEN, wide, wide, wide, read(3), Operation(Kind.CONSUME, count=1), read(64))
    index, lane = shown(engine)
    (reader,) = index.readers.at(7)
    # fact 29: bytes_consumed stays, so the next read begins at byte 3 of the next sub-buffer
    assert reader.parts.rows.tolist()[1][2:] == (3, 61)
    seen = index.readers.seen([reader], lane, 7).tolist()
    assert seen[0] == Seen.TORN
    assert seen[1] & (Seen.TORN | Seen.PART)


def test_a_lapped_reader_skips(channel: StepEngine) -> None:
    wide = Operation(Kind.WRITE, length=64)
    do(channel, *[wide] * 7, read(64))
    index, lane = shown(channel)
    (reader,) = index.readers.at(9)
    seen = index.readers.seen([reader], lane, 9).tolist()
    assert seen == [Seen.SKIPPED] * 3 + [Seen.WHOLE] + [0] * 3
    assert lane.fates(9).tolist()[:3] == [Fate.OVERWRITTEN] * 3


def test_two_descriptors_share_the_position(channel: StepEngine) -> None:
    do(
        channel,
        OPEN,
        WRITE,
        Operation(Kind.READ, length=3, fd=0),
        Operation(Kind.READ, length=9, fd=1),
    )
    index, lane = shown(channel)
    first, second = index.readers.at(5)
    assert index.readers.seen([first], lane, 5).tolist() == [Seen.PART]
    assert index.readers.seen([second], lane, 5).tolist() == [Seen.PART]
    assert index.readers.seen([first, second], lane, 5).tolist() == [Seen.WHOLE]


def test_a_reserved_slot_is_read_before_it_is_filled(channel: StepEngine) -> None:
    do(channel, Operation(Kind.RESERVE, length=8), read(8), Operation(Kind.FILL))
    index, lane = shown(channel)
    (reader,) = index.readers.at(4)
    assert index.readers.seen([reader], lane, 4).tolist() == [Seen.WHOLE | Seen.UNWRITTEN]


# -- byte by byte ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_flags_are_what_painting_each_byte_gives(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    config = chance_config(chance, base_filename="cpu")
    index, painter = FateIndex(config), Painter(config.subbuf_size)
    laps: dict[int, tuple[int, int]] = {}  # event: resets before, lap
    for step, channel in steps_of(config, chance, 300, closing=0.001):
        if step.place is not None and step.event is not None:
            laps[step.event] = painter.resets, step.place.lap
        painter.take(step, channel)
        follow_step(index, step)
    last = index.step
    for buffer in index.buffers:
        lane = index.lane(buffer)
        readers = [one for one in index.readers.at(last) if one.buffer == buffer]
        flags = index.readers.seen(readers, lane, last)
        for row, flag in enumerate(flags.tolist()):
            one = index.at(buffer, row, last)
            if one.place is None or not one.length:
                continue
            where = laps[one.event]
            bytes_of = range(one.place[2], one.place[2] + one.length)
            times = [painter.times.get((buffer, *where, byte), []) for byte in bytes_of]
            assert flag & ~Seen.SKIPPED == painted(times, one, lane.clobbers_at(row, last)), one
            if flag & Seen.SKIPPED:
                assert one.fate is Fate.OVERWRITTEN


def painted(times: list[list[int]], one: EventFate, clobbers: tuple[Clobber, ...]) -> Seen:
    """Return the flags of an event, of which each byte was delivered at these steps."""
    steps = [step for of_byte in times for step in of_byte]
    if not steps:
        return Seen(0)
    flags = Seen.WHOLE if all(times) else Seen.PART
    if flags is Seen.PART and one.decided is not None:
        flags = Seen.TORN
    if any(len(of_byte) > 1 for of_byte in times):
        flags |= Seen.TWICE
    if one.is_reserved and (one.filled is None or one.filled > min(steps)):
        flags |= Seen.UNWRITTEN
    begin = 0 if one.place is None else one.place[2]
    for clobber in clobbers:
        gone = times[max(clobber.start - begin, 0) : max(clobber.end - begin, 0)]
        if any(step > clobber.step for of_byte in gone for step in of_byte):
            flags |= Seen.TORN
    return flags
