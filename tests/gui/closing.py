"""A tab that is used on both sides and closed, and what the process holds: for test and bench."""

from __future__ import annotations

import gc
import resource
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.why.why import Byte, Figure

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.shell.main_window import MainWindow

SUBBUF = 1 << 20
CPUS = 4
PATIENCE = 60.0


class Held(NamedTuple):
    """What a process has: bytes in memory, and numbers of descriptors, mappings and threads."""

    resident: int
    descriptors: int
    mappings: int
    threads: int


def held() -> Held:
    """Return what this process has now, without what nobody can reach any more."""
    for _ in range(3):
        gc.collect()
    statm = Path("/proc/self/statm").read_text(encoding="ascii").split()
    maps = Path("/proc/self/maps").read_text(encoding="ascii").splitlines()
    return Held(
        int(statm[1]) * resource.getpagesize(),
        _count("/proc/self/fd"),
        len(maps),
        _count("/proc/self/task"),
    )


def _count(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


def until(controller: Controller, is_so: object) -> None:
    """Run the event loop until something is so."""
    assert callable(is_so)
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it does not come"
        QTest.qWait(5)
        controller._pump.poll()


def config_of(megabytes: int) -> ChannelConfig:
    """Return a channel whose buffers take so much."""
    return ChannelConfig(
        base_filename="closing",
        cpus=CPUS,
        n_subbufs=max(2, megabytes // CPUS),
        subbuf_size=SUBBUF,
        mode=Mode.OVERWRITE,
    )


def use(window: MainWindow, megabytes: int) -> int:
    """Open a channel and use it on both sides, with every dock shown; return the tabs it made."""
    controller = window.controller
    before = len(controller.tabs)
    engine = controller.open_channel(config_of(megabytes))
    events = CPUS * max(2, megabytes // CPUS) * 4
    engine.submit(
        Operation(Kind.OPEN_FILE, 0),
        *(Operation(Kind.WRITE, at % CPUS, length=SUBBUF // 4) for at in range(events)),
        Operation(Kind.READ, 0, length=SUBBUF // 2, fd=0),
        Operation(Kind.FLUSH),
    )
    _settle(controller)
    for name, frame in window.docks.items():
        frame.show()
        frame.raise_()
        controller.select(0, 0)
        if name == "why":
            controller.ask_why(Figure(0, "offset"))
            controller.ask_why(Byte(0, 0, 1))
        QTest.qWait(1)
    controller.seek(events // 2)
    _settle(controller)
    controller.running.go_live()
    until(controller, lambda: controller.running.engine and controller.running.is_running)
    live = controller.running.engine
    assert live is not None
    for frame in window.docks.values():
        frame.show()
        frame.raise_()
        QTest.qWait(1)
    until(controller, lambda: live.snapshot.buffers["account"]["accepted"]["events"].sum() > 1000)
    controller.running.step_from_here()
    until(controller, lambda: controller.stepped is not None)
    controller.submit(Operation(Kind.WRITE, 0, length=100))
    _settle(controller)
    return len(controller.tabs) - before


def _settle(controller: Controller) -> None:
    engine = controller.stepped
    assert engine is not None
    until(controller, lambda: not engine.busy)
    controller._pump.poll()


def close_all(controller: Controller) -> None:
    """Close every tab, and let what was begun end."""
    while controller.tabs:
        controller.close_tab(0)
        QTest.qWait(1)
    until(controller, lambda: not any(map(_is_ours, threading.enumerate())))
    until(controller, lambda: not controller._tabs._closing)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _is_ours(thread: threading.Thread) -> bool:
    return thread.name in ("step-engine", "live-engine", "background", "advice")
