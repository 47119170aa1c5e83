"""Opening a dump of 256 MiB: `python -m tests.bench.bench_kernel`.

The pages of a real dump lie in a file as large as the memory of that guest, the rest is a hole.
Timed is the wall clock, as somebody waits; beside it the process's own time, which a busy machine
disturbs little. Told are medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.kernel.memory.elf import head_of
from relayviz.engines.kernel.memory.vmcoreinfo import VMCOREINFO
from relayviz.engines.kernel.opening import open_dump
from relayviz.kernel.report import report_of
from tests.kernel.dumps import FIVE, Dump
from tests.kernel.kdumps import PAGE, kdump_of, pages_of, vmcoreinfo_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
MEMORY = 256 << 20
MS = 1e3


def medians_of(run: Callable[[], object]) -> tuple[float, float]:
    """The milliseconds that a call takes, and those of the process."""
    walls, owns = [], []
    for _ in range(ROUNDS):
        wall, own = time.perf_counter(), own_time()
        run()
        walls.append((time.perf_counter() - wall) * MS)
        owns.append((own_time() - own) * MS)
    return statistics.median(walls), statistics.median(owns)


def own_time() -> float:
    """Seconds that this process and those it has started took."""
    return sum(os.times()[:4])


def write_large(path: Path, core: bytes) -> None:
    """Write a core of the whole memory, in which most pages are holes of the file."""
    head = head_of(range(MEMORY // PAGE), {VMCOREINFO: vmcoreinfo_of(core)})
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + MEMORY)
        for frame, page in pages_of(core).items():
            file.seek(len(head) + frame * PAGE)
            file.write(page)


def listed(path: Path, dump: Dump, symbols: Path | None) -> None:
    with open_dump(path, dump.types, symbols) as kernel:
        assert len(kernel.look().channels) == 5


def read(path: Path, dump: Dump) -> None:
    with open_dump(path, dump.types, dump.symbols) as kernel:
        look = kernel.look()
        assert report_of(kernel, look.channels, look.damage).damage == ()


def command(path: Path, dump: Dump) -> None:
    words = [sys.executable, "-m", "relayviz", "kernel", str(path), "--types", str(dump.types)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    dump = Dump(FIVE)
    with tempfile.TemporaryDirectory() as folder:
        large, packed = Path(folder, "core"), Path(folder, "kdump")
        write_large(large, dump.core)
        packed.write_bytes(kdump_of(dump.core))
        print(f"{'5 channels, 17 buffers, 2.5 MB of bytes':52} {'wall':>8} {'own':>8}  ms")
        for name, run in (
            ("256 MiB: list, symbols beside", lambda: listed(large, dump, dump.symbols)),
            ("256 MiB: list, symbols out of it (94,266)", lambda: listed(large, dump, None)),
            ("256 MiB: list and all bytes, symbols beside", lambda: read(large, dump)),
            ("kdump: list, symbols out of it", lambda: listed(packed, dump, None)),
            ("kdump: list and all bytes, symbols beside", lambda: read(packed, dump)),
            ("256 MiB: the command, from start to end", lambda: command(large, dump)),
        ):
            wall, own = medians_of(run)
            print(f"{name:52} {wall:8.1f} {own:8.1f}")


if __name__ == "__main__":
    main()
