"""The live engine: a channel under load from native threads, looked at sixty times a second.

Native threads write, read and count; this engine's own thread carries out what is asked for, looks
and publishes a snapshot by one assignment. It is in nobody's way: a pause or a break stops the
native threads by themselves, and looking takes no lock.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from relayviz import relay
from relayviz.engines.live import figures
from relayviz.engines.live.advice import Adviser
from relayviz.engines.live.channel import PYTHON_IS_STEPPED, LiveChannel
from relayviz.engines.live.look import Looker
from relayviz.engines.live.past import RECENT, Past
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.config import Mode
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.load.load import BreakOn, Load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.findings.measured import Measured
    from relayviz.model.live.live import Rates
    from relayviz.model.load.clock import Simulated

    Command = Callable[[], None]

FRAME = 0.016  # seconds between two looks
_RESTING = 0.1  # seconds between two looks for advice while the channel stands
_LEAST = 0.002  # seconds left to others between two looks, however dear one is
_JOIN = 5.0  # seconds that close waits at most


class LiveEngine:
    """A channel under load; a relayviz.model.engine.protocol.RunningEngine.

    Opening happens in the calling thread; the threads stand until start.

    Args:
        config: What to open. The mode "python" is stepped only.
        load: What it is put under; its number of threads stays for the engine's life.
        clients: Taken as StepEngine takes them; not needed.

    Raises:
        OpenError: It cannot be opened; the field says where to look.
    """

    kind: ClassVar[str] = "live"
    can: ClassVar[frozenset[Can]] = frozenset({Can.RUN, Can.HAND_OVER})
    history: ClassVar[None] = None  # nothing of what its threads do is written down
    ledger: ClassVar[None] = None
    clock: ClassVar[Simulated | None] = None  # the machine's

    def __init__(
        self,
        config: ChannelConfig,
        load: Load = Load(),  # noqa: B008  frozen
        clients: Iterable[SubbufStart] = (),
    ) -> None:
        del clients
        self.config, self._load, self._break = config, load, BreakOn()
        self._channel = LiveChannel(config, load, self.clock)
        self._looker = Looker(self._channel)
        self._past = Past(self._channel.pool, config.cpus, config.n_subbufs)
        self._adviser = Adviser()
        self._wanted = threading.Condition()
        self._standing = threading.Lock()  # held while the threads must not be started
        self._queue: deque[Command] = deque()
        self._running = self._closing = self._goes = False
        self._idle = threading.Event()
        self._idle.set()
        self.snapshot = self._looker.look(running=False, break_on=self._break)
        self._thread = threading.Thread(target=self._run, name="live-engine", daemon=True)
        self._thread.start()

    # -- asked for by any thread ---------------------------------------------------------------

    @property
    def load(self) -> Load:
        """What was asked for last."""
        return self._load

    @property
    def running(self) -> bool:
        """Whether the threads are at work, or about to be."""
        return self._running

    def set_load(self, load: Load) -> None:
        """Change the load, also while it runs; ValueError: it has problems.

        The number of threads stays as it was when the channel was opened.
        """
        for field, message in load.problems().items():
            raise ValueError(f"{field}: {message}")
        self._load = load
        self._ask(lambda: self._change(lambda: self._channel.put_under(load)))

    def set_mode(self, mode: Mode) -> None:
        """Change what subbuf_start does, also while it runs; ValueError: to Python."""
        if mode is Mode.PYTHON:
            raise ValueError(PYTHON_IS_STEPPED)
        self._ask(lambda: self._change(lambda: self._channel.set_mode(mode)))

    def set_break(self, break_on: BreakOn) -> None:
        """Say what shall stop the run; ValueError: this channel cannot be stopped so."""
        if problem := break_on.problem(self.config.cpus):
            raise ValueError(problem)
        self._break = break_on
        self._ask(lambda: self._channel.break_on(break_on))

    def start(self) -> None:
        """Begin, or go on."""
        self._ask(self._start, running=True)

    def pause(self) -> None:
        """Stop all threads at once, each between two operations."""
        self._ask(self._halt, running=False)

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> Rates:
        """Return a stretch of the run in so many bins at most, the newest last."""
        if back or seconds > RECENT:
            return self._past.rates(seconds, columns, back)
        bins = self._channel.pool.bins(columns, seconds)
        return figures.rates(bins, seconds, self.config.n_subbufs)

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> NDArray[np.uint32]:
        """Return what happened on each CPU, flags of model.timeline.Mark, shape (cpus, columns)."""
        if back or seconds > RECENT:
            return self._past.lanes(seconds, columns, back)
        return figures.marked(self._channel.pool.lanes(columns, seconds))

    def measured(self) -> Measured:
        """Return what was measured since the beginning or the last change; see findings."""
        return self._looker.measured

    def advise(self, seconds: float = 1.0) -> None:
        """Look for the smallest sizes that lose nothing, in the background.

        What was found becomes a finding. Runs other channels meanwhile, under the same load.

        Args:
            seconds: How long each of them runs.
        """
        config = replace(self.config, mode=self._channel.mode)
        self._adviser.begin(config, self._load, self.measured(), seconds, self.clock)

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        """Return a copy of a buffer's bytes; while it runs, as they are now. None: it is closed.

        Args:
            snapshot: The state that is shown.
            row: The buffer's row in it.
            first: First byte.
            last: Behind the last byte; None: the whole buffer.
        """
        buffers = self._channel.buffers
        if self._closing or row >= min(len(buffers), snapshot.rows):
            return None
        return buffers[row].data[first:last].copy()

    def step_from_here(self) -> StepEngine:
        """Pause, and return a step engine that begins with exactly this state.

        Takes as long as copying the buffers; a start that is asked for meanwhile comes after it.
        The live channel stays as it is: start goes on with it. The readers' descriptors are its
        own; where they stood in the buffers is part of the state.

        Raises:
            OpenError: There is not enough memory for a second channel, or this one is closed.
        """
        self.pause()
        self.wait_idle()
        channel = self._channel
        try:
            with self._standing:
                channel.pool.pause()
                data = channel.channel.save()
        except (relay.RelayError, MemoryError) as error:
            raise OpenError(None, f"The state cannot be taken: {error}.") from error
        return StepEngine.from_state(replace(self.config, mode=channel.mode), data)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until all that was asked for is done and to be seen; False: the time was up."""
        return self._idle.wait(timeout)

    def close(self, timeout: float = _JOIN) -> bool:
        """End the engine, its threads and its channel. Can be called again.

        Args:
            timeout: Seconds to wait for what is being done.

        Returns:
            Whether it has ended.
        """
        self._adviser.close()
        with self._wanted:
            self._closing, self._running = True, False
            self._queue.clear()
            self._wanted.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _ask(self, command: Command, *, running: bool | None = None) -> None:
        with self._wanted:
            if not self._closing:
                self._running = self._running if running is None else running
                self._queue.append(command)
                self._idle.clear()
                self._wanted.notify()

    # -- in the engine's thread ----------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except Exception as error:  # noqa: BLE001  whatever it is, it is told and nothing hangs
            self._running = False
            self.snapshot = self._looker.ended(self.snapshot, error)
        self._channel.close()
        self._idle.set()

    def _turn(self) -> bool:
        """Do what was asked for, look, wait for the next frame or wish; False: it is over."""
        begun = time.monotonic()
        done = self._obey()
        if self._closing:
            return False
        running = self._work()
        shown = self.snapshot.live
        was_running = shown is not None and shown.running
        if running or was_running or done or self._adviser.take_news():
            self.snapshot = self._looker.look(
                running=running, break_on=self._break, advice=self._adviser.finding
            )
            self._past.follow()
        with self._wanted:
            if not self._queue and not self._closing:
                self._running = running  # something stopped it: told when it can be seen
                self._idle.set()
                pause = FRAME - (time.monotonic() - begun) if running else _RESTING
                self._wanted.wait(max(pause, _LEAST))
        return True

    def _obey(self) -> bool:
        """Carry out what waits, for a frame at most; whether there was anything."""
        end, any_done = time.monotonic() + FRAME, False
        while time.monotonic() < end and (command := self._next_command()) is not None:
            any_done = True
            try:
                command()
            except (relay.RelayError, OSError, MemoryError, ValueError) as error:
                self._looker.notice = f"This could not be done: {error}."
        return any_done

    def _next_command(self) -> Command | None:
        with self._wanted:
            return self._queue.popleft() if self._queue and not self._closing else None

    def _start(self) -> None:
        self._looker.notice = ""
        with self._standing:
            self._go()

    def _go(self) -> None:
        self._channel.pool.run()

    def _halt(self) -> None:
        self._channel.pool.pause()

    def _work(self) -> bool:
        """Do what this thread itself has to do of the run; whether it goes on."""
        return self._channel.pool.running

    def _change(self, change: Command) -> None:
        """Change what is measured: findings begin anew."""
        self._looker.notice = ""
        change()
        self._adviser.forget()
        self._looker.begin_anew()
