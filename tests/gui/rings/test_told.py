"""What rings tell: figures in their middle and under the pointer, and marks in their colours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.look import theme
from relayviz.gui.look.face import Face
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.bars import Bars
from relayviz.gui.rings.geometry import Spot
from relayviz.gui.rings.marks import badge_of
from relayviz.gui.rings.panel import detail
from relayviz.gui.rings.parts import STATE_WORDS, State
from relayviz.gui.rings.raster import Paint
from relayviz.gui.rings.texts import (
    PART_WORDS,
    describe,
    describe_all,
    describe_buffer,
    describe_subbuf,
)
from relayviz.model.channel.config import Mode
from relayviz.model.channel.state import LOSS_WORDS
from tests.gui.states import Playground

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor, QPainter

    from relayviz.gui.rings.view import RingsView

    MakeView = Callable[[int, int], RingsView]

DARK = theme.load("dark")
SIZE = 100


def two_and_one() -> Playground:
    """Of four sub-buffers of 100 B two were produced on cpu 1, one was reported as consumed."""
    play = Playground(cpus=2, n_subbufs=4, subbuf_size=SIZE)
    play.write(1, 60, 60, 60, 30)
    play.channel.subbufs_consumed(1, 1)
    return play


def lossy(mode: Mode = Mode.NO_OVERWRITE) -> Playground:
    """Cpu 0 got six events of a whole sub-buffer, and there are four."""
    play = Playground(cpus=2, n_subbufs=4, subbuf_size=SIZE, mode=mode)
    play.write(0, *[SIZE] * 6)
    return play


# -- words -----------------------------------------------------------------------------------------


def test_a_buffer_is_told_with_each_figure_in_its_place() -> None:
    def told(play: Playground, row: int) -> list[str]:
        return describe_buffer(play.snapshot(), row).splitlines()

    lost = {name: f"lost: {{}} {words}" for name, words in LOSS_WORDS.items()}
    assert told(two_and_one(), 1) == [
        "cpu 1: 1 of 4 sub-buffers ready; 2 produced, 1 consumed",
        lost["released_unread"].format(1),
    ]
    assert told(two_and_one(), 0) == ["cpu 0: 0 of 4 sub-buffers ready; 0 produced, 0 consumed"]
    assert told(lossy(), 0) == [
        "cpu 0: 4 of 4 sub-buffers ready, blocked; 4 produced, 0 consumed",
        lost["refused_full"].format(2),
    ]
    assert told(lossy(Mode.OVERWRITE), 0) == [
        "cpu 0: 5 sub-buffers ready, 2 of them overwritten, full; 5 produced, 0 consumed",
        lost["overwritten"].format(2),
    ]


def test_a_buffer_is_full_when_as_many_are_ready_as_there_are() -> None:
    play = Playground(cpus=1, n_subbufs=4, subbuf_size=SIZE, mode=Mode.OVERWRITE)
    play.write(0, *[SIZE] * 3, 40)
    text = describe_buffer(play.snapshot(), 0)
    assert text == "cpu 0: 3 of 4 sub-buffers ready; 3 produced, 0 consumed"
    play.write(0, 70)
    assert describe_buffer(play.snapshot(), 0).splitlines()[0] == (
        "cpu 0: 4 of 4 sub-buffers ready, 1 of them overwritten, full; 4 produced, 0 consumed"
    )


def test_a_sub_buffer_is_told_with_its_figures() -> None:
    seen = two_and_one().snapshot()
    assert describe_subbuf(seen, 1, 0) == (
        f"cpu 1, sub-buffer 0 (lap 0): {STATE_WORDS[State.DONE]}; 1 event, 60 B used, padding 40 B"
    )
    assert describe_subbuf(seen, 1, 1) == (
        f"cpu 1, sub-buffer 1 (lap 1): {STATE_WORDS[State.UNREAD]}; 1 event, 60 B used,"
        " padding 40 B"
    )
    assert describe_subbuf(seen, 1, 2) == (
        "cpu 1, sub-buffer 2 (lap 2): being written; 2 events, 90 B used"
    )
    assert (
        describe_subbuf(seen, 1, 3)
        == "cpu 1, sub-buffer 3: not used since open or reset, 100 bytes free"
    )
    over = describe_subbuf(lossy(Mode.OVERWRITE).snapshot(), 0, 0)
    assert over.endswith("; 1 event overwritten when this lap began")


def test_under_the_pointer_writer_and_consumer_are_where_they_are() -> None:
    """The writer stands in sub-buffer 2 behind 90 bytes, the consumer at the begin of 1."""
    seen = two_and_one().snapshot()
    told = [describe(seen, Spot(1, index, 10)).splitlines() for index in range(4)]
    assert [len(lines) for lines in told] == [2, 3, 3, 2]
    assert told[0][1] == "60 B consumed, at 0…59"
    assert told[1][1:] == ["60 B unread, at 0…59", "consumer position: byte 0 here"]
    assert told[2][1:] == ["90 B unread, at 0…89", "write position: offset 90 of 100"]
    assert told[3][1] == "100 B free, at 0…99"
    assert describe(seen, Spot(1, 0, 60)).splitlines()[1] == (
        f"40 B {PART_WORDS[Paint.PADDING]}, at 60…99"
    )
    assert "write position: blocked, offset 101 = sub-buffer size + 1" in describe(
        lossy().snapshot(), Spot(0, 3, 0)
    )
    assert describe(seen, Spot(1, -1, 0)) == describe_buffer(seen, 1)


def test_many_buffers_are_told_in_sums() -> None:
    play = Playground(cpus=9, n_subbufs=4, subbuf_size=SIZE)
    play.write(2, *[SIZE] * 7)
    play.write(3, *[SIZE] * 3)
    assert describe_all(play.snapshot()) == (
        "9 buffers: 6 sub-buffers ready; 1 buffer full; 3 events lost"
    )


# -- in the middle of a ring -----------------------------------------------------------------------

Words = list[tuple[str, str]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Words:
    """What is drawn in rings from now on: words and the name of their colour."""
    words: Words = []
    plain = Face.draw

    def draw(
        face: Face, painter: QPainter, middle: tuple[float, float], colour: QColor, text: str
    ) -> None:
        words.append((text, colour.name()))
        plain(face, painter, middle, colour, text)

    monkeypatch.setattr(Face, "draw", draw)
    return words


def role(name: Role) -> str:
    return DARK[name].name()


def test_a_large_ring_tells_all_figures(make_view: MakeView, drawn: Words) -> None:
    play = Playground(cpus=1, n_subbufs=4, subbuf_size=SIZE)
    play.write(0, 60, 60, 60, 60)
    play.channel.subbufs_consumed(0, 1)
    view = make_view(900, 700)
    view.set_snapshot(play.snapshot())
    drawn.clear()
    view.grab()
    assert dict(drawn) == {
        "CPU 0": role(Role.TEXT_STRONG),
        "3 produced": role(Role.TEXT_DIM),
        "1 consumed": role(Role.TEXT_DIM),
        "2/4 ready": role(Role.TEXT_STRONG),
        f"1 {LOSS_WORDS['released_unread']}": role(Role.ERROR),
    }


def test_losses_and_a_full_buffer_are_red_in_a_ring(make_view: MakeView, drawn: Words) -> None:
    play = Playground(cpus=1, n_subbufs=4, subbuf_size=SIZE)
    play.write(0, *[SIZE] * 6)
    view = make_view(900, 700)
    view.set_snapshot(play.snapshot())
    drawn.clear()
    view.grab()
    assert dict(drawn) == {
        "CPU 0": role(Role.TEXT_STRONG),
        "4 produced": role(Role.TEXT_DIM),
        "0 consumed": role(Role.TEXT_DIM),
        "4/4 ready": role(Role.ERROR),
        "FULL · BLOCKED": role(Role.GAP),  # on a red ground
        f"2 {LOSS_WORDS['refused_full']}": role(Role.ERROR),
    }


def test_small_rings_tell_what_is_ready_and_what_was_lost(
    make_view: MakeView, drawn: Words
) -> None:
    play = Playground(cpus=16, n_subbufs=4, subbuf_size=SIZE)
    play.write(1, *[SIZE] * 7)
    play.write(2, *[SIZE] * 3, 5)
    play.channel.subbufs_consumed(2, 2)
    view = make_view(760, 640)
    view.set_snapshot(play.snapshot())
    drawn.clear()
    view.grab()
    assert {"4/4", "1/4", "0/4", "3 lost"} <= {words for words, _ in drawn}
    assert ("3 lost", role(Role.ERROR)) in drawn
    assert ("4/4", role(Role.ERROR)) in drawn
    assert ("BLOCKED", role(Role.ERROR)) in drawn
    assert ("1/4", role(Role.TEXT)) in drawn
    assert [words for words, _ in drawn].count("0/4") == 14


@pytest.mark.parametrize("size", [(900, 700), (330, 330), (240, 240), (170, 170), (130, 130)])
def test_a_blocked_ring_says_so_at_every_size_that_has_words(
    make_view: MakeView, drawn: Words, size: tuple[int, int]
) -> None:
    play = Playground(cpus=1, n_subbufs=4, subbuf_size=SIZE)
    play.write(0, *[SIZE] * 6)
    view = make_view(*size)
    view.set_snapshot(play.snapshot())
    drawn.clear()
    view.grab()
    told = {words for words, _ in drawn}
    assert told & {"FULL · BLOCKED", "BLOCKED"}
    assert "4/4" in " ".join(told)


@pytest.mark.parametrize(
    ("mode", "badge"), [(Mode.NO_OVERWRITE, "FULL · BLOCKED"), (Mode.OVERWRITE, "FULL")]
)
def test_the_badge_is_there_when_it_is_full(mode: Mode, badge: str) -> None:
    seen = lossy(mode).snapshot()
    assert (badge_of(seen, 0), badge_of(seen, 1)) == (badge, "")
    assert badge_of(two_and_one().snapshot(), 1) == ""


@pytest.mark.parametrize("events", [5, 9])  # writing over the oldest; lapped
def test_ready_is_one_figure_in_rings_bars_counters_and_words(
    make_view: MakeView, drawn: Words, monkeypatch: pytest.MonkeyPatch, events: int
) -> None:
    """As many as were finished and not consumed, whether the writer used them again or not."""
    beside: list[str] = []
    plain = Bars._image

    def image(bars: Bars, words: str, width: float, *, bad: bool) -> object:
        beside.append(words)
        return plain(bars, words, width, bad=bad)

    monkeypatch.setattr(Bars, "_image", image)
    for cpus, size in ((1, (900, 700)), (16, (760, 640)), (64, (900, 900))):
        play = Playground(cpus=cpus, n_subbufs=4, subbuf_size=SIZE, mode=Mode.OVERWRITE)
        play.write(0, *[SIZE] * events)
        buf = play.channel.buffers[0]
        ready = buf.subbufs_produced - buf.subbufs_consumed
        assert ready == events - 1
        seen = play.snapshot()
        column = next(one for one in COLUMNS if one.heading == "ready")
        assert int(column.figures(seen.buffers)[0]) == ready
        figure = "4/4" if ready == 4 else str(ready)
        view = make_view(*size)
        view.set_snapshot(seen)
        drawn.clear()
        view.grab()
        words = {one for one, _ in drawn} | set(beside)
        gone = ready - 3
        forms = {f"{figure} ready, {gone}{of} overwritten" for of in ("", " of them")}
        assert words & {figure, *forms}, cpus
        assert cpus == 64 or words & {"FULL"}


def test_rings_of_a_closed_channel_say_so(make_view: MakeView, drawn: Words) -> None:
    """What they were left with is no fault any more: nothing of it is red but what was lost."""
    for cpus, size in ((1, (900, 700)), (16, (760, 640))):
        play = Playground(cpus=cpus, n_subbufs=4, subbuf_size=SIZE)
        play.write(0, *[SIZE] * 5)
        view = make_view(*size)
        for closed, colour in ((False, Role.ERROR), (True, Role.TEXT)):
            if closed:
                play.channel.close()
            seen = play.snapshot()
            view.set_snapshot(seen)
            drawn.clear()
            view.grab()
            assert ("CLOSED" in {words for words, _ in drawn}) is closed
            ready = next(at for words, at in drawn if words.startswith("4/4"))
            colours = {role(colour)} | ({role(Role.TEXT_STRONG)} if closed else set())
            assert ready in colours, (cpus, closed)
            assert ("closed" in detail(seen)) is closed
            assert ("the channel is closed" in describe_all(seen)) is closed
            assert ("the channel is closed" in describe_buffer(seen, 0)) is closed


@pytest.mark.parametrize("size", [(260, 260), (300, 300), (420, 420), (700, 700)])
def test_no_words_run_over_the_ring(make_view: MakeView, size: tuple[int, int]) -> None:
    play = Playground(cpus=4, n_subbufs=8, subbuf_size=SIZE, mode=Mode.OVERWRITE)
    for cpu in range(4):
        play.write(cpu, *[SIZE] * 2_000)
    view = make_view(*size)
    view.set_snapshot(play.snapshot())
    reached: list[float] = []
    plain = Face.draw

    def draw(
        face: Face, painter: QPainter, middle: tuple[float, float], colour: QColor, text: str
    ) -> None:
        centre = min(
            (view.scene.layout.centre(row) for row in range(4)),
            key=lambda at: math.dist(at, middle),
        )
        beside = abs(middle[1] - centre[1]) + face.height / 2
        reached.append(math.hypot(face.width(text) / 2, beside))
        plain(face, painter, middle, colour, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Face, "draw", draw)
        view.scene.use(DARK)
        view.grab()
    assert reached
    assert max(reached) <= view.scene.layout.inner + 1


# -- positions -------------------------------------------------------------------------------------


def near(view: RingsView, place: float, radius: float) -> set[int]:
    """The colours around a point of the only ring, so many pixels from its middle."""
    image = view.grab().toImage()
    x, y = view.scene.layout.centre(0)
    angle = place * 2 * math.pi
    at = x + radius * math.sin(angle), y - radius * math.cos(angle)
    return {
        image.pixel(round(at[0] + dx), round(at[1] + dy)) | 0xFF000000
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    }


def test_writer_and_consumer_have_their_own_colours_and_sides(make_view: MakeView) -> None:
    """The writer's mark points inwards from outside, the consumer's outwards from inside."""
    play = Playground(cpus=1, n_subbufs=4, subbuf_size=SIZE)
    play.write(0, SIZE, SIZE, 50)
    play.channel.subbufs_consumed(0, 1)
    view = make_view(900, 700)
    view.set_snapshot(play.snapshot())
    layout = view.scene.layout
    writer, consumer = (
        DARK.rgb(one) | 0xFF000000 for one in (Role.WRITE_POSITION, Role.CONSUMER_POSITION)
    )
    assert writer != consumer
    for place, radius, there, absent in (
        (2.5 / 4, layout.outer + 6, writer, consumer),
        (1 / 4, layout.inner - 6, consumer, writer),
        (1 / 4, layout.outer + 6, None, writer),
        (2.5 / 4, layout.inner - 6, None, consumer),
    ):
        seen = near(view, place, radius)
        assert there is None or there in seen
        assert absent not in seen


# -- beside bars -----------------------------------------------------------------------------------


def test_beside_a_bar_stands_what_is_ready(
    make_view: MakeView, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    plain = Bars._image

    def image(bars: Bars, words: str, width: float, *, bad: bool) -> object:
        told.append(f"{words}{' in red' if bad else ''}")
        return plain(bars, words, width, bad=bad)

    monkeypatch.setattr(Bars, "_image", image)
    play = Playground(cpus=64, n_subbufs=4, subbuf_size=SIZE)
    play.write(5, *[SIZE] * 3, 10)
    play.channel.subbufs_consumed(5, 1)
    play.write(6, *[SIZE] * 9)
    view = make_view(900, 900)
    view.set_snapshot(play.snapshot())
    view.grab()
    cpus = [f"{cpu}{' in red' if cpu in (5, 6) else ''}" for cpu in range(64)]
    ready = [*["0/4"] * 62, "2/4", "4/4 in red"]
    lost = [*[" in red"] * 62, "1 in red", "5 in red"]  # the first were released unread
    assert sorted(told) == sorted([*cpus, *ready, *lost])
