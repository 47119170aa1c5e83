"""What the Python face costs: beside a native call that does nothing, and beside C.

    python tests/bench/bench_python.py [--quick] [--json FILE] [--library librelay.so]

The variants take turns within each round and a ratio is formed within a round; medians are printed.
The figures depend on the machine: being over a bar is no failure.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import time
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable

SUBBUF_SIZE = 256 * 1024
N_SUBBUFS = 8
CALLS = 20_000
BATCH = 10_000
SNAPSHOT_CPUS = 256
SNAPSHOT_SUBBUFS = 64
WRITE_BAR = 4.0
BATCH_BAR = 1.5
SNAPSHOT_BAR_NS = 200_000.0


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        name: What was measured.
        bytes: Of each event; 0: no events.
        ns: Nanoseconds for each event or call.
        ratio: To what it is compared with.
        bar: The ratio that it should not exceed, or None.
    """

    name: str
    bytes: int
    ns: float
    ratio: float
    bar: float | None = None

    def show(self) -> None:
        """Print the figure, and how it stands to its bar."""
        verdict = ""
        if self.bar is not None:
            verdict = f"   bar {self.bar:.2f} {'ok' if self.ratio <= self.bar else 'over'}"
        print(f"{self.name:<32} {self.bytes:6} {self.ns:9.2f} {self.ratio:7.2f}{verdict}")

    def as_json(self) -> dict[str, object]:
        """Return the row as the C benchmark writes it."""
        row = {key: value for key, value in asdict(self).items() if value is not None}
        return row if self.bar is None else {**row, "ok": self.ratio <= self.bar}


def time_calls(function: Callable[..., object], *args: object) -> float:
    """Nanoseconds of a call, of the thread's own processor time, without the loop's share."""
    begin = time.thread_time_ns()
    for _ in repeat(None, CALLS):
        pass
    between = time.thread_time_ns()
    for _ in repeat(None, CALLS):
        function(*args)
    end = time.thread_time_ns()
    return (end - between - (between - begin)) / CALLS


def open_channel(name: str) -> relay.Channel:
    """Open a flight recorder with one CPU."""
    return relay.Channel(
        name,
        subbuf_size=SUBBUF_SIZE,
        n_subbufs=N_SUBBUFS,
        callbacks=relay.Callbacks(subbuf_start=relay.OVERWRITE),
        cpus=1,
        writers="one",
    )


def bench_write(rounds: int) -> list[Row]:
    """Time write(bytes) beside a native call without arguments."""
    rows = []
    with open_channel("write") as channel:
        nothing = channel._buffer_count  # with one CPU: the cheapest method there is
        for size in (8, 64, 1024):
            data = bytes(size)
            base, cost = [], []
            for _ in range(rounds):
                base.append(time_calls(nothing))
                cost.append(time_calls(channel.write, data))
            ratio = median(b / a for a, b in zip(base, cost, strict=True))
            bar = WRITE_BAR if size < 1024 else None
            rows.append(Row("Python write(bytes)", size, median(cost), ratio, bar))
        rows.append(Row("Python native call, no argument", 0, median(base), 1.0))
    return rows


class CChannel:
    """A channel of the C library itself, called with as little Python as possible."""

    def __init__(self, library: Path) -> None:
        """Open a flight recorder with one CPU and one declared writer."""
        self._lib = ctypes.CDLL(str(library))
        callbacks = [
            self._address("relay_overwrite"),
            0,
            0,
            self._address("relay_default_create_buf_file"),
            self._address("relay_default_remove_buf_file"),
        ]
        self._table = (ctypes.c_uint64 * 5)(*callbacks)
        # struct relay_options: cpus, online, writers, header_size, memory_limit
        options = (ctypes.c_uint64 * 5)(1, 0, 1, 0, 0)
        sizes = ctypes.c_size_t(SUBBUF_SIZE), ctypes.c_size_t(N_SUBBUFS)
        self._lib.relay_open_on.restype = ctypes.c_void_p
        chan = self._lib.relay_open_on(b"c", None, *sizes, self._table, None, options)
        if not chan:
            raise RuntimeError("relay_open_on failed")
        self._chan = ctypes.c_void_p(chan)

    def _address(self, name: str) -> int:
        return ctypes.cast(self._lib[name], ctypes.c_void_p).value or 0

    def write_many(self, data: bytes, lengths: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> None:
        """Call relay_write_many."""
        pointer = lengths.ctypes.data_as(ctypes.c_void_p)
        self._lib.relay_write_many(self._chan, 0, data, pointer, ctypes.c_size_t(len(lengths)))

    def close(self) -> None:
        """Close the channel."""
        self._lib.relay_close(self._chan)


def time_batch(function: Callable[..., object], *args: object) -> float:
    """Nanoseconds for each event of one call that writes a batch."""
    begin = time.thread_time_ns()
    for _ in range(10):
        function(*args)
    return (time.thread_time_ns() - begin) / (10 * BATCH)


def bench_write_many(rounds: int, library: Path | None) -> list[Row]:
    """Time an event of write_many beside one of relay_write_many, called from the same process."""
    rows = []
    c_channel = CChannel(library) if library else None
    with open_channel("many") as channel:
        for size in (8, 64, 1024):
            data, lengths = bytes(size * BATCH), np.full(BATCH, size, np.uint32)
            in_c, in_python = [], []
            for _ in range(rounds):
                in_c.append(time_batch(c_channel.write_many, data, lengths) if c_channel else 0.0)
                in_python.append(time_batch(channel.write_many, data, lengths))
            if c_channel:
                ratio = median(b / a for a, b in zip(in_c, in_python, strict=True))
                rows.append(Row("C relay_write_many", size, median(in_c), 1.0))
                rows.append(Row("Python write_many", size, median(in_python), ratio, BATCH_BAR))
            else:
                rows.append(Row("Python write_many", size, median(in_python), float("nan")))
    if c_channel:
        c_channel.close()
    return rows


def bench_snapshot(rounds: int) -> list[Row]:
    """Time a snapshot of many CPUs against the 200 microseconds that it may take."""
    with relay.Channel(
        "snapshot", subbuf_size=64, n_subbufs=SNAPSHOT_SUBBUFS, cpus=SNAPSHOT_CPUS
    ) as channel:
        for cpu in range(SNAPSHOT_CPUS):
            channel.write_many(bytes(40 * cpu), [40] * cpu, cpu)
        times = []
        for _ in range(rounds * 20):
            begin = time.perf_counter_ns()
            channel.snapshot()
            times.append(time.perf_counter_ns() - begin)
    taken = median(times)
    name = f"snapshot {SNAPSHOT_CPUS} CPUs x {SNAPSHOT_SUBBUFS} (of 200 us)"
    return [Row(name, 0, taken, taken / SNAPSHOT_BAR_NS, 1.0)]


def main() -> None:
    """Measure, print, and write the JSON file if one is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--library", type=Path, help="librelay.so, to compare write_many with C")
    args = parser.parse_args()
    rounds = 5 if args.quick else 25
    load = os.getloadavg()
    print(f"load average {load[0]:.2f} {load[1]:.2f} {load[2]:.2f}")
    print(f"{'':<32} {'bytes':>6} {'ns':>9} {'ratio':>7}")
    rows = bench_write(rounds) + bench_write_many(rounds, args.library) + bench_snapshot(rounds)
    for row in rows:
        row.show()
    if args.json:
        figures = {"load": load, "rows": [row.as_json() for row in rows]}
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
