"""A plugin of pytest: loads one file with a fault in it, and writes down how long tests take.

Nothing on disk is changed, so that tests with and without faults can run side by side.
"""

from __future__ import annotations

import json
import os
import resource
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

    import pytest

MEMORY = 8 << 30  # bytes: a fault may ask for without end
_seconds: dict[str, float] = {}


def _put_in(fault: Path) -> None:
    """Have a file loaded with a fault in it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    told = json.loads(fault.read_text(encoding="utf-8"))
    plain = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        if str(loader.path) == told["path"]:
            return loader.source_to_code(told["source"].encode(), told["path"])
        return plain(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment,method-assign]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down how long a test took in all."""
    if report.passed:
        _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration
    else:
        _seconds[report.nodeid] = float("inf")


def pytest_sessionfinish() -> None:
    """Hand it over."""
    path = os.environ.get("RELAYVIZ_SECONDS")
    if path:
        Path(path).write_text(json.dumps(_seconds), encoding="utf-8")


if (
    "RELAYVIZ_FAULT" in os.environ
):  # at once: what tests share is imported before any hook is called
    _put_in(Path(os.environ["RELAYVIZ_FAULT"]))
