"""A kernel that is open: one thread looks at it, for all engines that show a channel of it."""

from __future__ import annotations

from threading import Condition, Thread, current_thread
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from relayviz.engines.kernel.fault import KernelError

if TYPE_CHECKING:
    from relayviz.engines.kernel.source import Source
    from relayviz.model.kernel.look import Look

HZ = 10.0  # looks a second


class Viewer(Protocol):
    """An engine, as the thread uses it."""

    @property
    def watching(self) -> bool:
        """Whether it wants each look."""

    @property
    def wants(self) -> bool:
        """Whether it wants bytes."""

    def take(self, look: Look, source: Source) -> None:
        """Show a look; KernelError: the source is gone."""

    def read(self, source: Source) -> None:
        """Read the bytes that are wanted; KernelError: the source is gone."""

    def lose(self, why: str) -> None:
        """Show that the source is gone."""


class Watch:
    """Owns a source and the thread that uses it, until the last viewer has left.

    Args:
        source: What is looked at; it is closed at the end.
        runs: Looks can see something new.
        hz: Looks a second, at most.

    Threads: any may call.
    """

    def __init__(self, source: Source, *, runs: bool, hz: float = HZ) -> None:
        self._source, self._runs, self._every = source, runs, 1 / hz
        self._news = Condition()
        self._viewers: tuple[Viewer, ...] = ()
        self._holds = 1  # of who opened it
        self._is_busy = self._is_gone = False
        self._thread = Thread(target=self._work, name="kernel", daemon=True)
        self._thread.start()

    def enter(self, viewer: Viewer) -> None:
        """Show a channel to a viewer from now on."""
        with self._news:
            self._viewers = (*self._viewers, viewer)
            self._news.notify_all()

    def leave(self, viewer: Viewer | None, timeout: float) -> bool:
        """Show nothing to a viewer any more; None: who opened it needs it no more.

        Returns:
            Whether nothing of it is left, where it was the last.
        """
        with self._news:
            if viewer is None:
                self._holds = 0
            else:
                self._viewers = tuple(one for one in self._viewers if one is not viewer)
            is_last = self._is_over
            self._news.notify_all()
        if is_last and current_thread() is not self._thread:
            self._thread.join(timeout)
            return not self._thread.is_alive()
        return True

    def wake(self) -> None:
        """Have the thread see what viewers want."""
        with self._news:
            self._news.notify_all()

    def is_idle(self, timeout: float) -> bool:
        """Wait until no bytes are wanted."""
        with self._news:
            return self._news.wait_for(
                lambda: not self._is_busy and not any(one.wants for one in self._viewers), timeout
            )

    @property
    def _is_over(self) -> bool:
        return not self._holds and not self._viewers

    def _work(self) -> None:
        due = monotonic()
        try:
            while self._waited(due):
                try:
                    if self._is_due(due):
                        due = max(due + self._every, monotonic())
                        self._look()
                    for viewer in self._viewers:
                        if viewer.wants:
                            viewer.read(self._source)
                except KernelError as error:
                    self._is_gone = True
                    for viewer in self._viewers:
                        viewer.lose(str(error))
        finally:
            self._source.close()

    def _waited(self, due: float) -> bool:
        """Wait for something to do; False: there will be nothing any more."""
        with self._news:
            self._is_busy = False
            self._news.notify_all()
            while not self._is_over:
                if any(one.wants for one in self._viewers) or self._is_due(due):
                    self._is_busy = True
                    return True
                wait = max(0.0, due - monotonic()) if self._is_watched else None
                self._news.wait(wait)
            return False

    @property
    def _is_watched(self) -> bool:
        return self._runs and not self._is_gone and any(one.watching for one in self._viewers)

    def _is_due(self, due: float) -> bool:
        return self._is_watched and monotonic() >= due

    def _look(self) -> None:
        look = self._source.look()
        for viewer in self._viewers:
            if viewer.watching:
                viewer.take(look, self._source)
