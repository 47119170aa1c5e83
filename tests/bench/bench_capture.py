"""Opening a large capture: `python -m tests.bench.bench_capture`.

Files as blktrace writes them, one a CPU, are made with ten million records. Told is how fast they
are indexed and what the index takes; then, in the window, how long it is until rings of the
beginning are painted, until all is read, and until places at random are shown. Seconds of the
clock, and of the process where said. The machine's load is told at the end.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from relayviz.engines.capture.capture import open_capture
from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Layout, Settings, Store
from relayviz.model.engine.taped import taped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RECORDS, CPUS, SEEKS = 10_000_000, 4, 100
GOALS = {"records/s": 5e6, "picture": 1.0, "bytes": 40}
PATIENCE = 300.0
MS = 1e3
#: struct blk_io_trace, little endian
RECORD = np.dtype(
    [
        ("magic", "<u4"),
        ("sequence", "<u4"),
        ("time", "<u8"),
        ("sector", "<u8"),
        *((name, "<u4") for name in ("bytes", "action", "pid", "device", "cpu")),
        ("error", "<u2"),
        ("pdu", "<u2"),
    ]
)


def make(folder: Path, records: int) -> list[Path]:
    """Write the files; a call of the benchmark, not of what is measured."""
    paths = []
    for cpu in range(CPUS):
        rows = np.zeros(records // CPUS, RECORD)
        rows["magic"], rows["cpu"], rows["bytes"] = 0x65617407, cpu, 4096
        rows["sequence"] = np.arange(1, len(rows) + 1)
        rows["time"] = np.arange(len(rows)) * 1000 + cpu
        rows["sector"] = rows["sequence"] * 8
        paths.append(folder / f"disk.blktrace.{cpu}")
        rows.tofile(paths[-1])
    return paths


def resident() -> int:
    """Return the bytes that the process has now."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def indexed(paths: Sequence[Path], records: int) -> None:
    """Index them all; what that takes."""
    before, begun, computed = resident(), time.perf_counter(), time.process_time()
    capture = open_capture(paths)
    taken, own = time.perf_counter() - begun, time.process_time() - computed
    assert capture.records == records
    each = (resident() - before) / records
    print(
        f"index: {records / taken / 1e6:.1f} M records/s, {records / own / 1e6:.1f} M/s of the"
        f" process (goal {GOALS['records/s'] / 1e6:.0f}), {each:.0f} bytes a record"
        f" (goal {GOALS['bytes']})"
    )


def until(holds: Callable[[], bool]) -> None:
    """Let the window run until something is so."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        loop = QEventLoop()
        QTimer.singleShot(1, loop.quit)
        loop.exec()


def opened(program: app.Program, paths: Sequence[Path], records: int) -> None:
    """Open them in the window, and go to places."""
    controller, rings = program.controller, program.window.docks["rings"].panel
    begun = time.perf_counter()
    program.window.captures.open(paths)
    until(lambda: taped(controller.shown) is not None and controller.snapshot is not None)
    rings.repaint()
    print(
        f"window: first picture {time.perf_counter() - begun:.2f} s (goal {GOALS['picture']:.0f})"
    )
    engine = taped(controller.shown)
    assert engine is not None
    until(lambda: engine.tape.count == records)
    print(f"window: all read {time.perf_counter() - begun:.1f} s")
    chance, times = random.Random(1), []  # noqa: S311  no secret
    for _ in range(SEEKS):
        place = chance.randrange(records)
        begun = time.perf_counter()
        engine.goto_place(place)
        until(lambda: engine.wait_idle(0) and controller.snapshot is engine.snapshot)
        rings.repaint()
        times.append((time.perf_counter() - begun) * MS)
    high = float(np.percentile(times, 99))
    print(f"window: a place shown {statistics.median(times):.0f} ms median, {high:.0f} ms p99")


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    records = parser.parse_args().records // CPUS * CPUS
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    app.prepare(application)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = make(folder, records)
        indexed(paths, records)
        settings = Store(Settings, folder / "settings.json")
        program = app.Program(settings, Store(Layout, folder / "session.json"))
        program.window.resize(1680, 1050)
        program.window.show()
        opened(program, paths, records)
        program.window.desk.discard()
        program.window.close()
    print(f"load of this machine, over the last minute: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
