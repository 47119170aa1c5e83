"""Of files that are opened together, some are captures: those are shown, the others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.capture.test_truth import LOSSY, files
from tests.gui.dragging import drop
from tests.gui.test_captures import no_thread_left

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.conftest import Driver

__all__ = ["no_thread_left"]  # a fixture


@pytest.mark.parametrize(
    ("count", "more"), [(1, ""), (2, " And 1 other file."), (3, " And 2 other files.")]
)
def test_what_is_opened_is_shown_and_what_is_not_is_told(
    driver: Driver, tmp_path: Path, count: int, more: str
) -> None:
    bad = [tmp_path / f"notes{number}" for number in range(count)]
    for path in bad:
        path.write_text("nothing of the kind\n" * 40)
    before = len(driver.controller.tabs)
    assert drop(driver, [*files(LOSSY[0]), *bad])
    assert len(driver.controller.tabs) == before + 1
    said = driver.window.status.words.text()
    assert said.startswith("Not opened: notes0: ")
    assert "no kind that is known" in said
    assert said.endswith(more or "known.") or not more
    assert ("other file" in said) is bool(more)
