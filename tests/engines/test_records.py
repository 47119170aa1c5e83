"""Records written in several pieces: which are torn, at every step, by a count of its own.

The count goes through all events at each step, as a reader of the definition would; what is tested
knows only the steps at which something changed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind, Operation
from relayviz.model.compare.compare import Half, sentence, survival
from relayviz.model.condition.columns import Columns
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.records.records import record_of, records_at
from relayviz.model.session.file import loads
from relayviz.model.why.explainer import Explainer
from relayviz.model.why.why import Event
from relayviz.run.check import check
from relayviz.run.report import as_lines
from tests.engines.chance import CLIENT, chance_config, chance_operation
from tests.engines.shown import do, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine

HEAD = "relayviz = 1\n[channel]\nsubbuf_size = {size}\nn_subbufs = {n}\ncpus = 1\n{more}\n"
N06 = """[[branch]]
steps = '''
write 100 record=first
write 36 record='message 2'
write 64 record='message 2'
open-file r
read 1000
'''
"""


def torn_by_hand(engine: StepEngine, branch: int) -> list[int]:
    """How many records are torn at each step."""
    history, fates = engine.history, FateIndex(engine.config)
    fates.follow(history, branch)
    names = {
        step.event: step.operation.record
        for step in history.path(branch)
        if step.event is not None and step.operation.record
    }
    found = []
    for depth in range(history.length(branch) + 1):
        fate_of = defaultdict(set)
        for event, name in names.items():
            here = fates.find(event, depth)
            if here is not None:
                fate_of[name].add(here.is_lost)
        found.append(sum(len(kinds) == 2 for kinds in fate_of.values()))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_any_session_has_as_many_torn_records_as_counted_by_hand(
    start: Callable[..., StepEngine], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  to be repeatable
    config = chance_config(chance)
    engine = start(config, [CLIENT])
    for turn in range(120):
        operation = chance_operation(chance, config.subbuf_size)
        if operation.kind in ATTEMPTS and chance.random() < 0.8:
            operation = replace(operation, record=f"r{turn // 6}")
        engine.submit(operation)
    settled(engine)
    engine.seek(60)
    do(engine, *(Operation(Kind.WRITE, 0, 40, record=f"b{turn // 3}") for turn in range(30)))
    for branch in range(len(engine.history.branches)):
        told = Columns(engine, branch).of("torn_records").tolist()
        assert told == torn_by_hand(engine, branch), branch


def test_what_is_overwritten_tears_a_record_and_then_takes_all_of_it(
    start: Callable[..., StepEngine],
) -> None:
    """Two sub-buffers of two events: the record lies in both, and the first goes first."""
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE))
    piece, other = Operation(Kind.WRITE, 0, 32, record="r"), Operation(Kind.WRITE, 0, 32)
    do(engine, other, piece, piece, *[other] * 5)
    # steps 1 … 8; the fifth write wipes sub-buffer 0, the seventh sub-buffer 1
    assert Columns(engine, 0).of("torn_records").tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 0]


def test_pieces_that_are_done_in_batches_are_told_as_single_ones(
    start: Callable[..., StepEngine],
) -> None:
    config = ChannelConfig(subbuf_size=100, n_subbufs=2, cpus=1)
    pieces = [Operation(Kind.WRITE, 0, 30, record=f"r{turn // 4}") for turn in range(200)]
    together, single = start(config), start(config)
    together.submit(*pieces)
    settled(together)
    for one in pieces:
        do(single, one)
    columns = [Columns(one, 0).of("torn_records").tolist() for one in (together, single)]
    assert columns[0] == columns[1] == torn_by_hand(together, 0)
    assert columns[0][-1] == 1  # six events fit: r0 is whole, of r1 two pieces


def test_a_torn_record_is_told_by_name_with_what_is_gone() -> None:
    report = check("n06", loads(HEAD.format(size=136, n=1, more="") + N06))
    (torn,) = report.torn
    assert (report.records, torn.record, torn.pieces, torn.lost) == (2, "message 2", 2, (3,))
    told = "record message 2 is torn: 1 of 2 pieces kept, lost: event 3 (refused: buffer full,"
    assert f"    {told} step 3)" in list(as_lines(report))


def test_why_names_the_record_and_the_pieces_that_are_gone(
    start: Callable[..., StepEngine],
) -> None:
    """ath11k's third record: a header without payload and tail."""
    engine = start(ChannelConfig(subbuf_size=8200, n_subbufs=1, cpus=1))
    do(engine, *(Operation(Kind.WRITE, 0, length, record="3") for length in (108, 8144, 4)))
    why = Explainer(engine.ledger).explain(engine.history, engine.snapshot, Event(1))
    assert why is not None
    assert why.title == "event 1, 108 B: unread, piece 1 of record 3, which is torn"
    assert why.formulas[-1].text() == "pieces of record 3 = 1 kept + 2 lost = 3"
    leads = [(one.lead, one.step) for one in why.causes]
    assert leads == [("Tried by", 1), ("Piece 2 lost by", 2), ("Piece 3 lost by", 3)]


def test_records_end_where_a_branch_leaves_them(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=1, cpus=1))
    do(engine, *(Operation(Kind.WRITE, 0, 40, record="r") for _ in range(3)))
    engine.seek(1)
    do(engine, Operation(Kind.FLUSH))
    fates = engine.ledger.fates
    fates.follow(engine.history, 0)
    full = "refused: buffer full, step"
    torn = f"record r is torn: 1 of 3 pieces kept, lost: event 2 ({full} 2), event 3 ({full} 3)"
    assert [one.told() for one in records_at(fates, 3)] == [torn]
    fates.follow(engine.history, 1)
    assert [one.told() for one in records_at(fates, 2)] == ["record r: no piece of 1 is lost"]
    assert record_of(fates, 2, 2) is None


def test_compare_names_the_torn_records(start: Callable[..., StepEngine]) -> None:
    """A record of which one piece was refused; one that is whole; one that is lost as a whole."""
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=1, cpus=1))
    pieces = ((30, "whole"), (30, "part"), (30, "part"), (30, "gone"))
    seen = do(engine, *(Operation(Kind.WRITE, length=size, record=name) for size, name in pieces))
    engine.ledger.follow(engine.history, 0)
    half = Half("A", seen, engine.ledger.fates)
    assert sentence(half, survival(half, half, 0), 0, 0) == (
        "A keeps the oldest 2 events and loses the newest 2: refused while 1 of 1 sub-buffers"
        " were finished and not consumed. Record part is torn."
    )
