"""Conditions over a million steps: `python -m tests.bench.bench_conditions`.

Figures are random columns. Timed is the process, so that a busy machine disturbs little; told is
the median, and how often the column `lost` could have been copied meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from relayviz.model.condition.condition import Condition

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.condition.columns import Columns

STEPS, ROUNDS = 1_000_000, 7
MS = 1e3
CONDITIONS = (
    "lost == 0",
    "ready[1] == n_subbufs and grew(lost)",
    "attempts == unread + events_consumed + lost",
    "1 < ready[0] < 9 < lost",
    "lost // 7 % 3 == 1",
    "min(ready[0], ready[1], ready[2]) / n_subbufs > 0.5",
    "lost if ready[0] > 5 else before(lost)",
    "ready[cpu] > 3",
    'data == "abcdef"',
    'outcome == "full" or prev_padding[0] > 40',
    'operation == "write" and outcome != "stored"',
)


class Figures:
    """Columns of random figures by the names of those of a session."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(1)
        self._made: dict[tuple[str, int | None], np.ndarray] = {}
        self._words = {
            "operation": np.array(["write", "read", "flush", "open-file", "consume"]),
            "outcome": np.array(["ok", "stored", "full", "too big"]),
            "data": np.array(["", "", "", "abcdef"], object),
        }

    def __len__(self) -> int:
        return STEPS

    def of(self, name: str, cpu: int | None = None) -> np.ndarray:
        """Return a figure at each step."""
        if (name, cpu) not in self._made:
            words = self._words.get(name, np.arange(4 if name == "cpu" else 1000))
            self._made[name, cpu] = words[self._chance.integers(0, len(words), STEPS)]
        return self._made[name, cpu]


def median_of(run: Callable[[], Any]) -> float:
    """Return the milliseconds of the process that a call takes."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        run()
        times.append((time.process_time() - begun) * MS)
    return statistics.median(times)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    figures = Figures()
    columns = cast("Columns", figures)
    copied = median_of(figures.of("lost").copy)
    print(f"conditions over {STEPS:,} steps; to copy one column takes {copied:.1f} ms")
    for text in CONDITIONS:
        condition = Condition(text)
        condition.holds(columns)
        taken = median_of(partial(condition.holds, columns))
        print(f"{taken:8.1f} ms  {taken / copied:6.1f} x  {text}")


if __name__ == "__main__":
    main()
