"""Recording steps, and questions to a long history: `python -m tests.bench.bench_record`.

Seconds are those that the process computed; medians of rounds. Batches and single steps take turns
within a round and their ratio is formed within it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from relayviz.engines.step.engine import StepEngine
from relayviz.engines.step.play import play
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.columns import Columns
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.search import holding
from relayviz.model.ledger.ledger import Ledger
from relayviz.model.session.file import dumps, loads
from relayviz.model.session.session import Line, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONFIG = ChannelConfig(cpus=4, n_subbufs=8, subbuf_size=512)
STEPS, SINGLE = 100_000, 5_000
ROUNDS = 3
GOALS = {"open 1024": 0.15, "open 4096": 0.5, "file": 2.0, "times": 2.0}
QUESTION_GOAL = 1.0  # at a million steps
US = 1e6
_WRITES, _READS = 14, 5  # beside each flush


def seconds(function: Callable[[], object]) -> float:
    """Return what a call computes."""
    begun = time.process_time()
    function()
    return time.process_time() - begun


def operations(number: int) -> list[Operation]:
    """Return plain operations: files opened, then writes, reads and flushes."""
    chance = random.Random(1)  # noqa: S311  no secret
    kinds = [Kind.WRITE] * _WRITES + [Kind.READ] * _READS + [Kind.FLUSH]
    found = [Operation(Kind.OPEN_FILE, cpu) for cpu in range(CONFIG.cpus)]
    while len(found) < number:
        kind, cpu = chance.choice(kinds), chance.randrange(CONFIG.cpus)
        length = {Kind.WRITE: chance.randint(0, 120), Kind.READ: CONFIG.subbuf_size}.get(kind, 0)
        found.append(Operation(kind, 0 if kind is Kind.FLUSH else cpu, length))
    return found


def opened(cpus: int) -> float:
    """Return what opening a channel takes."""
    config = ChannelConfig(cpus=cpus, n_subbufs=8, subbuf_size=512)
    begun = time.process_time()
    engine = StepEngine(config)
    taken = time.process_time() - begun
    engine.close()
    return taken


def played(text: str) -> None:
    """Read a session and play it."""
    engine = play(loads(text))
    assert engine.wait_idle(3600)
    engine.close()


def recorded(asked: Sequence[Operation], *, singly: bool = False) -> float:
    """Return microseconds a step of operations that are asked for at once."""
    engine = StepEngine(CONFIG)
    if singly:
        engine._recorder.takes = lambda *_: False  # type: ignore[method-assign]

    def ask() -> None:
        engine.submit(*asked)
        assert engine.wait_idle(3600)

    taken = seconds(ask)
    engine.close()
    return taken * US / len(asked)


def questions(asked: Sequence[Operation]) -> dict[str, float]:
    """Return what questions to a history take."""
    engine = StepEngine(CONFIG)
    engine.submit(*asked)
    assert engine.wait_idle(3600)
    condition = Condition("ready[1] == n_subbufs and changed(lost)")
    found = {
        "condition": seconds(lambda: holding(engine, 0, condition)),
        "sum of all CPUs": seconds(lambda: Columns(engine, 0).of("attempts")),
        "fates, marks and places": seconds(lambda: Ledger(CONFIG).follow(engine.history, 0)),
    }
    engine.close()
    return found


def middle(name: str, rounds: int, measure: Callable[[], float]) -> tuple[str, float]:
    """Return the median of some rounds, and print it beside its goal."""
    taken = median(measure() for _ in range(rounds))
    goal = f"   goal {GOALS[name]:.2f}" if name in GOALS else ""
    print(f"{name:<36} {taken:8.3f} s{goal}")
    return name, taken


def main() -> int:
    """Measure, print, and write the figures if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of a session")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    steps, rounds = arguments.steps, arguments.rounds
    print(f"recording, {steps:,} steps, load {os.getloadavg()[0]:.1f}")
    asked = operations(steps)
    text = dumps(Session(config=CONFIG, lines=(Line(operations=tuple(asked)),)))
    many = (Operation(Kind.OPEN_FILE, 1), *[Operation(Kind.WRITE, 1, 40)] * steps)
    times = dumps(Session(config=CONFIG, lines=(Line(operations=many),)))
    figures = dict(
        [
            middle("open 1024", rounds, lambda: opened(1024)),
            middle("open 4096", rounds, lambda: opened(4096)),
            middle("file", rounds, lambda: seconds(lambda: played(text))),
            middle("times", rounds, lambda: seconds(lambda: played(times))),
        ]
    )
    pairs = [(recorded(asked), recorded(asked[:SINGLE], singly=True)) for _ in range(rounds)]
    figures["batch us"], figures["single us"] = (median(one) for one in zip(*pairs, strict=True))
    figures["single / batch"] = median(single / batch for batch, single in pairs)
    print(
        f"a step: {figures['batch us']:.1f} us in batches, {figures['single us']:.1f} us by itself,"
        f" ratio {figures['single / batch']:.1f}"
    )
    for name, taken in questions(asked).items():
        figures[name] = taken
        print(f"{name:<36} {taken:8.3f} s   goal for a million steps {QUESTION_GOAL:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
