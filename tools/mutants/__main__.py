"""Put faults into the core, one at a time, and tell which of them no test notices."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from tools.mutants.c_build import Build

if TYPE_CHECKING:
    from tools.mutants.c_faults import Fault

ROOT = Path(__file__).parents[2]
HARMLESS = Path(__file__).with_name("harmless.toml")
AREAS = {
    "core": ["src/*.c", "include/relay/relay.h"],
    "live": ["src/live/*.c"],
}


def main() -> int:
    """Do it; the exit status is 0 unless it could not be done."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--area", choices=AREAS, action="append", help="(all)")
    parser.add_argument("--files", nargs="*", metavar="FILE", help="such as src/splice.c")
    parser.add_argument("--most", type=int, default=12, help="faults of a file; 0: all (12)")
    parser.add_argument("--seed", type=int, default=1, help="another one chooses others (1)")
    parser.add_argument("--jobs", type=int, default=2, help="tests at a time (2)")
    given = parser.parse_args()
    core = ROOT / "core"
    files = given.files or [
        str(path.relative_to(core))
        for area in given.area or AREAS
        for pattern in AREAS[area]
        for path in sorted(core.glob(pattern))
    ]
    build = Build(core, ROOT / "build" / "mutants")
    try:
        build.make(files, given.most, given.seed)
    except subprocess.CalledProcessError as error:
        print(error.stdout[-4000:], error.stderr[-2000:], file=sys.stderr)
        return 2
    if failing := build.look():
        print(f"These tests fail without any fault: {', '.join(failing)}", file=sys.stderr)
        return 2
    found: list[str] = []
    with ThreadPoolExecutor(given.jobs) as pool, build.open_list() as rows:
        results = pool.map(build.noticed_by, build.faults)
        for fault, by in zip(build.faults, tqdm(results, total=len(build.faults)), strict=True):
            found.append(by)
            where = f"{fault.file}:{fault.line} {fault.function}"
            print(where, fault.before, fault.after, by or "-", sep="\t", file=rows, flush=True)
    _tell(build, found, files)
    return 0


def _tell(build: Build, found: list[str], files: list[str]) -> None:
    """Print a row for each file, then each fault that nothing noticed."""
    harmless = _harmless()
    print(f"{'file':28} {'faults':>7} {'noticed':>8} {'harmless':>9} {'not':>5}")
    sums = [0, 0, 0, 0]
    left: list[Fault] = []
    for name in files:
        mine = [fault for fault in build.faults if fault.file == name]
        missed = [fault for fault in mine if not found[fault.number]]
        known = [fault for fault in missed if _key(fault) in harmless]
        counts = [len(mine), len(mine) - len(missed), len(known), len(missed) - len(known)]
        sums = [total + count for total, count in zip(sums, counts, strict=True)]
        left += [fault for fault in missed if _key(fault) not in harmless]
        print(f"{name:28} {counts[0]:7} {counts[1]:8} {counts[2]:9} {counts[3]:5}")
    share = (sums[1] + sums[2]) / max(sums[0], 1)
    print(f"{'all':28} {sums[0]:7} {sums[1]:8} {sums[2]:9} {sums[3]:5}   {share:.0%}\n")
    for fault in left:
        seen = "" if build.is_reached(fault) else "  (no test comes by)"
        after = fault.after or "(left out)"
        print(f"{fault.file}:{fault.line} {fault.function}: {fault.before}  ->  {after}{seen}")


def _key(fault: Fault) -> tuple[str, str, str, str]:
    return fault.file, fault.function, fault.before, fault.after


def _harmless() -> set[tuple[str, str, str, str]]:
    """Return the faults that make no difference, each listed with its reason."""
    if not HARMLESS.exists():
        return set()
    rows = tomllib.loads(HARMLESS.read_text(encoding="utf-8")).get("fault", [])
    return {(row["file"], row["function"], row["before"], row["after"]) for row in rows}


if __name__ == "__main__":
    sys.exit(main())
