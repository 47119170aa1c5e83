"""A session taken from an engine and played again shows the same at every step of every branch."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.play import play
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.captured import captured, place_of
from relayviz.model.engine.protocol import OpenError
from relayviz.model.session.file import dumps, loads
from relayviz.model.session.session import Line, Marker, Place, Session
from tests.engines.shown import do, fingerprint, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine

SHAPE = {"subbuf_size": 64, "n_subbufs": 3, "cpus": 2}
KINDS = [
    *[Kind.WRITE] * 8,
    *(Kind.WRITE_NOLOCK, Kind.RESERVE, Kind.FILL, Kind.SWITCH, Kind.FLUSH, Kind.RESET),
    *(Kind.CONSUME, Kind.OPEN_FILE, Kind.CLOSE_FILE, Kind.READ, Kind.READ, Kind.POLL),
    *(Kind.SPLICE, Kind.MMAP, Kind.UNMAP, Kind.CPU_ONLINE, Kind.SET_MODE, Kind.LATE_SETUP),
]
SOURCE = """\
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    buf.subbuf_start_reserve(4)
    subbuf[:4] = b"HEAD"
    return buf.subbufs_produced % 5 != 4
"""


def any_operation(draw: random.Random) -> Operation:
    kind = draw.choice(KINDS)
    texts = {
        Kind.SET_MODE: draw.choice([Mode.OVERWRITE, Mode.NO_OVERWRITE, Mode.DEFAULT]).value,
        Kind.OPEN_FILE: draw.choice(["r", "w", "rw", ""]),
        Kind.MMAP: draw.choice(["shared", "private", "writable"]),
        Kind.LATE_SETUP: "late",
    }
    data = draw.randbytes(draw.randrange(70)) if draw.random() < 0.3 else None
    return Operation(
        kind,
        draw.randrange(2),
        draw.choice([0, 7, 30, 64, 66]),
        draw.randrange(4),
        data=data if kind in (Kind.WRITE, Kind.FILL) else None,
        text=texts.get(kind, ""),
    )


@pytest.mark.parametrize("seed", range(6))
def test_played_again_it_is_the_same(start: Callable[..., StepEngine], seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  to be repeatable
    name = None if seed % 3 == 0 else "cpu"
    engine = start(ChannelConfig(**SHAPE, base_filename=name, header=seed % 2 * 4))  # type: ignore[arg-type]
    for _ in range(4):
        do(engine, *(any_operation(draw) for _ in range(30)))
        engine.seek(draw.randrange(engine.snapshot.last_step + 1))
        settled(engine)
    session = captured(engine, Session(markers=(Marker(Place(0, 5), "here"),)))
    again = loads(dumps(session))
    assert again == session
    other = play(again)
    try:
        assert settled(other).step == engine.snapshot.step
        assert fingerprint(other) == fingerprint(engine)
        for branch in range(len(session.lines)):
            for _ in range(5):
                step = draw.randrange(engine.history.length(branch) + 1)
                for each in (engine, other):
                    each.go(branch, step)
                    settled(each)
                assert fingerprint(other) == fingerprint(engine), (branch, step)
        assert captured(other, session) == captured(engine, session)
    finally:
        other.close()


def test_python_is_asked_again_when_it_is_confirmed(start: Callable[..., StepEngine]) -> None:
    client = compile_subbuf_start(SOURCE)
    config = ChannelConfig(**SHAPE, mode=Mode.PYTHON, source=SOURCE)  # type: ignore[arg-type]
    engine = start(config, [client])
    do(engine, *[Operation(Kind.WRITE, 0, 50)] * 9)
    session = loads(dumps(captured(engine, Session())))
    assert session.sources == (SOURCE,)
    with pytest.raises(OpenError, match="Confirm"):
        play(session)
    other = play(session, [client])
    try:
        settled(other)
        assert fingerprint(other) == fingerprint(engine)
    finally:
        other.close()


def test_branches_get_different_names(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig())
    do(engine, *[Operation(Kind.FLUSH)] * 2)
    engine.home()
    do(engine, Operation(Kind.RESET))
    engine.rename(1, "main line")
    settled(engine)
    names = [line.name for line in captured(engine, Session()).lines]
    assert names == ["main line", "main line (2)"]


def test_a_place_belongs_to_the_branch_where_it_was_made() -> None:
    lines = (
        Line(operations=(Operation(Kind.FLUSH),) * 4),
        Line("b", (Operation(Kind.RESET),) * 2, 0, 2),
        Line("c", (Operation(Kind.FLUSH),), 1, 3),
    )
    engine = play(Session(lines=lines))
    try:
        settled(engine)
        assert place_of(engine.history, 2, 4) == Place(2, 4)
        assert place_of(engine.history, 2, 3) == Place(1, 3)
        assert place_of(engine.history, 2, 2) == Place(0, 2)
        assert engine.snapshot.step == 4
        assert engine.snapshot.branch == 0
    finally:
        engine.close()
