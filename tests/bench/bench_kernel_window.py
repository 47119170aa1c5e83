"""A kernel in the window: `python -m tests.bench.bench_kernel_window`.

A dump of 256 MiB: until its channels are listed, and until the first picture of one is on the
screen. Then relay-agent streams, out of a file like /proc/kcore, and told is how old what is drawn
was and how many looks a second were drawn. Wall clock, as somebody waits; beside the first the
process's own time. The machine's load is told at the end.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from relayviz.engines.kernel.agent import commands
from relayviz.engines.kernel.agent.kernel import AgentKernel
from relayviz.engines.kernel.viewing.opened import OpenedKernel, attach
from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Layout, Settings, Store
from relayviz.model.engine.kernel import How, Where
from tests.bench.bench_kernel import MS, own_time, write_large
from tests.kernel.dumps import FIVE, Dump
from tests.kernel.kcores import live_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.kernel.look import Look

ROUNDS, SECONDS, RATES = 5, 8.0, (10, 30, 60)
PATIENCE = 60.0


class Stamped(AgentKernel):
    """Remembers of each look when the agent took it."""

    taken = 0.0

    def look(self) -> Look:
        frame = self.next(self._taken)  # as its parent does
        self._taken, self.taken = frame.number, frame.time
        return frame.look


def wait(ms: int) -> None:
    """Let the window run; QTest.qWait keeps the GIL, so other threads would hardly get on."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        wait(1)


def first_pictures(program: app.Program, folder: Path) -> None:
    dump = Dump(FIVE)
    write_large(folder / "core", dump.core)
    where = Where(How.DUMP, str(folder / "core"), str(dump.types))
    listed, drawn, own = [], [], []
    for _ in range(ROUNDS):
        begin, used = time.perf_counter(), own_time()
        opened = attach(where)
        listed.append(time.perf_counter() - begin)
        channel = opened.look.channels[0]
        program.controller.add_tab(opened.open(channel), channel.name)
        rings = program.window.docks["rings"].panel
        until(lambda: program.controller.snapshot is not None)
        rings.repaint()
        drawn.append(time.perf_counter() - begin)
        own.append(own_time() - used)
        opened.close()
        program.controller.close_tab(program.controller.current)
    for name, times in (("listed", listed), ("first picture", drawn), ("own time for both", own)):
        print(f"256 MiB, symbols out of it: {name:18} {statistics.median(times) * MS:8.1f} ms")


def streamed(program: app.Program, folder: Path, hz: int) -> None:
    live = live_of(Dump(FIVE), folder / f"live{hz}")
    source = Stamped(commands.local(hz, options=live.options))
    opened = OpenedKernel(source, Where(How.SSH, "far"))
    engine = opened.open(opened.look.channels[0])
    engine.pace(hz)
    ages: list[float] = []

    def shown(snapshot: object) -> None:
        if snapshot is not None:
            ages.append(time.time() - source.taken)

    program.controller.add_tab(engine, "stream")
    program.controller.snapshot_changed.connect(shown)
    wait(int(SECONDS * MS))
    program.controller.snapshot_changed.disconnect(shown)
    ages.sort()
    middle, late = (ages[int(len(ages) * part)] * MS for part in (0.5, 0.95))
    print(
        f"stream of {hz:3} Hz: {len(ages) / SECONDS:5.1f} frames/s drawn,"
        f" age {middle:5.1f} ms median, {late:6.1f} ms at 95 %"
    )
    program.controller.close_tab(program.controller.current)
    opened.close()


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    app.prepare(application)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Store(Settings, folder / "settings.json")
        program = app.Program(settings, Store(Layout, folder / "session.json"))
        program.window.resize(1680, 1050)
        program.window.show()
        wait(500)
        first_pictures(program, folder)
        for hz in RATES:
            streamed(program, folder, hz)
        program.window.desk.discard()
        program.window.close()
    print(f"load of this machine, over the last minute: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
