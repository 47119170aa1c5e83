"""A poller asleep in its own thread, between waiter_start and waiter_join."""

from __future__ import annotations

import select
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.conformance.subject.subject import File

# A recorded poller waits 1.2 s. What ends its sleep does not depend on how long it could have
# slept, so we wait shorter: long against a busy machine's hiccups, short against a coffee break.
LONGEST_WAIT = 0.25
FALL_ASLEEP = 10.0  # seconds until we give up on a poller that does not come to rest
LOOK_AGAIN = 0.0005
EARLY = 0.75  # of its time: a poll that returns before was woken, by the recordings' definition
ASKED = select.POLLIN | select.POLLERR | select.POLLHUP | select.POLLNVAL


def event_names(mask: int) -> list[str]:
    """Return the names of poll's events, lowest bit first."""
    names = ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL")
    more = ("POLLRDNORM", "POLLRDBAND", "POLLWRNORM", "POLLWRBAND")
    return [name for name in names + more if mask & getattr(select, name)]


class Waiter:
    """One blocked poll(POLLIN); made, it is asleep, or has returned at once.

    Args:
        file: What to poll.
        timeout: Seconds.

    Raises:
        TimeoutError: the poller never fell asleep.
    """

    def __init__(self, file: File, timeout: float) -> None:
        self._file, self._timeout = file, min(timeout, LONGEST_WAIT)
        self._mask, self._woken = 0, False
        self._error: Exception | None = None
        asleep = file.buffer.waiters
        self._thread = threading.Thread(target=self._wait, name="conform-waiter", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + FALL_ASLEEP
        while self._thread.is_alive() and file.buffer.waiters <= asleep:
            if time.monotonic() > deadline:
                raise TimeoutError("the poller does not fall asleep")
            time.sleep(LOOK_AGAIN)

    def _wait(self) -> None:
        start = time.monotonic()
        try:
            self._mask, self._woken = self._file.wait(self._timeout)
        except Exception as error:  # noqa: BLE001  told by join, in the thread that asks
            self._error = error
        self._woken |= time.monotonic() - start < EARLY * self._timeout

    def join(self) -> dict[str, object]:
        """Wait for the poll to return; give the recorded form of its result."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return {"woken": self._woken, "revents": event_names(self._mask & ASKED)}
