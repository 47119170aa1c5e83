"""Ctrl-C: commands that go on until then, and processes of theirs that leave it to them."""

from __future__ import annotations

import os
import select
import signal
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Ending:
    """Whether this process was told to end.

    A signal's handler runs within whatever the main thread is doing. Were that the wait for a
    threading.Event, both would want its lock, and nothing would end any more.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._event, select.POLLIN)

    def is_set(self) -> bool:
        """Whether it was told; any thread may ask."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait until it is told, or so long; whether it was told. Main thread only."""
        return bool(self._is_set or self._poll.poll(seconds * 1000) or self._is_set)

    def hear(self, _number: int, _frame: FrameType | None) -> None:
        """Be told: the handler of a signal."""
        self._is_set = True
        os.eventfd_write(self._event, 1)

    def close(self) -> None:
        """Give its descriptor back; what was told stays."""
        os.close(self._event)


@contextmanager
def until_told_to_end() -> Iterator[Ending]:
    """Have what is set by SIGINT and SIGTERM, which do nothing else meanwhile; main thread only."""
    ending = Ending()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, ending.hear) for kind in kinds]
    try:
        yield ending
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
        ending.close()


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Have processes that multiprocessing begins meanwhile never hear Ctrl-C.

    At a terminal it reaches all processes of a command: this one ends the others.
    """
    resource_tracker.ensure_running()  # which is begun with the first one, and lets SIGINT in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
