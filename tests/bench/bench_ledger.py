"""Filling the ledger of a long history, and asking it why: `python -m tests.bench.bench_ledger`.

Told are milliseconds of CPU time: of all while nothing is in it and of each part by itself, of the
longest turn that a window takes, of one step more, and of an answer to "why?".
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.ledger.following import SLICE
from relayviz.model.ledger.ledger import Ledger
from relayviz.model.why.explainer import Explainer
from relayviz.model.why.why import Byte, Event, Figure, Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIG = ChannelConfig(
    base_filename="cpu", cpus=4, n_subbufs=8, subbuf_size=512, mode=Mode.OVERWRITE
)
STEPS, READS = 1_000_000, 0.1
GOAL_MS, MS = 1000, 1e3
PATIENCE = 600.0
SUBJECTS = (Figure(0, "offset"), Figure(0, "lost"), Piece(1, 2), Byte(2, 3, 40), Event(7))


def operations(steps: int) -> Iterator[Operation]:
    """Give writes and some reads, on all CPUs."""
    chance = random.Random(1)  # noqa: S311
    for cpu in range(CONFIG.cpus):
        yield Operation(Kind.OPEN_FILE, cpu)
    for _ in range(steps):
        cpu = chance.randrange(CONFIG.cpus)
        if chance.random() < READS:
            yield Operation(Kind.READ, fd=cpu, length=200)
        else:
            yield Operation(Kind.WRITE, cpu, length=chance.randrange(8, 100))


def took(work: Callable[[], object]) -> float:
    """Return the milliseconds of CPU time that something takes."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * MS


def measure(steps: int) -> None:
    """Record so many steps, fill the ledger, ask, and print what that took."""
    engine = StepEngine(CONFIG)
    engine.submit(*operations(steps))
    engine.wait_idle(PATIENCE)
    history, ledger = engine.history, engine.ledger
    print(f"{steps} steps, load {os.getloadavg()[0]:.1f}")
    print(f"  filled in {took(partial(ledger.follow, history, 0)):.0f} ms (goal {GOAL_MS})")
    alone = Ledger(CONFIG)
    parts = {"timeline": alone.timeline, "events": alone.events, "fates": alone.fates}
    spent = {name: took(partial(part.follow, history, 0)) for name, part in parts.items()}
    words = ", ".join(f"{name} {value:.0f}" for name, value in spent.items())
    print(f"  each part by itself: {words} ms")
    turn = Ledger(CONFIG)
    turns = [took(partial(turn.follow, history, 0, SLICE)) for _ in range(steps // SLICE)]
    print(f"  the longest of the turns that the window takes for it: {max(turns):.1f} ms")
    engine.submit(Operation(Kind.WRITE, 0, length=10))
    engine.wait_idle(PATIENCE)
    print(f"  one step more: {took(lambda: ledger.follow(history, 0)):.2f} ms")
    explainer, shown = Explainer(ledger), engine.snapshot
    for subject in SUBJECTS:
        spent_on = took(partial(explainer.explain, history, shown, subject))
        print(f"  why {subject}: {spent_on:.1f} ms")
    engine.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of the history")
    measure(parser.parse_args().steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
