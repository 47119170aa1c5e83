"""Put faults into the code, one at a time, and tell which of them no test notices."""

from __future__ import annotations

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from tools.mutants.c_build import Build
from tools.mutants.py_suite import AREAS as PYTHON_AREAS
from tools.mutants.py_suite import Suite
from tools.mutants.table import is_harmless, tell

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tools.mutants.fault import Fault

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "mutants"
C_AREAS = {
    "core": ["src/*.c", "include/relay/relay.h"],
    "live": ["src/live/*.c"],
    "disk": ["src/disk/*.c"],
}


def main() -> int:
    """Do it; the exit status is 0 unless it could not be done."""
    areas = [*C_AREAS, *PYTHON_AREAS]
    given = _given(areas)
    chosen = [] if given.files else given.area or areas
    python = [file for file in given.files if file.endswith(".py")]
    sources = [file for file in given.files if not file.endswith(".py")] + [
        str(path.relative_to(ROOT / "core"))
        for area in chosen
        for pattern in C_AREAS.get(area, [])
        for path in sorted((ROOT / "core").glob(pattern))
    ]
    with ThreadPoolExecutor(given.jobs) as pool:
        done = not sources or _core(sources, given.most, given.seed, pool)
        asked = [
            area
            for area, (packages, _) in PYTHON_AREAS.items()
            if area in chosen or any(file.split("/")[1] in packages for file in python)
        ]
        if done and asked:
            _python(python, asked, given, pool)
    return 0 if done else 2


def _given(areas: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--area", choices=areas, action="append", help="(all)")
    parser.add_argument(
        "--files",
        nargs="*",
        default=[],
        metavar="FILE",
        help="src/splice.c, or relayviz/gui/desk/pump.py",
    )
    parser.add_argument(
        "--most", type=int, default=12, help="faults of a C file, or folder of Python; 0: all (12)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another one chooses others (1)")
    parser.add_argument(
        "--budget",
        type=float,
        default=60,
        help="seconds of tests for one fault in Python (60)",
    )
    parser.add_argument("--jobs", type=int, default=2, help="tests at a time (2)")
    return parser.parse_args()


def _core(files: list[str], most: int, seed: int, pool: Executor) -> bool:
    """Look at files of C; whether it could be done."""
    build = Build(ROOT / "core", FOLDER)
    try:
        build.make(files, most, seed)
    except subprocess.CalledProcessError as error:
        print(error.stdout[-4000:], error.stderr[-2000:], file=sys.stderr)
        return False
    if failing := build.look():
        print(f"These tests fail without any fault: {', '.join(failing)}", file=sys.stderr)
        return False
    found: list[str] = []
    with build.open_list() as listed:
        results = pool.map(
            lambda fault: "" if is_harmless(fault) else build.noticed_by(fault), build.faults
        )
        for fault, by in zip(build.faults, tqdm(results, total=len(build.faults)), strict=True):
            found.append(by)
            where = f"{fault.file}:{fault.line} {fault.function}"
            print(where, fault.before, fault.after, by or "-", sep="\t", file=listed, flush=True)
    rows: dict[str, list[Fault]] = {name: [] for name in files}
    for fault in build.faults:
        rows[fault.file].append(fault)
    tell(rows, found, build.is_reached)
    return True


def _python(files: list[str], areas: list[str], given: argparse.Namespace, pool: Executor) -> None:
    """Look at files of Python. Tests that fail anyway are not asked."""
    suite = Suite(ROOT, FOLDER / "python", areas, given.budget)
    suite.make(files, given.most, given.seed)
    if failing := suite.look(pool):
        print(f"These tests fail without any fault: {', '.join(failing)}", file=sys.stderr)
    found: list[str] = []
    with (FOLDER / "python" / "found.tsv").open("w", encoding="utf-8") as listed:
        results = pool.map(
            lambda fault: "" if is_harmless(fault) else suite.noticed_by(fault), suite.faults
        )
        for fault, by in zip(suite.faults, tqdm(results, total=len(suite.faults)), strict=True):
            found.append(by)
            where = f"{fault.file}:{fault.line} {fault.function}"
            print(where, fault.before, fault.after, by or "-", sep="\t", file=listed, flush=True)
    tell(suite.rows, found, suite.is_reached)


if __name__ == "__main__":
    sys.exit(main())
