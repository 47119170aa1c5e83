"""Several channels are opened together: all of them, or none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.chosen.opening import Opening
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.engine.protocol import Engine, OpenError
from tests.gui.waiting import until

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

CONFIG = ChannelConfig(cpus=1, subbuf_size=64, n_subbufs=2)


def _refused() -> tuple[Engine, str]:
    raise OpenError(None, "it is gone")


def test_all_that_were_made_are_given_with_their_titles(qtbot: QtBot) -> None:
    owner = QObject()
    opening, shown = Opening(owner), dict[str, Engine]()
    opening.opened.connect(lambda engine, title: shown.update({title: engine}))
    with qtbot.waitSignal(opening.ended) as ended:
        opening.begin([lambda: (StepEngine(CONFIG), "a"), lambda: (StepEngine(CONFIG), "b")])
        assert opening.is_busy
    assert ended.args == [None]
    assert (opening.is_busy, list(shown)) == (False, ["a", "b"])
    assert all(engine.close() for engine in shown.values())


def test_where_one_cannot_be_none_is_and_the_first_is_closed(qtbot: QtBot) -> None:
    owner, threads = QObject(), set(threading.enumerate())
    opening, shown, first = Opening(owner), list[str](), StepEngine(CONFIG)
    opening.opened.connect(lambda _, title: shown.append(title))
    with qtbot.waitSignal(opening.ended) as ended:
        opening.begin([lambda: (first, "a"), _refused])
    assert isinstance(ended.args[0], OpenError)
    assert (shown, opening.is_busy) == ([], False)
    until(lambda: set(threading.enumerate()) <= threads)
