"""What docks show at many moments: a line for each of them and each view, with digests.

A digest says that something is otherwise, not what; the line it stands in says where and when.
"""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import qVersion
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.rates.plot import TimePlot
from relayviz.gui.rings.view import RingsView
from tests.gui.waiting import lay_out
from tests.gui.whole.described import described
from tests.gui.whole.painted import SVG, drawing, painted
from tests.gui.whole.test_described import AT, _anywhere
from tests.gui.whole.test_keys import name_of
from tests.gui.whole.test_mouse import draws_itself

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.gui.conftest import Driver

    Moment = tuple[str, Callable[[], object]]
    Part = tuple[str, list[str]]


LINK = "{http://www.w3.org/1999/xlink}href"
TURNS = 5
PAINTED = "painted "  # such lines depend on fonts


def groups(driver: Driver, names: Iterable[str]) -> Iterator[list[str]]:
    """Bring docks to front, as many at once as there is room for; give those that are."""
    waiting = list(names)
    while waiting:
        front = list[str]()
        for name in waiting:
            driver.window.focus_dock(name)
            QTest.qWait(0)
            if all(in_front(driver, one) for one in front):
                front.append(name)
        for name in front:  # those that were covered by one that has no room beside them
            driver.window.focus_dock(name)
        driver.settle()
        QTest.qWait(1)
        waiting = [name for name in waiting if name not in front]
        yield front


def in_front(driver: Driver, name: str) -> bool:
    """Whether something of a dock is seen; what stands behind another is visible for Qt, too."""
    return not driver.window.docks[name].visibleRegion().isEmpty()


def digest(lines: Iterable[str]) -> str:
    """Return a few letters for some lines."""
    return sha256("\n".join(lines).encode()).hexdigest()[:8]


def dots(view: QWidget) -> str:
    """Return digests of the dots in the theme's colours, and of where they are, of all pictures.

    Those in between differ from machine to machine.
    """
    counts, places = list[str](), sha256()
    for image in drawing(view).iter(f"{SVG}image"):
        held = QImage.fromData(b64decode(image.attrib[LINK].partition(",")[2]))
        held = held.convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(held.constBits(), np.uint32).reshape(held.height(), held.width())
        for role in Role:
            of_role = pixels == theme.current().rgb(role)
            counts.append(f"{role} {int(of_role.sum())}")
            places.update(np.packbits(of_role).tobytes())
    return f"{digest(counts)}, at {places.hexdigest()[:8]}" if counts else ""


def rest(driver: Driver) -> None:
    """Wait until no dock gets another size any more: room is given in several turns."""
    before, same = list[object](), 0
    while same < TURNS:
        QTest.qWait(5)
        driver.settle()
        now: list[object] = [frame.geometry() for frame in driver.window.docks.values()]
        before, same = now, same + 1 if now == before else 0


def finish(widget: QWidget) -> None:
    """Have rings drawn for which one frame had no time."""
    for view in widget.findChildren(RingsView):
        view.scene.draw()
        while view.scene.is_unfinished:
            view.scene.draw()


def facts(driver: Driver, name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Give what a dock says, what its views paint, and its curves, which are drawn for us."""
    panel = driver.window.docks[name].panel
    finish(panel)
    lines = [_anywhere(line, folder) for line in described(panel)]
    drawn = [line for line in lines if PAINTED in line]
    inks, places = (
        [line for line in drawn if bool(AT.search(line)) is is_place] for is_place in (False, True)
    )
    yield f"{name} says", f"{panel.detail}; {digest(one for one in lines if PAINTED not in one)}"
    if drawn:
        yield f"{name} shows", f"painted in {digest(inks)}, {len(inks)} lines"
        yield f"{name} has it there", f"painted at {digest(places)} (Qt {qVersion()})"
    for view in panel.findChildren(QWidget):
        is_drawn = view.isVisible() and draws_itself(view) and not view.size().isEmpty()
        if is_drawn and (told := dots(view)):
            yield f"{name}, in {name_of(view)}", f"painted {told} (Qt {qVersion()})"
    for plot in panel.findChildren(TimePlot):
        if plot.isVisible():
            *inks, place = painted(plot)
            yield f"{name}, a plot", f"painted in {digest(inks)}, {place}"


def different(moment: str, before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Say what is otherwise than the moment before."""
    found = [f"{moment}: {at}: {told}" for at, told in now.items() if before.get(at) != told]
    return found + [f"{moment}: {at}: gone" for at in before if at not in now]


def shown(
    driver: Driver,
    names: Iterable[str],
    moments: Iterable[Moment],
    folder: Path,
    what: str = "",
) -> Iterator[Part]:
    """Go through moments with some docks in front; say what is otherwise each time.

    Args:
        driver: The window.
        names: The docks.
        moments: What each is called, and what leads to it.
        folder: What is left out of what is told.
        what: Stands before all, such as PAINTED where all depends on fonts.
    """
    moments = list(moments)
    driver.window.reset_layout()
    for group in groups(driver, names):
        before, lines = dict[str, str](), list[str]()
        for moment, go in moments:
            go()
            driver.settle()
            lay_out()
            if what:
                rest(driver)
            now = {at: told for name in group for at, told in facts(driver, name, folder)}
            lines += different(what + moment, before, now)
            before = now
        yield ", ".join(group), lines


def steps(driver: Driver, every: Iterable[int]) -> list[Moment]:
    """Return the moments of some steps."""
    return [(f"step {at}", partial(driver.controller.seek, at)) for at in every]
