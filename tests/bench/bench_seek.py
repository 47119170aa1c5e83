"""Going to random steps of a long session: `python -m tests.bench.bench_seek`.

A session of random operations of all kinds is recorded, then random steps are sought. Timed is from
the wish until the snapshot is there; beside it stands the time that the process computed, which a
busy machine disturbs less. All states, bytes included, are compared with those of one replay from
the opening. Memory is the most that the process ever had.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.config import ChannelConfig
from tests.engines.walk import operations, replayed, shown, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEKS = 1000
GOAL_MS, GOAL_MB = 16, 300  # p99 of a million steps on 4 x 8 x 512 bytes
GOAL_LARGE_MS = 30  # p99 of the largest
MS, MB = 1e3, 1e6
#: CPUs, sub-buffers, bytes of one, steps, seeks
CASES = ((4, 8, 512, 100_000, SEEKS), (64, 64, 256, 30_000, 100), (256, 1024, 128, 10_000, 200))


def seek(
    engine: StepEngine, depths: Sequence[int]
) -> tuple[list[tuple[float, float]], list[object]]:
    """Return for each seek milliseconds of the clock and of the process, and what it showed."""
    times: list[tuple[float, float]] = []
    seen: list[object] = []
    for depth in depths:
        begun, computed = time.perf_counter(), time.process_time()
        engine.seek(depth)
        assert engine.wait_idle(600)
        taken = time.perf_counter() - begun, time.process_time() - computed
        times.append((taken[0] * MS, taken[1] * MS))
        seen.append(shown(engine))
    return times, seen


def most_memory() -> float:
    """Return the most bytes this program ever had.

    What getrusage tells includes those of the process that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return float(line.split()[1]) * 1024


def measure(config: ChannelConfig, steps: int, seeks: int) -> dict[str, float]:
    """Return the figures of one case."""
    engine = StepEngine(config)
    begun = time.perf_counter()
    walk(engine, operations(steps, config.cpus, config.subbuf_size))
    recorded = time.perf_counter() - begun
    length = engine.history.length(0)
    chance = random.Random(1)  # noqa: S311  no secret
    depths = [chance.randint(0, length) for _ in range(seeks)]
    times, seen = seek(engine, depths)
    begun = time.perf_counter()
    expected = replayed(engine, 0, [*depths, length])
    rate = length / (time.perf_counter() - begun)
    wrong = sum(one != expected[depth] for one, depth in zip(seen, depths, strict=True))
    frames = engine._keyframes._frames.get(0, [])
    found = {
        "steps": length,
        "recorded_per_s": length / recorded,
        "replayed_per_s": rate,
        "frames": len(frames),
        "frames_mb": engine._keyframes._size / MB,
        "memory": most_memory(),
        "wrong": wrong,
    }
    for name, column in zip(("ms", "own_ms"), zip(*times, strict=True), strict=True):
        middle, high, highest = np.percentile(column, [50, 99, 100])
        found |= {f"{name}_p50": middle, f"{name}_p99": high, f"{name}_max": highest}
    engine.close()
    return found


def main() -> int:
    """Measure, print a table, and write the figures of the first case if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, help="only the first case, with so many steps")
    parser.add_argument("--json", help='write its figures to this file, "-": as the last line')
    arguments = parser.parse_args()
    cases = CASES if arguments.steps is None else ((*CASES[0][:3], arguments.steps, SEEKS),)
    print(
        f"seeking, load {os.getloadavg()[0]:.1f}; goals: a million steps of the first: p99"
        f" {GOAL_MS} ms, {GOAL_MB} MB;"
    )
    print(f"the last: p99 {GOAL_LARGE_MS} ms. Milliseconds of the clock (of the process)")
    print(
        "  CPUs x subbufs x bytes    steps           p50           p99           max      MB  wrong"
    )
    rows = []
    for cpus, n_subbufs, size, steps, seeks in cases:
        config = ChannelConfig(cpus=cpus, n_subbufs=n_subbufs, subbuf_size=size)
        rows.append(found := measure(config, steps, seeks))
        cells = "".join(
            f"{found[f'ms_{name}']:7.2f} ({found[f'own_ms_{name}']:4.1f})"
            for name in ("p50", "p99", "max")
        )
        print(
            f"{cpus:6} x {n_subbufs:<5} x {size:<5} {found['steps']:10,.0f} {cells}"
            f" {found['memory'] / MB:7.0f} {found['wrong']:6.0f}"
        )
        print(
            f"         recorded {found['recorded_per_s']:,.0f}/s, replayed"
            f" {found['replayed_per_s']:,.0f}/s, {found['frames']:.0f} states kept,"
            f" {found['frames_mb']:.1f} MB"
        )
    if arguments.json == "-":
        print(json.dumps(rows[0]))
    elif arguments.json:
        Path(arguments.json).write_text(json.dumps(rows[0]), encoding="utf-8")
    return int(any(row["wrong"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
