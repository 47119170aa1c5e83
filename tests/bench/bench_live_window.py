"""Frames of the whole window over a live channel: `python -m tests.bench.bench_live_window`.

A frame is one painting of the rings. Told are the intervals between them, what the window's thread
itself computed for each, and how fast the writers were beside it, compared with the same engine
without any window. Runs with and without are interleaved, so that other load meets both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from relayviz.engines.live.engine import LiveEngine
from relayviz.gui.rings import RingsPanel
from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Layout, Settings, Store
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.load.load import AS_FAST_AS_IT_GOES, Load, Reading, SizeKind, Sizes, Writing

WIDTH, HEIGHT = 1680, 1050
WARM_MS = 1500  # fonts, plots, the first layout
SECONDS, ROUNDS = 4.0, 3
MS = 1e3


@dataclass(frozen=True, slots=True)
class Case:
    """A channel under a load, and the goal on an idle machine of two cores."""

    name: str
    config: ChannelConfig
    load: Load
    goal_ms: float
    goal_share: float


CASES = (
    Case(
        "one unthrottled writer, one reader",
        ChannelConfig(base_filename="one", cpus=1, n_subbufs=8, subbuf_size=65536,
                      mode=Mode.OVERWRITE),
        Load(Writing(AS_FAST_AS_IT_GOES), Reading(pace=0.001)),
        34.0,
        0.8,
    ),
    Case(
        "64 CPUs, 2 M events/s",
        ChannelConfig(base_filename="many", cpus=64, n_subbufs=16, subbuf_size=4096,
                      mode=Mode.OVERWRITE),
        Load(Writing(2e6 / 64, Sizes(SizeKind.UNIFORM, 16, 96)), Reading(pace=0.01)),
        20.0,
        0.0,
    ),
)  # fmt: skip


@dataclass(slots=True)
class Run:
    """What was measured beside one window.

    Attributes:
        intervals: Milliseconds between two frames.
        own: Milliseconds that the window's thread computed for a frame.
        rate: Events a second that were stored.
    """

    intervals: list[float] = field(default_factory=list)
    own: float = 0.0
    rate: float = 0.0


class Frames(QObject):
    """Notes when a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() == QEvent.Type.Paint:
            self.times.append(time.perf_counter())
        return super().eventFilter(watched, event)


def let_pass(milliseconds: int) -> None:
    """Run the event loop for some time."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def stored(engine: LiveEngine) -> int:
    """Return the events stored so far."""
    return int(engine.snapshot.buffers["account"]["accepted"]["events"].sum())


def with_window(case: Case, seconds: float) -> Run:
    """Run a case with the whole window over it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Store(Settings, Path(folder) / "settings.json")
        settings.save(Settings(welcomed=True))
        program = app.Program(settings, Store(Layout, Path(folder) / "session.json"))
        window, controller = program.window, program.controller
        window.resize(WIDTH, HEIGHT)
        window.show()
        controller.open_channel(case.config)
        controller.running.set_load(case.load)
        controller.running.go_live()
        while controller.running.is_changing:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        engine = controller.running.engine
        assert isinstance(engine, LiveEngine)
        let_pass(WARM_MS)
        frames, panel = Frames(), window.docks["rings"].panel
        assert isinstance(panel, RingsPanel)
        panel.view.installEventFilter(frames)
        events, begun, computed = stored(engine), time.perf_counter(), time.thread_time()
        let_pass(round(seconds * MS))
        took, own = time.perf_counter() - begun, time.thread_time() - computed
        times = frames.times
        run = Run(
            [(after - before) * MS for before, after in pairwise(times)],
            own * MS / max(1, len(times)),
            (stored(engine) - events) / took,
        )
        window.close()
        window.deleteLater()
        let_pass(0)
        return run


def without_window(case: Case, seconds: float) -> float:
    """Return the events a second of a case that nobody looks at."""
    engine = LiveEngine(case.config, case.load)
    engine.start()
    wait = threading.Event().wait
    wait(WARM_MS / MS)
    events, begun = stored(engine), time.perf_counter()
    wait(seconds)
    rate = (stored(engine) - events) / (time.perf_counter() - begun)
    engine.close()
    return rate


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def measure(case: Case, seconds: float, rounds: int) -> dict[str, object]:
    """Run a case with and without a window in turn, and print what came of it."""
    runs, rates = [], []
    for _ in range(rounds):
        rates.append(without_window(case, seconds))
        runs.append(with_window(case, seconds))
    intervals = [interval for run in runs for interval in run.intervals]
    rate = statistics.median(run.rate for run in runs)
    share = rate / max(1.0, statistics.median(rates))
    own = statistics.median(run.own for run in runs)
    p50, p95 = percentile(intervals, 0.5), percentile(intervals, 0.95)
    print(f"{case.name}: {WIDTH} x {HEIGHT}, load {os.getloadavg()[0]:.1f}")
    print(f"  frame interval ms: median {p50:.1f}, p95 {p95:.1f} (goal {case.goal_ms:.0f}),"
          f" longest {max(intervals, default=0):.1f}, {len(intervals)} frames")  # fmt: skip
    print(f"  own ms a frame: {own:.2f}")
    print(f"  stored events/s: {rate:.3g}, {share:.0%} of that without a window"
          f" (goal {case.goal_share:.0%})")  # fmt: skip
    return {"case": case.name, "p50_ms": p50, "p95_ms": p95, "own_ms": own, "share": share,
            "runs": [asdict(run) for run in runs]}  # fmt: skip


def main() -> int:
    """Measure, print, and write the figures if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each run")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="with and without a window")
    arguments = parser.parse_args()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    app.prepare(application)
    figures = [measure(case, arguments.seconds, arguments.rounds) for case in CASES]
    if arguments.json:
        arguments.json.write_text(json.dumps(figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
