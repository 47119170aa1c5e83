"""The engine that most tests step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.inside.viewing.engine import ActorsEngine
from tests.engines.inside.opened import TWO, opened


@pytest.fixture
def two() -> Iterator[ActorsEngine]:
    engine = opened(TWO)
    yield engine
    assert engine.close()
