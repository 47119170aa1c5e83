"""The Python tests as judges of faults: which tests come by a line, and does one of them fail?"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from coverage import CoverageData
from tqdm import tqdm

from tools.mutants.py_faults import Source, choose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor

    from tools.mutants.py_faults import PyFault

# each with the files that faults are put into, and the tests that are asked
_WHOLE = [f"tests/test_{name}.py" for name in ("cli", "output", "programs", "run", "scenarios")]
_PROGRAMS = ("attach", "capture", "inside", "kernel", "lesson", "live", "sweep")
AREAS = {
    "model": (
        ("model",),
        [f"tests/{name}" for name in ("model", "engines", *_PROGRAMS, "told", "gui")]
        + ["tests/test_programs.py"],
    ),
    "engines": (("engines",), [f"tests/{name}" for name in ("engines", *_PROGRAMS, "told", "gui")]),
    "programs": (
        (*_PROGRAMS, "record", "run"),
        [f"tests/{name}" for name in (*_PROGRAMS, "told")] + _WHOLE,
    ),
    "window": (("gui",), ["tests/gui"]),
}
LEFT_OUT = {"gui/screenshots.py"}  # draws pictures of the documentation
LONGEST = 30.0  # seconds that tests may take, or ...
PATIENCE = 3  # ... so many times what they take without a fault
NO_END = "no end"
START = 0.3  # seconds: what each test takes at least, when tests are compared
# tests that describe whatever there is
BROAD = ("tests/told/", "tests/gui/whole/", "tests/gui/driven/")
IMPORTERS = 8  # files of tests that are asked about what is carried out at import


class Suite:
    """The tests of some areas.

    Args:
        root: The project's folder.
        folder: Where results that can be used again are kept.
        areas: Names out of AREAS.
        budget: Seconds of tests that one fault is worth.
    """

    def __init__(self, root: Path, folder: Path, areas: list[str], budget: float) -> None:
        self._root, self._folder = root, folder
        self._areas, self._budget = areas, budget
        folder.mkdir(parents=True, exist_ok=True)
        self.faults: list[PyFault] = []
        self.rows: dict[str, list[PyFault]] = {}
        self._seconds: dict[str, float] = {}
        self._lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        # who imports a file: how much else they import, and the file of tests
        self._importers: dict[str, list[tuple[int, str]]] = defaultdict(list)

    def make(self, files: list[str], most: int, seed: int) -> None:
        """Choose so many faults at most for each of some files, else each folder of the areas."""
        rooms = {file: [self._root / file] for file in files}
        for area in [] if files else self._areas:
            package = self._root / "relayviz"
            paths = [path for name in AREAS[area][0] for path in (package / name).rglob("*.py")]
            for path in sorted(paths):
                if str(path.relative_to(package)) in LEFT_OUT:
                    continue
                rooms.setdefault(str(path.parent.relative_to(self._root)), []).append(path)
        for name, paths in rooms.items():
            sources = [Source(path, str(path.relative_to(self._root))) for path in paths]
            self.rows[name] = choose(sources, most, seed, len(self.faults))
            self.faults += self.rows[name]

    def look(self, pool: Executor) -> list[str]:
        """Run each test without a fault: how long it takes, what it comes by. Return who fails.

        What was found out about a file of tests is used again while neither it nor what it comes by
        has changed.
        """
        folders = {folder for area in self._areas for folder in AREAS[area][1]}
        files = sorted(
            path
            for folder in folders
            for path in (
                [self._root / folder]
                if folder.endswith(".py")
                else (self._root / folder).rglob("test_*.py")
            )
        )
        found = pool.map(self._look_at, files)
        for path, (data, seconds) in zip(
            files, tqdm(found, total=len(files), unit="file of tests"), strict=True
        ):
            self._seconds |= json.loads(seconds.read_text(encoding="utf-8"))
            self._take_in(data, str(path.relative_to(self._root)))
        return sorted(name for name, taken in self._seconds.items() if taken == float("inf"))

    def _look_at(self, path: Path) -> tuple[Path, Path]:
        data = self._folder / f"{path.stem}-{_digest([path])[:20]}.coverage"
        seconds, sources = data.with_suffix(".json"), data.with_suffix(".sources")
        if not sources.exists() or sources.read_text(encoding="utf-8") != _came_by(data):
            data.unlink(missing_ok=True)
            more = {"COVERAGE_FILE": str(data), "RELAYVIZ_SECONDS": str(seconds)}
            cover = ["--cov=relayviz", "--cov-context=test", "--cov-report="]
            self._run([*cover, str(path.relative_to(self._root))], more, 1800.0)
            sources.write_text(_came_by(data), encoding="utf-8")
        return data, seconds

    def _take_in(self, path: Path, tests: str) -> None:
        data = CoverageData(str(path))
        data.read()
        files = [file for file in data.measured_files() if data.lines(file)]
        for file in files:
            name = str(Path(file).relative_to(self._root))
            self._importers[name].append((len(files), tests))
            lines = self._lines[name]
            for line, contexts in data.contexts_by_lineno(file).items():
                lines[line] |= {context.rpartition("|")[0] for context in contexts}

    def _tests_of(self, fault: PyFault) -> list[str]:
        """Return the tests that come by a fault, for as long as it is worth.

        First are those that come by most of its file in the least time; up to half of the time is
        for those that look at everything, whatever it is about.
        """
        lines = self._lines[fault.file]
        often = Counter(name for names in lines.values() for name in names if name)
        here = set().union(*(lines[at] for at in range(fault.line, fault.last_line + 1))) - {""}
        # what is carried out when the file is imported is noticed by who comes by the rest of it
        order = sorted(
            here or often,
            key=lambda name: (-often[name] / (START + self._seconds.get(name, 0.0)), name),
        )
        if not order:
            files = {name: name.partition("::")[0] for name in self._seconds}
            few = [name for _, name in sorted(self._importers[fault.file])[:IMPORTERS]]
            order = [name for file in few for name in sorted(files) if files[name] == file]
        broad = self._within([name for name in order if name.startswith(BROAD)], self._budget / 2)
        spent = sum(self._seconds.get(name, 0.0) for name in broad)
        rest = self._within([name for name in order if name not in broad], self._budget - spent)
        return rest + broad

    def _within(self, order: list[str], left: float) -> list[str]:
        """Return those of some tests, in order, that take no longer than some seconds together."""
        chosen = []
        for name in order:
            taken = self._seconds.get(name, 0.0)
            if taken <= left:
                chosen.append(name)
                left -= taken
        return chosen

    def noticed_by(self, fault: PyFault) -> str:
        """Return the name of the first test that fails under a fault; empty: none does."""
        tests = self._tests_of(fault)
        if not tests:
            return ""
        told = self._folder / f"fault-{fault.number}.json"
        told.write_text(
            json.dumps({"path": str(self._root / fault.file), "source": fault.source}),
            encoding="utf-8",
        )
        limit = max(LONGEST, PATIENCE * sum(self._seconds[test] for test in tests))
        by = self._run(["-x", *tests], {"RELAYVIZ_FAULT": str(told)}, limit)
        if by.startswith(NO_END) and self._run(["-x", *tests], {}, limit):
            return ""  # the machine is busy, and it says nothing
        return by

    def is_reached(self, fault: PyFault) -> bool:
        """Whether any test comes by a fault."""
        return bool(self._tests_of(fault))

    def _run(self, arguments: Iterable[str], more: dict[str, str], limit: float) -> str:
        """Run tests; return what failed."""
        plain = ["-q", "-p", "tools.mutants.py_loader", "-p", "no:cacheprovider"]
        examples = {"HYPOTHESIS_STORAGE_DIRECTORY": str(self._folder / "hypothesis")}
        begun = time.monotonic()
        running = subprocess.Popen(  # noqa: S603  our own tests
            [sys.executable, "-m", "pytest", *plain, *arguments],
            cwd=self._root,
            env={**os.environ, **examples, **more, "QT_QPA_PLATFORM": "offscreen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            said, _ = running.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
            return f"{NO_END} after {time.monotonic() - begun:.0f} s"
        if running.returncode == 0:
            return ""
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
        return failed.group(1) if failed else said.strip().rpartition("\n")[2] or "it ended"


def _came_by(data: Path) -> str:
    """Return a digest of the sources, as they are now, that tests came by."""
    seen = CoverageData(str(data))
    seen.read()
    return _digest([Path(file) for file in sorted(seen.measured_files()) if seen.lines(file)])


def _digest(paths: list[Path]) -> str:
    together = hashlib.sha256()
    for path in paths:
        together.update(path.read_bytes() if path.exists() else b"gone")
    return together.hexdigest()
