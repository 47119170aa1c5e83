"""What stands on the screen is what each view would draw now: after each deed it is drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from relayviz.gui.desk import commands
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.model.channel.operation import Kind, Operation
from tests.capture.test_truth import LOSSY, files
from tests.gui.dragging import drop
from tests.gui.driven.apart import own_views
from tests.gui.inside.seen import show
from tests.gui.whole.conftest import live, stepped
from tests.gui.whole.test_described import no_thread_left
from tests.gui.whole.test_keys import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget

    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

    Deed = Callable[[], object]

DRAWN = ("bytes", "watches", "fate")  # the rings and the time line are beside each of them
OPAQUE = Qt.WidgetAttribute.WA_OpaquePaintEvent
GROUNDS = (Role.PANEL, Role.LANE, Role.FREE)
TURNS = 40
__all__ = ["live", "no_thread_left", "stepped"]  # fixtures


def drawn(view: QWidget) -> tuple[QImage, QImage]:
    """Return what stands on the screen of a view, and what it would draw now.

    What is laid out or drawn a little later gets some turns for that.
    """
    window = view.window()
    for _ in range(TURNS):
        QTest.qWait(1)
        size = view.visibleRegion().boundingRect().size()
        place = QRect(view.mapTo(window, QPoint(0, 0)), size)
        now = window.grab(place).toImage().convertToFormat(QImage.Format.Format_RGB32)
        at = (place.x(), place.y(), place.width(), place.height())
        screen = window.screen().grabWindow(window.winId(), *at).toImage()
        screen = screen.convertToFormat(now.format())
        if screen == now:
            break
    return screen, now


def in_sight(root: QWidget) -> list[QWidget]:
    """Return what draws itself and can be seen."""
    return [view for view in own_views(root) if not view.visibleRegion().isEmpty()]


def stale(driver: Driver, root: QWidget) -> list[str]:
    """Return what of a window does not stand on the screen as it would be drawn now."""
    driver.settle()
    pairs = [(name_of(view), drawn(view)) for view in in_sight(root)]
    return [name for name, (screen, now) in pairs if screen != now]


def colours_in(image: QImage) -> set[int]:
    """Return the colours of an image."""
    return set(np.unique(np.frombuffer(image.constBits(), np.uint32)).tolist())


def left_stale(
    driver: Driver, docks: Iterable[str], deeds: Iterable[tuple[str, Deed]]
) -> list[str]:
    """Do each deed while each of some docks is in front; return what is not drawn anew."""
    driver.window.reset_layout()
    found = []
    for name in docks:
        driver.window.focus_dock(name)
        for title, do in deeds:
            do()
            found += [f"{title}: {view}" for view in stale(driver, driver.window)]
    return sorted(set(found))


def stepping(driver: Driver) -> list[tuple[str, Deed]]:
    """Go elsewhere in ways of which each view shows something."""
    controller, window = driver.controller, driver.window
    last = driver.snapshot.last_step

    def write() -> None:
        controller.submit(Operation(Kind.WRITE, 1, 20))
        driver.settle()
        controller.seek(last)

    return [
        ("a step", lambda: controller.seek(7)),
        ("another", lambda: controller.seek(last)),
        ("a choice", lambda: controller.select(1, 2)),
        ("another CPU", lambda: controller.set_inputs(cpu=2)),
        ("a byte", lambda: controller.show_bytes(0, 1, 3, 9)),
        ("light", lambda: window.choose_theme("light")),
        ("a step more", write),
        ("another tab", lambda: controller.show_tab(0)),
        ("back", lambda: controller.show_tab(len(controller.tabs) - 1)),
        ("no CPU", lambda: controller.set_inputs(cpu=0)),
    ]


def noting(driver: Driver) -> list[tuple[str, Deed]]:
    """Note something that is shown beside the steps."""
    notebook = driver.controller.notebook
    return [
        ("a name", lambda: notebook.mark("here")),
        ("no name", lambda: notebook.mark("")),
        ("a watch", lambda: notebook.add_watch("offset[0]")),
        ("no watch", lambda: notebook.remove_watch("offset[0]")),
    ]


def test_a_stepped_channel(stepped: Driver) -> None:
    assert left_stale(stepped, DRAWN[1:], stepping(stepped)) == []


def test_notes(stepped: Driver) -> None:
    assert left_stale(stepped, ("timeline", "watches"), noting(stepped)) == []


def test_each_view_takes_over_the_colours_that_it_is_given(stepped: Driver) -> None:
    """Alone: where the whole window gets another style, all is drawn anew anyhow."""
    themes = [theme.load(name) for name in ("dark", "light")]
    dark, light = ({one.rgb(role) for role in GROUNDS} for one in themes)
    stepped.window.choose_theme("dark")
    stepped.window.reset_layout()
    seen, found = set(), []
    for name in DRAWN:
        stepped.window.focus_dock(name)
        stepped.settle()
        for view in in_sight(stepped.window):
            if hasattr(view, "set_theme") and view not in seen:
                seen.add(view)
                drawn(view)
                view.set_theme(themes[1])
                screen, now = drawn(view)
                left = colours_in(now) & (dark - light) if view.testAttribute(OPAQUE) else set()
                found += [f"{name_of(view)} as it was"] * (screen != now)
                found += [f"{name_of(view)} has {one & 0xFFFFFF:06x}" for one in left]
    assert found == []
    assert len(seen) > 4


def test_a_live_channel(live: LiveDriver) -> None:
    live.open_live(cpus=3)
    live.run(60)

    def pause() -> None:
        live.controller.running.toggle()
        live.settle()

    deeds = [
        ("paused", pause),
        ("a choice", lambda: live.controller.select(1, 2)),
        ("another CPU", lambda: live.controller.set_inputs(cpu=2)),
        ("a moment", lambda: live.controller.running.choose_moment(1.0)),
        ("now", lambda: live.controller.running.choose_moment(None)),
        ("running", pause),
        ("later", lambda: live.run(40)),
    ]
    assert left_stale(live, ("timeline", "rate"), deeds) == []


def test_inside_an_operation(driver: Driver) -> None:
    show(driver, "destroyed")
    steps = [(f"step {at}", lambda at=at: driver.controller.seek(at)) for at in (7, 3, 9, 0)]
    assert left_stale(driver, ("rings", "source"), steps) == []


def test_a_capture(driver: Driver) -> None:
    assert drop(driver, files(LOSSY[0]))
    last = driver.snapshot.last_step
    places = [
        (f"record {at}", lambda at=at: commands.show_moment(driver.controller, at))
        for at in (last, last // 2, 0)
    ]
    assert left_stale(driver, ("bytes", "records"), places) == []
