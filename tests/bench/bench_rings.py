"""Frames of the ring view, 1600 x 1000 without a screen: `python -m tests.bench.bench_rings`.

A frame is: a new snapshot in which every buffer differs, until its pixels are in the window's
memory. Beside the median stands what the thread itself computed, which a busy machine disturbs
less, and the ratio to filling an image of that size with one colour.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from relayviz.gui.look import theme
from relayviz.gui.rings.view import RingsView
from relayviz.model.channel.config import Mode
from tests.gui.states import Playground

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.engine.snapshot import Snapshot

WIDTH, HEIGHT = 1600, 1000
SNAPSHOTS, ROUNDS = 8, 8
#: CPUs, sub-buffers, milliseconds a frame may take on an idle machine; None: for information.
CASES = ((4, 8, 3.0), (16, 64, None), (63, 8, None), (256, 1024, 5.0), (4096, 8, 10.0))
MS = 1e3


def states(cpus: int, n: int, share: float) -> list[Snapshot]:
    """Return states of a busy channel; in each, this share of the buffers has changed."""
    play = Playground(cpus=cpus, n_subbufs=n, subbuf_size=256, header=4, mode=Mode.OVERWRITE)
    chance = random.Random(1)  # noqa: S311  no secret
    for cpu in range(cpus):
        play.write(cpu, *[chance.randint(20, 90) for _ in range(chance.randint(n, 6 * n))])
        if cpu % 2:
            play.channel.subbufs_consumed(cpu, n // 2)
    found = []
    for turn in range(SNAPSHOTS):
        for cpu in range(0, cpus, round(1 / share)):
            play.write(cpu, *[60] * (turn % 3 + 3))
        found.append(play.snapshot())
    return found


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Return milliseconds that something took, and those that this thread computed."""
    begun, computed = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - begun) * MS, (time.thread_time() - computed) * MS


def frames(cpus: int, n: int, share: float) -> tuple[float, float]:
    """Return the median of a frame in milliseconds, and that of the thread's own."""
    snapshots = states(cpus, n, share)
    view = RingsView(theme.load("dark"))
    view.resize(WIDTH, HEIGHT)
    view.show()
    view.set_snapshot(snapshots[0])
    QApplication.processEvents()

    def frame(snapshot: Snapshot) -> None:
        view.set_snapshot(snapshot)
        QApplication.processEvents()

    times = [
        measured(lambda snapshot=snapshot: frame(snapshot))  # type: ignore[misc]
        for _ in range(ROUNDS)
        for snapshot in snapshots[1:]
    ]
    view.close()
    wall, own = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(own)


def filling() -> float:
    """Return the median of filling an image of the view's size with one colour."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    return statistics.median(
        measured(lambda green=green: image.fill(QColor(0, green, 0)))[0]  # type: ignore[misc]
        for green in range(100)
    )


def main() -> int:
    """Measure, print a table, and write the figures if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    gc.freeze()
    fill = filling()
    rows = []
    print(f"{WIDTH} x {HEIGHT}, fill {fill:.2f} ms, load {os.getloadavg()[0]:.1f}")
    print("  CPUs x sub-buffers  changed   frame ms   own ms   x fill   goal ms")
    for cpus, n, goal in CASES:
        for share in (1.0, 0.05):
            wall, own = frames(cpus, n, share)
            rows.append({"cpus": cpus, "subbufs": n, "share": share, "ms": wall, "own_ms": own})
            wanted = "" if goal is None else f"{goal:.0f}"
            print(
                f"{cpus:6} x {n:<12} {share:7.0%} {wall:10.2f} {own:8.2f} {wall / fill:8.1f}"
                f" {wanted:>9}"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps({"fill_ms": fill, "frames": rows}), encoding="utf-8")
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
