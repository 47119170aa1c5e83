"""What recording costs, and going through an hour: `python -m tests.bench.bench_replay`.

Writers at 2 million events a second, with and without a recorder, in turns, so that other load
meets both; beside it stands what the recorder's thread computed. Then an hour of twenty frames a
second is opened and random moments are sought: timed is from the wish until the snapshot is there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.replay.engine import ReplayEngine
from relayviz.engines.replay.recorder import HZ, Recorder
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.load.load import Load, Reading, Writing
from tests.engines.replay.kit import written

if TYPE_CHECKING:
    from relayviz.model.engine.snapshot import Snapshot

SECONDS, ROUNDS, HOUR, SEEKS, STATES = 2.0, 5, 3600, 300, 400
RATE = 500_000  # events a second on each CPU
GOAL_SHARE, GOAL_MS = 0.9, 100
CONFIG = ChannelConfig(cpus=4, subbuf_size=64 << 10, n_subbufs=16, mode=Mode.OVERWRITE)
LOAD = Load(Writing(rate=RATE), Reading(pace=0.005))


def rate(path: Path | None) -> tuple[float, float]:
    """Return events attempted a second, and the share of a core that recording took."""
    engine = LiveEngine(CONFIG, LOAD)
    recorder = None if path is None else Recorder(engine, path, "bench")
    engine.start()
    threading.Event().wait(SECONDS)
    engine.pause()
    engine.wait_idle()
    shown, share = engine.snapshot, 0.0
    assert shown.live is not None
    if recorder is not None:
        assert recorder._thread.ident is not None
        clock = time.pthread_getcpuclockid(recorder._thread.ident)
        share = time.clock_gettime(clock) / recorder.seconds
        recorder.stop()
    attempted = int(shown.buffers["account"]["attempted"]["events"].sum())
    engine.close()
    return attempted / shown.live.seconds, share


def cost(folder: Path) -> dict[str, float]:
    with_it, without, shares = [], [], []
    for number in range(ROUNDS):
        without.append(rate(None)[0])
        speed, share = rate(folder / str(number))
        with_it.append(speed)
        shares.append(share)
    return {
        "events_per_second_without": statistics.median(without),
        "events_per_second_with": statistics.median(with_it),
        "ratio": statistics.median(with_it) / statistics.median(without),
        "share_of_a_core": statistics.median(shares),
    }


def hour(folder: Path, cpus: int) -> dict[str, float]:
    config = ChannelConfig(cpus=cpus, subbuf_size=4096, n_subbufs=16)
    engine = LiveEngine(config, Load(Writing(rate=20_000), Reading(pace=0.01)))
    engine.start()
    states: list[Snapshot] = []
    tick = threading.Event()
    while len(states) < STATES:
        if not states or engine.snapshot is not states[-1]:
            states.append(engine.snapshot)
        tick.wait(0.001)
    engine.close()
    frames = int(HOUR * HZ)
    shown = [states[number % STATES] for number in range(frames)]
    path = written(folder / f"hour-{cpus}", shown, 1 / HZ, of_chunk=10)
    begun = time.perf_counter()
    replay = ReplayEngine(path)
    opened = time.perf_counter() - begun
    chance = random.Random(1)  # noqa: S311  only to choose moments
    times = []
    for _ in range(SEEKS):
        begun = time.perf_counter()
        replay.go(chance.random() * replay.length)
        assert replay.wait_idle()
        times.append((time.perf_counter() - begun) * 1e3)
    replay.close()
    times.sort()
    return {
        "cpus": cpus,
        "megabytes": path.stat().st_size / 1e6,
        "open_seconds": opened,
        "seek_ms_median": statistics.median(times),
        "seek_ms_p99": times[int(SEEKS * 0.99)],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        load, told = os.getloadavg()[0], cost(folder)
        print(f"load {load:.1f}")
        for key, value in told.items():
            print(f"  {key}: {value:,.3f}")
        print(f"  goal: ratio {GOAL_SHARE} at 2 M events/s")
        hours = [hour(folder, cpus) for cpus in (4, 64)]
        for one in hours:
            print(", ".join(f"{key} {value:,.1f}" for key, value in one.items()))
        print(f"  goal: seek {GOAL_MS} ms")
    if arguments.json:
        arguments.json.write_text(json.dumps({"load": load, "cost": told, "hours": hours}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
