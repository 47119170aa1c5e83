"""Live engines in tests: made, awaited, closed; and what must hold when they stand."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.live.engine import LiveEngine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.findings.finding import Fault
    from relayviz.model.live.live import Live

LIMIT = 60.0  # seconds for what comes at once on a machine that has time
THREADS = ("live-engine", "live-adviser", "step-engine")


def live_of(snapshot: Snapshot) -> Live:
    assert snapshot.live is not None
    return snapshot.live


def await_that(holds: Callable[[], bool], what: str = "it", limit: float = LIMIT) -> None:
    """Look until something holds."""
    end = time.monotonic() + limit
    tick = threading.Event()
    while not holds():
        assert time.monotonic() < end, f"{what} did not come within {limit} s"
        tick.wait(0.005)


def run_for(engine: LiveEngine, seconds: float) -> Snapshot:
    """Run until so much running time is over, pause, and return the exact state."""
    engine.start()
    await_that(lambda: live_of(engine.snapshot).seconds >= seconds or not engine.running, "the end")
    return stand(engine)


def stand(engine: LiveEngine) -> Snapshot:
    """Pause and return the exact state."""
    engine.pause()
    assert engine.wait_idle(LIMIT)
    assert not live_of(engine.snapshot).running
    return engine.snapshot


def faults_of(snapshot: Snapshot) -> set[Fault]:
    return {one.fault for one in live_of(snapshot).findings if one.fault is not None}


def left_over() -> list[str]:
    """The threads of engines that are still there."""
    return [thread.name for thread in threading.enumerate() if thread.name in THREADS]


def threads_now() -> int:
    """How many threads this process has, native ones included."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())
