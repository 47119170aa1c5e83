"""The ring view: what is drawn where, what a pointer and keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.geometry import point_of, turn_of
from relayviz.gui.rings.layout import LABEL, LOST, READY
from relayviz.gui.rings.raster import LOOK, Paint, inks, samples_around
from relayviz.gui.rings.view import PAN_STEP
from relayviz.model.channel.config import Mode
from tests.gui.states import Playground

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from relayviz.gui.rings.view import RingsView

    MakeView = Callable[[int, int], RingsView]

DARK = theme.load("dark")


def pixels(view: RingsView) -> QImage:
    return view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def byte_point(view: RingsView, row: int, index: int, offset: float, radius: float = 0.5) -> QPoint:
    """Where a byte is in the view; radius 0: inner rim, 1: outer."""
    scene, layout = view.scene, view.scene.layout
    config = view.snapshot.config  # type: ignore[union-attr]
    samples = samples_around(layout.outer)
    turn = turn_of(index, 0, config.n_subbufs, config.subbuf_size, samples)
    end = turn_of(index, config.subbuf_size, config.n_subbufs, config.subbuf_size, samples)
    turn += (end - turn) * offset / config.subbuf_size
    if layout.bars:
        bar = layout.bar(row)
        x, y = bar.x + bar.width * turn, bar.y + bar.height * (1 - radius)
    else:
        centre = layout.centre(row)
        middle = (round(centre[0]), round(centre[1]))
        x, y = point_of(middle, layout.inner + (layout.outer - layout.inner) * radius, turn)
    return QPoint(int(x - scene.origin[0]), int(y - scene.origin[1]))


def paints_around(image: QImage, at: QPoint, reach: int = 4) -> set[int]:
    return {
        image.pixel(at.x() + dx, at.y() + dy)
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
    }


def shows(image: QImage, at: QPoint, paint: Paint) -> bool:
    """Whether a paint is there; a hatched one with stripe and ground."""
    stripe, ground = inks(DARK)[paint]
    return {stripe, ground} <= paints_around(image, at)


@pytest.mark.parametrize("cpus", [1, 4, 64])
def test_each_part_has_its_paint(make_view: MakeView, cpus: int) -> None:
    play = Playground(cpus=cpus, n_subbufs=4, subbuf_size=100, header=20)
    play.write(0, 50, 60, 20)  # 30 bytes of padding; then a full one
    play.write(0, 30)
    play.channel.subbufs_consumed(0, 1)
    play.reserve(0, 20)
    view = make_view(1200, 900)
    view.set_snapshot(play.snapshot())
    image = pixels(view)
    for index, offset, paint in (
        (0, 10, Paint.HEADER),
        (0, 45, Paint.CONSUMED),
        (0, 85, Paint.PADDING),
        (1, 10, Paint.HEADER),
        (1, 60, Paint.UNREAD),
        (2, 35, Paint.UNREAD),
        (2, 60, Paint.RESERVED),
        (2, 85, Paint.FREE),
        (3, 50, Paint.FREE),
    ):
        assert shows(image, byte_point(view, 0, index, offset), paint), (index, offset, paint)


def test_what_was_overwritten_unread_is_hatched(make_view: MakeView) -> None:
    play = Playground(cpus=2, n_subbufs=4, subbuf_size=100, mode=Mode.OVERWRITE)
    play.write(1, 100, 100, 100, 100, 40)
    view = make_view(900, 500)
    view.set_snapshot(play.snapshot())
    image = pixels(view)
    assert shows(image, byte_point(view, 1, 0, 80), Paint.LOST)
    assert shows(image, byte_point(view, 1, 0, 20), Paint.UNREAD)
    assert shows(image, byte_point(view, 1, 0, 20, radius=0.1), Paint.LOST)
    assert not shows(image, byte_point(view, 1, 1, 20, radius=0.1), Paint.LOST)


@pytest.mark.parametrize("size", [(560, 420), (440, 300), (1300, 900)])
def test_words_stay_inside_their_ring(make_view: MakeView, size: tuple[int, int]) -> None:
    play = Playground(cpus=1, n_subbufs=8, subbuf_size=64)
    play.channel.write_many(b"x" * 64 * 200_000, [64] * 200_000, 0)
    view = make_view(*size)
    view.set_snapshot(play.snapshot())
    image, layout = pixels(view), view.scene.layout
    x, y = layout.centre(0)
    band = {
        image.pixel(*map(int, point_of((x, y), layout.inner + beyond, turn / 720)))
        for beyond in (2, 4, 6)
        for turn in range(720)
    }
    assert DARK.rgb(Role.ERROR) not in band
    middle = image.copy(int(x - layout.inner / 2), int(y), int(layout.inner), int(layout.inner))
    assert DARK.rgb(Role.ERROR) in colours(middle)  # it is told all the same


def colours(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def test_beside_a_bar_only_what_is_bad_is_red(make_view: MakeView) -> None:
    play = Playground(cpus=64, n_subbufs=4, subbuf_size=64)
    play.write(7, *[64] * 50)  # full, 46 lost
    play.write(8, *[64] * 3)
    view = make_view(900, 900)
    view.set_snapshot(play.snapshot())
    image, layout = pixels(view), view.scene.layout
    red = DARK.rgb(Role.ERROR)

    def is_red(row: int, left: float, right: float) -> bool:
        bar = layout.bar(row)
        box = (int(bar.x + left), int(bar.y), int(right - left), int(bar.height))
        return red in colours(image.copy(*box))

    for row, bad in ((7, True), (8, False)):
        end = layout.bar(row).width
        assert is_red(row, -LABEL, -4) is bad, "cpu"
        assert is_red(row, end + 8, end + READY) is bad, "ready"
        assert is_red(row, end + READY, end + READY + LOST) is bad, "lost"


@pytest.mark.parametrize(("cpus", "n"), [(1, 1024), (16, 1024), (256, 1024), (4096, 64)])
def test_one_loss_among_many_subbufs_is_seen(make_view: MakeView, cpus: int, n: int) -> None:
    play = Playground(cpus=cpus, n_subbufs=n, subbuf_size=8, mode=Mode.OVERWRITE)
    row = cpus // 3
    view = make_view(1600, 1000)
    play.write(row, *[8] * n)
    view.set_snapshot(play.snapshot())
    lost = inks(DARK)[Paint.LOST][0]
    cell = view.scene.layout.cell(row)
    box = (int(cell.x), int(cell.y), int(cell.width) + 1, max(2, int(cell.height)))

    def loss_is_shown() -> bool:
        image = pixels(view).copy(*box)
        return any(
            image.pixel(x, y) == lost for x in range(image.width()) for y in range(image.height())
        )

    assert not loss_is_shown()
    play.write(row, 8)
    view.set_snapshot(play.snapshot())
    assert loss_is_shown()


def test_only_what_differs_is_drawn_again(make_view: MakeView) -> None:
    play = Playground(cpus=4, n_subbufs=8, subbuf_size=100)
    view = make_view(800, 800)
    view.set_snapshot(play.snapshot())
    view.grab()
    first = play.snapshot()
    view.set_snapshot(first)
    view.scene.draw()
    play.write(2, 10)
    view.set_snapshot(play.snapshot())
    view.scene.draw()
    assert view.scene.drawn == 1


@pytest.mark.parametrize(("cpus", "n"), [(4, 8), (100, 16)])
def test_drawn_step_by_step_or_at_once_it_looks_the_same(
    make_view: MakeView, cpus: int, n: int
) -> None:
    play = Playground(cpus=cpus, n_subbufs=n, subbuf_size=64, mode=Mode.OVERWRITE, header=4)
    slow, fast = make_view(1000, 700), make_view(1000, 700)
    for step in range(60):
        play.write(step * 7 % cpus, *[20] * (step % 5), 60)
        if step % 9 == 0:
            play.channel.subbufs_consumed(step % cpus, 2)
        snapshot = play.snapshot()
        slow.set_snapshot(snapshot)
        slow.set_selection(step % 5 % cpus, step % n if step < 55 else -1)
        slow.scene.draw()
    fast.set_selection(59 % 5 % cpus, -1)
    while slow.scene.is_unfinished:
        slow.scene.draw()
    fast.set_snapshot(snapshot)
    assert pixels(slow) == pixels(fast)


def test_the_last_change_is_outlined(make_view: MakeView) -> None:
    play = Playground(cpus=1, n_subbufs=4, subbuf_size=100)
    view = make_view(600, 600)
    play.write(0, 100, 100, 50)
    play.snapshot()
    play.channel.subbufs_consumed(0, 1)
    view.set_snapshot(play.snapshot())
    changed = DARK.rgb(Role.CHANGED)
    rims = [paints_around(pixels(view), byte_point(view, 0, index, 50, 1.0)) for index in range(4)]
    assert [changed in rim for rim in rims] == [True, False, False, False]
    assert DARK.rgb(Role.WRITE_POSITION) in rims[2]


def test_a_click_selects_and_a_pointer_is_told(make_view: MakeView, qtbot: QtBot) -> None:
    play = Playground(cpus=4, n_subbufs=8, subbuf_size=512)
    play.write(3, 472, 100)
    view = make_view(800, 800)
    view.set_snapshot(play.snapshot())
    with qtbot.waitSignal(view.selected) as seen:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=byte_point(view, 3, 0, 490))
    assert seen.args == [3, 0]
    words = view.words_at(QPointF(byte_point(view, 3, 0, 490)))
    assert "cpu 3, sub-buffer 0 (lap 0): finished, not consumed; 1 event, 472 B used" in words
    assert "40 B padding: left when the sub-buffer was finished, at 472…511" in words
    assert "write position: offset 100 of 512" in view.words_at(QPointF(byte_point(view, 3, 1, 50)))
    centre = view.scene.layout.centre(3)
    assert "cpu 3: 1 of 8 sub-buffers ready" in view.words_at(QPointF(*centre))


def test_keys_move_what_is_selected(make_view: MakeView, qtbot: QtBot) -> None:
    play = Playground(cpus=3, n_subbufs=4, subbuf_size=100)
    view = make_view(800, 600)
    view.set_snapshot(play.snapshot())
    view.setFocus()
    seen: list[tuple[int, int]] = []
    view.selected.connect(lambda row, index: seen.append((row, index)))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(view, key)
    assert view.focus_place == (2, 3)
    assert seen == [(1, -1), (2, -1), (2, -1), (2, 3)], "a buffer as a whole, then its piece"
    assert view.accessibleDescription().startswith("cpu 2, sub-buffer 3")
    with qtbot.waitSignal(view.selected) as again:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert again.args == [2, 3]


def test_zoom_keeps_the_point_and_ends_at_the_edges(make_view: MakeView) -> None:
    play = Playground(cpus=16, n_subbufs=8, subbuf_size=100)
    view = make_view(800, 800)
    view.set_snapshot(play.snapshot())
    at = byte_point(view, 5, 3, 50)
    before = view.hit_at(QPointF(at))
    view.zoom(2.0, QPointF(at))
    after = view.hit_at(QPointF(at))
    assert before is not None
    assert after is not None
    assert (after.row, after.index) == (before.row, before.index) == (5, 3)
    view.pan(-1e6, -1e6)
    assert view.scene.origin == (0.0, 0.0)
    view.pan(1e6, 1e6)
    layout = view.scene.layout
    assert view.scene.origin == pytest.approx((layout.width - 800, layout.height - 800))
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.scene.layout.zoom == 1
    for _ in range(60):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    pixels(view)
    assert view.scene.layout.zoom < 20


def turned(view: RingsView, x: int, y: int) -> bool:
    """Turn the wheel over the view's middle; whether the view took that."""
    at = QPointF(view.rect().center())
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(x, y), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)
    return event.isAccepted()


