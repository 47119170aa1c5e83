"""What the tests of the Python face share: a directory of their own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

_serial = itertools.count()


@pytest.fixture
def directory() -> Iterator[relay.Directory]:
    """Give a directory that must be empty again at the end."""
    made = relay.Directory(f"test-{next(_serial)}")
    yield made
    assert made.names() == []
    made.remove()
