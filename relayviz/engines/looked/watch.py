"""What is looked at again and again: one thread looks, for all engines that show some of it."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from threading import Condition, Thread, current_thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

HZ = 10.0  # looks a second, unless others are asked for
CLOSED = "It is looked at no more: its last tab was closed."


class GoneError(Exception):
    """What is looked at is not there any more, or cannot be used; says why."""


class Source(Protocol):
    """What gives looks; one thread at a time uses it."""

    def look(self) -> Any:  # noqa: ANN401  of each source its own
        """Return how it is now; GoneError: it is gone."""

    def pace(self, hz: float) -> None:
        """Be told how many looks a second there will be; GoneError: it is gone."""

    def close(self) -> None:
        """Let go of it; can be called again."""


T = TypeVar("T")
S = TypeVar("S", bound=Source)
S_contra = TypeVar("S_contra", bound=Source, contravariant=True)


class Viewer(Protocol[S_contra]):
    """An engine, as the thread uses it."""

    @property
    def watching(self) -> bool:
        """Whether it wants each look."""

    @property
    def wants(self) -> bool:
        """Whether it wants bytes."""

    def take(self, look: Any, source: S_contra, seconds: float) -> None:  # noqa: ANN401
        """Show a look, taken so long after it was opened; GoneError: it is gone."""

    def read(self, source: S_contra) -> None:
        """Read the bytes that are wanted; GoneError: the source is gone."""

    def lose(self, why: str) -> None:
        """Show that the source is gone."""


class Watch(Generic[S]):
    """Owns a source and the thread that uses it, until the last viewer has left.

    Args:
        source: What is looked at; it is closed at the end.
        runs: Looks can see something new.
        name: Of its thread.
        hz: Looks a second, at most.

    Threads: any may call.
    """

    def __init__(self, source: S, *, runs: bool, name: str, hz: float = HZ) -> None:
        self._source, self._runs, self._hz = source, runs, hz
        self._begun = self._due = monotonic()
        self._jobs: deque[tuple[Callable[[S], Any], Future[Any]]] = deque()
        self._news = Condition()
        self._viewers: tuple[Viewer[S], ...] = ()
        self._holds = 1  # of who opened it
        self._is_busy = self._is_gone = self._has_ended = False
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def enter(self, viewer: Viewer[S]) -> None:
        """Show what is seen to a viewer from now on."""
        with self._news:
            self._viewers = (*self._viewers, viewer)
            self._news.notify_all()

    def leave(self, viewer: Viewer[S] | None, timeout: float) -> bool:
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

    @property
    def seconds(self) -> float:
        """How long ago it was opened."""
        return monotonic() - self._begun

    @property
    def hz(self) -> float:
        """Looks a second, at most."""
        return self._hz

    def pace(self, hz: float) -> None:
        """Look so many times a second from now on, at most."""
        with self._news:
            self._hz = hz
            self._due = min(self._due, monotonic() + 1 / hz)
            self._jobs.append((lambda source: source.pace(hz), Future()))
            self._news.notify_all()

    def ask(self, job: Callable[[S], T]) -> T:
        """Have the thread do something with the source, and wait for it.

        Raises:
            GoneError: The source was closed, or what the job raises.
        """
        future: Future[T] = Future()
        with self._news:
            if self._has_ended:
                raise GoneError(CLOSED)
            self._jobs.append((job, future))
            self._news.notify_all()
        return future.result()

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
        try:
            while self._waited():
                try:
                    self._turn()
                except GoneError as error:
                    self._is_gone = True
                    for viewer in self._viewers:
                        viewer.lose(str(error))
        finally:
            with self._news:
                self._has_ended = True
            for _job, future in self._jobs:
                future.set_exception(GoneError(CLOSED))
            self._source.close()

    def _turn(self) -> None:
        """Do what is asked for, look if it is time, read what is wanted."""
        while self._jobs:
            _carry_out(*self._jobs.popleft(), self._source)
        if self._is_due:
            self._due = max(self._due + 1 / self._hz, monotonic())
            self._look()
        for viewer in self._viewers:
            if viewer.wants:
                viewer.read(self._source)

    def _waited(self) -> bool:
        """Wait for something to do; False: there will be nothing any more."""
        with self._news:
            self._is_busy = False
            self._news.notify_all()
            while not self._is_over:
                wanted = self._jobs or any(one.wants for one in self._viewers)
                if wanted or self._is_due:
                    self._is_busy = True
                    return True
                wait = max(0.0, self._due - monotonic()) if self._is_watched else None
                self._news.wait(wait)
            return False

    @property
    def _is_watched(self) -> bool:
        return self._runs and not self._is_gone and any(one.watching for one in self._viewers)

    @property
    def _is_due(self) -> bool:
        return self._is_watched and monotonic() >= self._due

    def _look(self) -> None:
        look = self._source.look()
        seconds = self.seconds
        for viewer in self._viewers:
            if viewer.watching:
                viewer.take(look, self._source, seconds)


def _carry_out(job: Callable[[S], T], future: Future[T], source: S) -> None:
    """Do a job; what it raises goes to who asked for it."""
    try:
        future.set_result(job(source))
    except Exception as error:  # noqa: BLE001  it is raised again by result()
        future.set_exception(error)