def test_the_wheel_pans_what_is_zoomed(make_view: MakeView) -> None:
    view = make_view(800, 800)
    view.set_snapshot(Playground(cpus=16, n_subbufs=8, subbuf_size=100).snapshot())
    assert not turned(view, 0, -120), "there is nothing more to be seen"
    view.zoom(4.0)
    x, y = view.scene.origin
    for right, down in ((1, 0), (0, 1), (-1, 2)):
        assert turned(view, -120 * right, -120 * down)
        x, y = x + PAN_STEP * right, y + PAN_STEP * down
        assert view.scene.origin == pytest.approx((x, y))


def test_without_a_channel_it_says_what_to_do(make_view: MakeView) -> None:
    view = make_view(400, 300)
    view.set_snapshot(None)
    assert "No channel is open" in view.accessibleDescription()
    assert len(paints_around(pixels(view), QPoint(200, 150), 20)) > 1


def test_channels_of_any_shape_take_turns(make_view: MakeView) -> None:
    view = make_view(640, 480)
    for cpus, n in ((4, 8), (256, 4), (1, 1), (63, 3), (4, 1000)):
        view.set_snapshot(Playground(cpus=cpus, n_subbufs=n, subbuf_size=64).snapshot())
        view.set_selection(cpus - 1, n - 1)
        pixels(view)
    view.set_snapshot(None)
    pixels(view)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_paints_can_be_told_apart(name: str) -> None:
    colours = inks(theme.load(name))
    assert len(set(colours.values())) == len(Paint)
    for paint, (stripe, ground) in colours.items():
        assert (stripe != ground) == LOOK[paint][1]
