"""Tabs that are used with every engine and closed, and what the process has: test and bench."""

from __future__ import annotations

import gc
import resource
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtTest import QTest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.why.why import Byte, Figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.shell.main_window import MainWindow
    from relayviz.model.engine.protocol import Engine

SUBBUF, CPUS = 1 << 20, 4
ENOUGH = 1000  # events that a running channel stores before it is left
PATIENCE = 60.0
THREADS = ("step-engine", "live-engine", "live-adviser", "background")


class Held(NamedTuple):
    """What a process has.

    Attributes:
        resident: Bytes in memory.
        descriptors: Open files.
        mappings: Mappings of channels' memory, control blocks included.
        others: All other mappings; the C library keeps some for threads that have ended.
        threads: Its threads, but for those of the window itself.
    """

    resident: int
    descriptors: int
    mappings: int
    others: int
    threads: int


def held(*, collected: bool) -> Held:
    """Return what this process has now; `collected`: without what nobody can reach any more."""
    if collected:
        gc.collect()
    statm = Path("/proc/self/statm").read_text(encoding="ascii").split()
    maps = Path("/proc/self/maps").read_text(encoding="ascii").splitlines()
    ours = sum("memfd:relay" in line for line in maps)
    return Held(
        int(statm[1]) * resource.getpagesize(),
        sum(1 for _ in Path("/proc/self/fd").iterdir()),
        ours,
        len(maps) - ours,
        sum(1 for _ in Path("/proc/self/task").iterdir()),
    )


class Use:
    """A user of a window, who opens channels, uses them and closes their tabs.

    Args:
        window: The window.
        megabytes: What the buffers of each channel take.

    Attributes:
        engines: All that there ever were; none is kept.
    """

    def __init__(self, window: MainWindow, megabytes: int) -> None:
        self._window = window
        self._controller: Controller = window.controller
        self._subbufs = max(2, megabytes // CPUS)
        self.engines: list[weakref.ref[Engine]] = []

    def tab(self) -> None:
        """Open a channel; step it, run it, and step it from there, with every dock shown."""
        controller = self._controller
        self._open()
        self._look_at_all()
        controller.seek(self._subbufs * CPUS * 2)
        self._settle()
        controller.running.go_live()
        self._until(lambda: controller.running.engine is not None and controller.running.is_running)
        self._look_at_all()
        self._until(lambda: self._stored() > ENOUGH)
        controller.running.step_from_here()
        self._until(lambda: controller.stepped is not None)
        controller.submit(Operation(Kind.WRITE, 0, length=100))
        self._settle()
        seen = [one for tab in controller.tabs for one in tab.engines]
        known = [one() for one in self.engines]
        self.engines += [weakref.ref(one) for one in seen if one not in known]

    def close(self) -> None:
        """Close every tab, and wait until what worked for them has ended."""
        controller = self._controller
        while controller.tabs:
            controller.close_tab(0)
            QTest.qWait(1)
        self._until(lambda: not any(one.name in THREADS for one in threading.enumerate()))
        self._until(lambda: not controller._tabs._closing)
        QTest.qWait(1)  # what Qt was asked to delete later

    def _open(self) -> None:
        writes = CPUS * self._subbufs * 4
        engine = self._controller.open_channel(
            ChannelConfig(
                base_filename="closing",
                cpus=CPUS,
                n_subbufs=self._subbufs,
                subbuf_size=SUBBUF,
                mode=Mode.OVERWRITE,
            )
        )
        engine.submit(
            Operation(Kind.OPEN_FILE, 0),
            *(Operation(Kind.WRITE, at % CPUS, length=SUBBUF // 4) for at in range(writes)),
            Operation(Kind.READ, 0, length=SUBBUF // 2, fd=0),
            Operation(Kind.FLUSH),
        )
        self._settle()

    def _look_at_all(self) -> None:
        """Show every dock, and ask why in the one that answers."""
        for name, frame in self._window.docks.items():
            frame.show()
            frame.raise_()
            self._controller.select(0, 0)
            if name == "why" and self._controller.stepped is not None:
                self._controller.ask_why(Figure(0, "offset"))
                self._controller.ask_why(Byte(0, 0, 1))
            QTest.qWait(1)

    def _stored(self) -> int:
        shown = self._controller.snapshot
        return 0 if shown is None else int(shown.buffers["account"]["accepted"]["events"].sum())

    def _settle(self) -> None:
        engine = self._controller.stepped
        assert engine is not None
        self._until(lambda: not engine.busy)

    def _until(self, is_so: Callable[[], bool]) -> None:
        """Run the event loop until something is so."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, "it does not come"
            QTest.qWait(5)
        self._controller._pump.poll()
