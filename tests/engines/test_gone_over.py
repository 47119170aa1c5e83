"""What is said of events over which a subbuf_start stored bytes of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.compare.compare import Half, sentence, survival
from relayviz.model.ledger.seen import Seen
from relayviz.model.ledger.words import fate_words, got_words
from tests.engines.shown import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot

    Start = Callable[..., StepEngine]

STORES = compile_subbuf_start(
    """\
def subbuf_start(buf, subbuf, prev, prev_padding):
    if prev is not None:
        prev[:4] = b"head"
    return not buf.full
"""
)
WRITE = Operation(Kind.WRITE, length=30)
OPEN, FLUSH = Operation(Kind.OPEN_FILE), Operation(Kind.FLUSH)


def read(length: int) -> Operation:
    return Operation(Kind.READ, length=length)


def said(engine: StepEngine, seen: Snapshot, event: int) -> str:
    index = engine.ledger.fates
    index.follow(engine.history, seen.branch)
    found = index.find(event, seen.step)
    assert found is not None
    got = got_words(found, index.got(found, seen.step))
    return fate_words(found) + (f"; {got}" if got else "")


def test_a_header_that_nobody_reserved_goes_over_the_first_event(start: Start) -> None:
    config = ChannelConfig(
        subbuf_size=64, n_subbufs=4, cpus=1, mode=Mode.PYTHON, source=STORES.source
    )
    engine = start(config, [STORES])
    seen = do(engine, OPEN, WRITE, WRITE, FLUSH, read(60))
    assert said(engine, seen, 1) == (
        "consumed, bytes gone over by subbuf_start;"
        " read by fd 0 at step 5 after subbuf_start had gone over its bytes"
    )
    assert said(engine, seen, 2) == "consumed; read by fd 0 at step 5"
    half = Half("A", seen, engine.ledger.fates)
    assert sentence(half, survival(half, half, 0), 0, 0) == (
        "A keeps the newest event and loses the oldest 1:"
        " bytes gone over when subbuf_start stored something there."
    )


def test_who_had_read_these_bytes_before_got_them(start: Start) -> None:
    config = ChannelConfig(
        subbuf_size=64, n_subbufs=4, cpus=1, mode=Mode.PYTHON, source=STORES.source
    )
    engine = start(config, [STORES])
    seen = do(engine, OPEN, WRITE, read(10), FLUSH, read(20))
    assert said(engine, seen, 1) == (
        "consumed, bytes gone over by subbuf_start; read by fd 0 at step 5"
    )
    index = engine.ledger.fates
    assert index.readers.seen(index.readers.at(5), index.lane(0), 5).tolist() == [Seen.WHOLE]


def test_padding_is_not_stored_where_no_header_was_kept(start: Start) -> None:
    """A ready-made callback that comes later leaves events in place of a header alone."""
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1, mode=Mode.DEFAULT, header=8))
    mode = Operation(Kind.SET_MODE, text=Mode.OVERWRITE)
    seen = do(engine, OPEN, WRITE, mode, FLUSH, read(30))
    assert said(engine, seen, 1) == "consumed; read by fd 0 at step 5"
    data = engine.history.steps[5].result.data
    assert data is not None
    assert data == bytes(engine.history.steps[2].operation.data or data)
