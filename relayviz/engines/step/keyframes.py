"""Where a replay may begin: states of a history, kept at distances.

A state is kept when replaying what was done since the last one would take longer than loading it.
They are compressed; when all together become too many bytes every second one goes, and from then on
they are kept at twice the distance. So memory has a bound, and the way to any step is short.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right, insort
from dataclasses import replace
from itertools import count, groupby
from typing import TYPE_CHECKING, NamedTuple

from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.channel.saved import SavedChannel, again, load, save
from relayviz.model.channel.operation import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.history.history import History

MEMORY = 64 << 20  # bytes of all states of a history together
NEAR = 300  # work between two states of a small channel; of a large one it is more
_BYTES_SAVED = 1000  # that cost as much as a unit of work to save, compress and load
_BYTES_SEEN = 40_000  # the same for bytes of memory that are only looked through
_BYTES_MOVED = 10_000  # the same for bytes that an operation moves
_BESIDES, _EACH = 600, 64  # bytes of a state besides the channel's own, and for each descriptor
_DESCRIPTOR = 5000  # bytes that cost as much to load as a descriptor, a mapping or a slot
_FAST = 1  # of zlib
_ON_ALL = frozenset({Kind.FLUSH, Kind.RESET, Kind.LATE_SETUP, Kind.CLOSE})


class _Frame(NamedTuple):
    """A state that was kept: after which step of its branch, with compressed data, bytes in all."""

    depth: int
    state: SavedChannel
    size: int


class Keyframes:
    """The states of one history that a replay may begin with.

    Work is counted in operations of the simplest kind.

    Threads: the engine's.

    Args:
        config: What the channel is opened with.
        functions: The Python subbuf_starts that the user has confirmed, by source; may grow.
        root: What it was when the history began; None: it is opened.
        memory: Bytes that the states may take together.
    """

    def __init__(
        self,
        config: ChannelConfig,
        functions: Mapping[str, Callable[..., object]],
        root: SavedChannel | None = None,
        memory: int = MEMORY,
    ) -> None:
        self._config, self._functions, self.root = config, functions, root
        self._memory = memory
        self._opened: SavedChannel | None = None  # packed, where `open` made the channel
        self._frames: dict[int, list[_Frame]] = {}  # by branch; in order
        self._size = 0  # bytes that they take
        self._rarer = 1  # how much farther from each other than they would have to be
        self._saved = 0  # what the last state cost, in bytes
        self._work, self._steps = 0, 0  # that lie behind the last state that was kept or loaded

    def open(self) -> StepChannel:
        """Make the channel as it is before the first step. Asks the user's subbuf_start."""
        client = Client(self._config.n_subbufs, self._functions)
        if self.root is not None:
            return load(self._config, client, self.root)
        channel = StepChannel(self._config, client)
        self._opened = _packed(save(channel))  # now: the first way back to it is as short as others
        return channel

    def nearest(
        self, history: History, branch: int, depth: int, there: StepChannel | None = None
    ) -> tuple[StepChannel, int]:
        """Return a channel in the state of a step that is on the way to another.

        Args:
            history: The history.
            branch: The branch to go along.
            depth: The number of the step to go to, 0 or more.
            there: A channel of this history that may become it.

        Returns:
            The channel, the given one or another, and the number of the step it stands after,
            `depth` or less.

        Raises:
            relay.RelayError, OSError, MemoryError: There is none; the given one is as it was.
        """
        self._work = self._steps = 0
        frame = self._find(history, branch, depth)
        if frame is None:
            return self._first(history, branch, there), 0
        return self._again(_unpacked(frame.state), there), frame.depth

    def _first(self, history: History, branch: int, there: StepChannel | None) -> StepChannel:
        """Return a channel as it is before the first step."""
        if self.root is not None:
            return self._again(self.root, there)
        if self._opened is not None:
            return self._again(_unpacked(self._opened), there)
        client = Client(self._config.n_subbufs, self._functions)
        client.repeat(history.at(branch, 0).decisions)
        return StepChannel(self._config, client)

    def _again(self, state: SavedChannel, there: StepChannel | None) -> StepChannel:
        client = Client(self._config.n_subbufs, self._functions)
        client.repeat(())
        if there is None:
            return load(self._config, client, state)
        there.client.repeat(())
        return again(there, client, state)

    def is_nearer(self, history: History, branch: int, depth: int, at: int) -> bool:
        """Return whether it takes less to take a state than to go on from the earlier step `at`."""
        frame = self._find(history, branch, depth)
        if frame is None or frame.depth <= at:
            return False
        before = self._find(history, branch, frame.depth - 1)
        apart = frame.depth - (0 if before is None else before.depth)
        return frame.depth - at > min(apart, self._distance()) / self._rarer / 2

    def _find(self, history: History, branch: int, depth: int) -> _Frame | None:
        """Return the last state on the way to a step."""
        line, last = history.branches[branch], depth
        while True:
            frames = self._frames.get(line.number, [])
            at = bisect_right(frames, last, key=_depth_of)
            if at:
                return frames[at - 1]
            if line.parent is None:
                return None
            last = min(last, line.fork)
            line = history.branches[line.parent]

    def went(
        self,
        channel: StepChannel,
        history: History,
        branch: int,
        depth: int,
        operations: Iterable[Operation],
    ) -> None:
        """Hear that the channel stands after a step now; keep its state if that is worth it.

        Args:
            channel: The channel.
            history: The history.
            branch: A branch that goes through the step.
            depth: The number of the step.
            operations: What was done since this was told last, or since the channel was made.
        """
        rows = len(channel.buffers)
        for operation, alike in groupby(operations):
            times = len([*alike])
            self._steps += times
            self._work += times * (1 + operation.length // _BYTES_MOVED)
            if operation.kind in _ON_ALL:
                self._work += times * rows
        if self._work >= self._distance(rows * channel.channel.alloc_size):
            owner = history.owner(branch, depth)
            if not self._is_there(owner, depth):
                self._keep(channel, owner, depth)
            self._work = self._steps = 0

    def _distance(self, seen: int = 0) -> int:
        """Return the work between two states; `seen`: bytes of the channel's memory."""
        return self._rarer * max(NEAR, self._saved // _BYTES_SAVED, seen // _BYTES_SEEN)

    def _is_there(self, branch: int, depth: int) -> bool:
        """Return whether a state was kept on the way that was just gone."""
        frames = self._frames.get(branch, [])
        at = bisect_right(frames, depth, key=_depth_of)
        return at > 0 and depth - frames[at - 1].depth < self._steps

    def _keep(self, channel: StepChannel, branch: int, depth: int) -> None:
        state = save(channel)
        opened = len(state.files) + len(state.mappings) + len(state.slots)
        self._saved = len(state.data) + opened * _DESCRIPTOR
        packed = _packed(state)
        size = len(packed.data) + opened * _EACH + _BESIDES
        if size > self._memory // 4:
            self._rarer *= 2
            return
        frame = _Frame(depth, packed, size)
        insort(self._frames.setdefault(branch, []), frame, key=_depth_of)
        self._size += size
        while self._size > self._memory:
            self._thin_out()

    def _thin_out(self) -> None:
        """Let every second state go."""
        number = count()
        self._rarer *= 2
        self._size = 0
        for frames in self._frames.values():
            frames[:] = [frame for frame in frames if next(number) % 2]
            self._size += sum(frame.size for frame in frames)


def _depth_of(frame: _Frame) -> int:
    return frame.depth


def _packed(state: SavedChannel) -> SavedChannel:
    return replace(state, data=zlib.compress(state.data, _FAST))


def _unpacked(state: SavedChannel) -> SavedChannel:
    return replace(state, data=zlib.decompress(state.data))
