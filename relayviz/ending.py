"""Commands that go on until they are told to end: by Ctrl-C, or when the process is asked to."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def until_told_to_end() -> Iterator[threading.Event]:
    """Have what is set by SIGINT and SIGTERM, which do nothing else meanwhile; main thread only."""
    is_over = threading.Event()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda *_: is_over.set()) for kind in kinds]
    try:
        yield is_over
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
