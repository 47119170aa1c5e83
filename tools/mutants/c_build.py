"""A copy of the core with faults in it, built once, and the test programs that look at it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tools.mutants.c_faults import Source

if TYPE_CHECKING:
    from tools.mutants.fault import Fault

SCRIPTS = {"headers", "probes", "install"}  # they build sources of their own
CONTROL = """
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned char unseen[%(count)d];
int relay_fault = -1;
unsigned char *relay_fault_reached = unseen;

__attribute__((constructor)) static void choose_fault(void)
{
    const char *number = getenv("RELAY_FAULT"), *reached = getenv("RELAY_FAULT_REACHED");
    int file = reached ? open(reached, O_RDWR) : -1;
    void *seen;

    if (number)
        relay_fault = atoi(number);
    if (file < 0)
        return;
    seen = mmap(NULL, %(count)d, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (seen != MAP_FAILED)
        relay_fault_reached = seen;
    close(file);
}
"""
_ERROR = re.compile(r"^(\S+?):(\d+):(\d+): error", re.MULTILINE)
_SWITCHED = re.compile(r"RELAY_FAULT\((\d+)\)")
LONGEST = 20.0  # seconds that a test may take, or ...
PATIENCE = 5  # ... so many times what it takes without a fault


@dataclass
class Test:
    """A test program: its command, how long it takes, which faults it comes by."""

    name: str
    command: list[str]
    seconds: float = 0.0
    reached: set[int] = field(default_factory=set)


class Build:
    """A build of the core with faults.

    Args:
        core: The folder of the core.
        folder: Where the copy and its build go.
    """

    def __init__(self, core: Path, folder: Path) -> None:
        self._core, self._folder = core, folder
        self._copy, self._made = folder / "core", folder / "made"
        self.faults: list[Fault] = []
        self.tests: list[Test] = []

    def make(self, files: list[str], most: int, seed: int) -> None:
        """Put faults into files, named relative to the core, and compile them.

        What the compiler refuses is left out.

        Raises:
            CalledProcessError: It cannot be compiled; the output says why.
        """
        sources = [Source(name, (self._core / name).read_bytes()) for name in files]
        while True:
            self._put_in(sources, most, seed)
            try:
                self._compile()
            except subprocess.CalledProcessError as error:
                if not self._leave_out(sources, error.stdout):
                    raise
            else:
                break

    def _leave_out(self, sources: list[Source], output: str) -> bool:
        """Take out the faults that the compiler complains of; whether there were any."""
        refused = set()
        for path, line, column in _ERROR.findall(output):
            if not path.startswith(str(self._copy)):
                continue
            text = Path(path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
            before = _SWITCHED.findall(text[: int(column)])
            refused |= {int(number) for number in before[-1:]}
        for source in sources:
            for fault in self.faults:
                if fault.number in refused and fault.file == source.name:
                    source.leave_out(fault)
        return bool(refused)

    def _put_in(self, sources: list[Source], most: int, seed: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self._core, self._copy, dirs_exist_ok=True)
        self.faults = []
        for source in sources:
            text, faults = source.with_faults(most, seed, len(self.faults))
            (self._copy / source.name).write_bytes(text)
            self.faults += faults
        control = CONTROL % {"count": max(len(self.faults), 1)}
        error = self._copy / "src" / "error.c"
        error.write_text(error.read_text(encoding="utf-8") + control, encoding="utf-8")

    def _compile(self) -> None:
        options = [
            *("-G", "Ninja", "-S", str(self._copy), "-B", str(self._made)),
            *("-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DRELAY_DEBUG_CHECKS=ON"),
            *("-DRELAY_BENCH=OFF", "-DCMAKE_C_FLAGS=-w -fno-diagnostics-color"),
        ]
        _run(["cmake", *options])
        _run(["cmake", "--build", str(self._made), "--", "-k", "0"])
        shown = _run(["ctest", "--test-dir", str(self._made), "--show-only=json-v1"])
        self.tests = [
            Test(one["name"], one["command"])
            for one in json.loads(shown)["tests"]
            if one["name"] not in SCRIPTS and "command" in one
        ]

    def look(self) -> list[str]:
        """Run each test without a fault: how long it takes, what it comes by. Return who fails."""
        failing = []
        seen = self._folder / "reached"
        for test in self.tests:
            seen.write_bytes(bytes(len(self.faults)))
            begun = time.monotonic()
            if not self._passes(test, {"RELAY_FAULT_REACHED": str(seen)}, 600.0):
                failing.append(test.name)
            test.seconds = time.monotonic() - begun
            test.reached = {at for at, byte in enumerate(seen.read_bytes()) if byte}
        return failing

    def noticed_by(self, fault: Fault) -> str:
        """Return the name of the first test that fails under a fault; empty: none does."""
        tests = [test for test in self.tests if fault.number in test.reached]
        for test in sorted(tests, key=lambda one: one.seconds):
            if self._fails(test, fault):
                return test.name
        return ""

    def _fails(self, test: Test, fault: Fault) -> bool:
        """Whether a test fails, or takes far longer than it does without the fault."""
        limit = max(LONGEST, PATIENCE * test.seconds)
        chosen = {"RELAY_FAULT": str(fault.number)}
        begun = time.monotonic()
        if self._passes(test, chosen, limit):
            return False
        if time.monotonic() - begun < limit:
            return True
        return self._passes(test, {}, limit)  # else the machine is busy, and it says nothing

    def open_list(self) -> TextIO:
        """Open the list, beside the build, of what was noticed by which test so far."""
        return (self._folder / "found.tsv").open("w", encoding="utf-8")

    def is_reached(self, fault: Fault) -> bool:
        """Whether any test comes by a fault."""
        return any(fault.number in test.reached for test in self.tests)

    def _passes(self, test: Test, more: dict[str, str], limit: float) -> bool:
        try:
            done = subprocess.run(  # noqa: S603  our own test programs
                test.command,
                env=os.environ | more,
                cwd=self._made,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode in (0, 77)


def _run(command: list[str]) -> str:
    return subprocess.run(  # noqa: S603  the project's own build
        command, check=True, capture_output=True, text=True
    ).stdout
