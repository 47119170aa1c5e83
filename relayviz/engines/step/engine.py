"""The step engine: a channel by hand, one operation at a time, forwards, backwards and sideways.

Every operation is done on a real relay channel and remembered with what was decided meanwhile. To
show a past state the channel is opened again and the operations are replayed; acting there grows a
branch of the history.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Self

from relayviz import relay
from relayviz.engines.step.batch.recorder import BATCH, FEW, BatchRecorder
from relayviz.engines.step.channel.client import GivenUpError
from relayviz.engines.step.channel.saved import SavedChannel
from relayviz.engines.step.enough import enough
from relayviz.engines.step.keyframes import Keyframes
from relayviz.engines.step.open import open_channel
from relayviz.engines.step.position import Position
from relayviz.engines.step.recording.record import record, record_opening
from relayviz.engines.step.recording.resolve import spread
from relayviz.engines.step.stop import BRANCH
from relayviz.engines.step.walk import frames
from relayviz.engines.step.wishes import Wishes, before_moves
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.columns import Records
from relayviz.model.engine.protocol import Can, NoCurves
from relayviz.model.engine.snapshot import Frame, Snapshot
from relayviz.model.history.facts import Facts
from relayviz.model.history.history import History
from relayviz.model.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.engines.step.stop import Stop
    from relayviz.engines.step.wishes import Move, Place
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.state import State
    from relayviz.model.engine.enough import Enough

_FRAME = 0.016  # seconds: while there is more to do, no more is shown than one can see
_JOIN = 3.0  # seconds that close waits for code of the user that does not return


class StepEngine(Wishes, NoCurves):
    """A channel that is stepped by hand; a relayviz.model.engine.protocol.SteppedEngine.

    Opening happens in the calling thread; all else in the engine's own.

    Args:
        config: What to open.
        clients: The Python subbuf_starts that the user has confirmed.
        state: What the channel is when its history begins; None: it is opened anew.
        counted: What the counts of that state mean, where they are not of its events.

    Raises:
        OpenError: It cannot be opened; the field says where to look.
    """

    kind: ClassVar[str] = "step"
    can: ClassVar[frozenset[Can]] = frozenset({Can.SEEK, Can.STEP})

    def __init__(
        self,
        config: ChannelConfig,
        clients: Iterable[SubbufStart] = (),
        state: SavedChannel | None = None,
        counted: str = "",
    ) -> None:
        super().__init__()
        self.config, self._counted = config, counted
        self.history, self.ledger = History(), Ledger(config)
        self.facts = Facts()
        self._functions = {client.source: client.function for client in clients}
        self._keyframes = Keyframes(config, self._functions, state)
        channel = open_channel(config, self._functions, self._keyframes)
        record_opening(channel, self.history, self.facts, is_new=state is None)
        self._recorder = BatchRecorder(Records(self.facts, self.history, config))
        self._position = Position(channel, self._keyframes, self.history, self._recorder.forget)
        self._stop: Stop | None = None
        self._goal: Place = (0, 0)  # what is to be shown
        self._before: State | None = None  # that before the step shown
        # the memory of the channel may be read while it is that of the generation told here
        self._memory = threading.Lock()
        self._generation = 0
        self._published = 0.0
        self.snapshot = self._show(None)
        self._stable = self._generation
        self._thread = self._start(self._run)

    def _start(self, run: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=run, name="step-engine", daemon=True)
        thread.start()
        return thread

    @classmethod
    def from_state(
        cls,
        config: ChannelConfig,
        data: bytes,
        clients: Iterable[SubbufStart] = (),
        counted: str = "",
    ) -> Self:
        """Open an engine whose history begins with a channel as it was saved elsewhere.

        Home is that state. Descriptors and mappings that were there are not.

        Args:
            config: What the channel was opened with.
            data: What relay.Channel.save returned.
            clients: The Python subbuf_starts that the user has confirmed.
            counted: What its counts mean, where they are not of its events.

        Raises:
            OpenError: The bytes are damaged or of a channel of another shape, or as for a new one.
        """
        return cls(config, clients, SavedChannel(data, config.mode, config.source), counted)

    # -- asked for by any thread ---------------------------------------------------------------

    @property
    def root(self) -> SavedChannel | None:
        """The state that the history begins with; None: the channel was opened anew."""
        return self._keyframes.root

    @property
    def functions(self) -> Mapping[str, Callable[..., object]]:
        """The Python subbuf_starts that the user has confirmed, by source."""
        return self._functions

    def confirm(self, client: SubbufStart) -> None:
        """Allow a Python subbuf_start: SET_MODE with its source works from now on."""
        self._functions[client.source] = client.function

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        """Return a copy of a buffer's bytes, as the protocol says."""
        if not self._memory.acquire(blocking=False):
            return None
        try:
            if snapshot.generation != self._stable:
                return None
            return self._position.channel.buffers[row].data[first:last].copy()
        finally:
            self._memory.release()

    def restart_with(self, mode: Mode, clients: Iterable[SubbufStart] = ()) -> StepEngine:
        """Do on another channel, with another mode, what led to the step shown (the protocol)."""
        seen, clients, root = self.snapshot, list(clients), self.root
        source = clients[0].source if mode is Mode.PYTHON and clients else ""
        if root is not None:
            root = replace(root, mode=mode, source=source)
        config = replace(self.config, mode=mode, source=source)
        engine = StepEngine(config, clients, root, self._counted)
        done = self.history.operations(seen.branch, seen.step)
        engine.submit(*(one for one in done if one.kind is not Kind.SET_MODE))
        return engine

    def frames(self, branch: int) -> Iterator[Frame]:
        """Give the state after each step of a branch with its bytes, as the protocol says."""
        return frames(self.config, self.functions, self.root, self.history, branch)

    def enough(self, branch: int, step: int, event: int, stop: threading.Event) -> Enough | None:
        """Return how many sub-buffers would have been enough up to a step, as the protocol says."""
        done = self.history.operations(branch, step)
        if self.root is not None or self.config.source or any(one.source for one in done):
            return None
        return enough(self.config, done, event, StepEngine, stop)

    def stop_when(self, stop: Stop) -> None:
        """Do nothing more from the first step of the first branch on at which that holds.

        To be called before anything is asked for.
        """
        stop.look(self, 0, 0)
        self._stop = stop

    @property
    def client_runs_for(self) -> float:
        """How many seconds a Python subbuf_start has been running; 0: none is."""
        return self._position.channel.client.runs_for

    def give_up(self) -> bool:
        """Go on without a Python subbuf_start that does not return.

        What it was asked for, and all that waits, is not done; the channel is opened anew as it was
        before. The thread of that code ends when it returns. False: no such code is running.
        """
        if not self._position.channel.client.give_up():
            return False
        with self._wanted:
            self._queue.clear()
            self._queue.append(lambda place: place)
            self._memory, self._stable = threading.Lock(), -1
        self._thread = self._start(self._resume)
        return True

    def close(self, timeout: float = _JOIN) -> bool:
        """End the engine, its thread and its channel; what is still to be done is dropped.

        Args:
            timeout: Seconds to wait for what is being done.

        Returns:
            Whether it has ended.
        """
        with self._wanted:
            self._closing = True
            self._queue.clear()
            self._wanted.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _ask(self, commands: Iterable[Operation | Move]) -> None:
        with self._wanted:
            if self._closing or (self._stop is not None and self._stop.is_over):
                return
            self._queue.extend(commands)
            if self._queue:
                self._idle.clear()
                self._wanted.notify()

    # -- in the engine's thread ----------------------------------------------------------------

    def _resume(self) -> None:
        with self._memory:
            self._position.begin_anew(*self._goal)
        self._run()

    def _run(self) -> None:
        try:
            self._work()
        except GivenUpError:
            return  # another thread has taken over
        with self._memory:
            self._stable = -1
            self._position.close()
        self._idle.set()

    def _work(self) -> None:
        while (command := self._next()) is not None:
            with self._memory:
                self._stable = -1
                if isinstance(command, Operation):
                    shown = self._act(command)
                else:
                    shown = self._move(command)
                if shown is not None:
                    self._stable = shown.generation
            # shown only now: whoever sees it can ask for its bytes at once
            if shown is not None:
                self.snapshot = shown

    def _act(self, asked: Operation) -> Snapshot | None:
        """Do an operation; return what to show, None: there is more to do at once."""
        position = self._position
        operation, *others = spread(position.channel, asked)
        with self._wanted:
            self._queue.extendleft(reversed(others))
        hurried = self._queue and time.monotonic() < self._published + _FRAME
        if hurried and self._act_on_many(operation):
            return self._end_if_over()
        before = None if hurried else position.look()
        parent, branch = self.history.at(*position.at), self._goal[0]
        step = record(position.channel, self.history, branch, parent, operation, facts=self.facts)
        self._goal = (step.branch, step.depth)
        position.stepped(self._goal, [step.operation])
        if self._stop is not None and step.branch == BRANCH:
            self._stop.look(self, step.depth, step.depth)
        return self._end_if_over() if hurried else self._show(before)

    def _act_on_many(self, first: Operation) -> bool:
        """Do an operation and those that wait behind it, but the last; False: it is done alone."""
        position = self._position
        with self._wanted:
            few = before_moves([first, *islice(self._queue, FEW)][:-1])
            if not self._recorder.takes(position.channel, few):
                return False
            plain = before_moves([first, *islice(self._queue, BATCH)][:-1])
            drops = self._drops
        at = position.at
        done = self._recorder.record(position.channel, self._goal[0], at, plain, self._stop)
        position.channel = done.channel
        if not done.steps:
            return False
        with self._wanted:
            is_same = drops == self._drops  # else what waits now is something else
            for _ in range(min(done.steps - 1, len(self._queue)) if is_same else 0):
                self._queue.popleft()
        self._goal = (done.branch, at[1] + done.steps)
        position.stepped(self._goal, plain[: done.steps])
        return True

    def _end_if_over(self) -> Snapshot | None:
        """Do nothing more if what ends all has come; return what to show then."""
        if self._stop is None or not self._stop.is_over:
            return None
        with self._wanted:
            self._queue.clear()
        return self._show(None)

    def _move(self, move: Move) -> Snapshot | None:
        """Go elsewhere in the history; return what to show, None: a newer wish supersedes it."""
        self._goal = self._clamped(move)
        while (newer := self._take_move()) is not None:
            self._goal = self._clamped(newer)
        branch, depth = self._goal
        if self.history.id_at(branch, depth) == self._position.id == self.snapshot.made_by.id:
            return self._show(self._before)
        try:
            if not self._position.go(branch, max(depth - 1, 0), self._is_superseded):
                return None
        except (relay.RelayError, OSError, MemoryError) as error:
            self._goal = self._position.at
            return self._show(self._before, f"This step cannot be shown now: {error}.")
        before = self._position.look() if depth else None
        self._position.go(branch, depth, self._is_superseded)
        return self._show(before)

    def _clamped(self, move: Move) -> Place:
        branch, depth = move(self._goal)
        branch = self.history.line_of(branch)
        return branch, min(max(depth, 0), self.history.length(branch))

    def _show(self, before: State | None, notice: str = "") -> Snapshot:
        """Return the snapshot of the channel as it stands after a step that began with `before`."""
        self._before = before
        self._generation += 1
        branch = self._goal[0]
        shown = Snapshot.of(
            self._position.look(),
            before,
            generation=self._generation,
            branch=branch,
            last_step=self.history.length(branch),
            made_by=self.history.at(*self._position.at),
            notice=notice,
            counted=self._counted,
        )
        # after the work: what is dear to show is shown less often
        self._published = time.monotonic()
        return shown
