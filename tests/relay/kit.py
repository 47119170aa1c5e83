"""What the tests of the Python face share: a channel with callbacks, threads, and patience."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE, COUNT = 16, 4  # of the sub-buffers of opened_with
PATIENCE = 60.0  # seconds until a thread that should have come to something is given up


def opened_with(
    start: Callable[..., Any],
    directory: relay.Directory | None = None,
    **more: Any,  # noqa: ANN401
) -> relay.Channel:
    """Open a channel on 2 CPUs with these callbacks; without a directory it is buffer-only."""
    return relay.Channel(
        None if directory is None else "cpu",
        directory,
        subbuf_size=SIZE,
        n_subbufs=COUNT,
        cpus=2,
        callbacks=relay.Callbacks(subbuf_start=start, **more),
    )


class Beside:
    """A function running in another thread, with the arguments given."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self._function, self._arguments, self._value = function, arguments, None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._function(*self._arguments)
        except BaseException as error:  # noqa: BLE001  raised again by result
            self._error = error

    def is_alive(self) -> bool:
        """Return whether the function still runs."""
        return self._thread.is_alive()

    def result(self) -> Any:  # noqa: ANN401
        """Wait for the function; return what it returned, raise what it raised."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the other thread hangs"
        if self._error is not None:
            raise self._error
        return self._value


def until(condition: Callable[[], object]) -> None:
    """Give other threads turns until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    turn = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "what was waited for never came"
        turn.wait(0.0005)
