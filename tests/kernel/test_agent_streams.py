"""Whole streams of an agent with deliberate damage, to what is printed and drawn of them."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.kernel.agent.frames import Frame, Frames, Piece
from relayviz.engines.kernel.contents import judged, refuse_impossible
from relayviz.engines.kernel.fault import AgentError, UnreadableError
from relayviz.engines.kernel.viewing.engine import KernelEngine
from relayviz.kernel.as_json import as_json
from relayviz.kernel.as_lines import as_lines
from relayviz.kernel.report import report_of
from relayviz.model.engine.kernel import How, Where
from relayviz.model.engine.protocol import OpenError
from tests.kernel.test_agent_lines import (
    crossed,
    flipped,
    lines,  # noqa: F401  a fixture
    replaced,
    shortened,
)
from tests.kernel.test_past import Still

if TYPE_CHECKING:
    from relayviz.engines.kernel.contents import Contents
    from relayviz.model.kernel.look import Buffer, Channel, Look

SHORT, LONG = 40, 2000
SECONDS = 1.0  # of this program's own time
WAYS = (flipped, shortened, replaced, crossed)


class Told:
    """A source of what a stream told."""

    extent = 1 << 40

    def __init__(self) -> None:
        self.now: Look | None = None
        self.pieces: dict[int, Piece] = {}

    @property
    def release(self) -> str | None:
        return self.now.release if self.now is not None else None

    def look(self) -> Look:
        assert self.now is not None
        return self.now

    def contents(self, channel: Channel, buffer: Buffer) -> Contents:
        refuse_impossible(self.extent, channel, buffer)
        piece = self.pieces.get(buffer.addr)
        if piece is None or len(piece.data) != channel.alloc_size:
            raise UnreadableError("it was not asked for")
        return judged(channel, piece.before, piece.data, piece.after)

    def pace(self, hz: float) -> None:
        del hz

    def close(self) -> None:
        pass


class Window:
    """What a window would do with a stream: print each frame, draw each channel, read its bytes."""

    def __init__(self) -> None:
        self.source, self.engines = Told(), dict[int, KernelEngine]()
        self.drawn, self.said = 0, list[str]()

    def take(self, said: Frame | Piece) -> None:
        source = self.source
        if isinstance(said, Piece):
            source.pieces[said.address] = said
            return
        source.now = said.look
        report = report_of(source, said.look.channels, said.look.damage)
        assert as_json(report)
        assert list(as_lines(report))
        for channel in said.look.channels:
            self._draw(channel, said.look)

    def _draw(self, channel: Channel, look: Look) -> None:
        engine = self.engines.get(channel.addr)
        if engine is None:
            try:
                engine = KernelEngine(Still(), Where(How.SSH, "far"), channel, look.release)  # type: ignore[arg-type]
            except OpenError as error:
                self.said.append(error.message)
                return
            self.engines[channel.addr] = engine
        for row in range(engine.snapshot.rows):
            engine.bytes_of(engine.snapshot, row)
        engine.take(look, self.source, self.drawn / 10)
        engine.rates(10.0, 50)
        engine.lanes(10.0, 50)
        self.drawn += 1


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("seed", "count"),
    [(1, SHORT), pytest.param(2, LONG, marks=pytest.mark.soak)],
)
def test_damage_ends_in_a_sentence_of_what_it_concerns(
    lines: list[bytes],  # noqa: F811  the fixture
    seed: int,
    count: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311
    drawn = 0
    whole = Frames().take(lines[0])
    assert isinstance(whole, Frame)
    for _ in range(count):
        window, frames = Window(), Frames()
        begin, refused = time.process_time(), None
        hurt = chance.randrange(len(lines))
        for number, line in enumerate(lines):
            said = chance.choice(WAYS)(line, chance) if number == hurt else line
            try:
                window.take(frames.take(said))
            except AgentError as error:
                window.said.append(str(error))
                refused = number
        assert time.process_time() - begin < SECONDS
        assert refused in (None, hurt)
        assert all(sentence.endswith(".") for sentence in window.said)
        drawn += window.drawn
        seen = window.source.now
        if hurt > 2:  # behind the frames: an answer
            assert seen == whole.look
    assert drawn > count * len(whole.look.channels)
