"""All states along a branch, one after the other, on a channel of its own: for exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step.channel.state import look
from relayviz.engines.step.keyframes import Keyframes
from relayviz.model.engine.snapshot import Frame, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from relayviz.engines.step.channel.saved import SavedChannel
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.state import State
    from relayviz.model.history.history import History, Step


def frames(
    config: ChannelConfig,
    functions: Mapping[str, Callable[..., object]],
    root: SavedChannel | None,
    history: History,
    branch: int,
) -> Iterator[Frame]:
    """Give the state after each step of a branch, from the opening on, with the bytes of buffers.

    The engine that made it is not disturbed; code of the user is not called again. The channel
    used for it is closed when the walk ends, or is given up.

    Args:
        config: What the channel was opened with.
        functions: The Python subbuf_starts that were confirmed, by source.
        root: The state that the history begins with; None: the channel was opened anew.
        history: What was done.
        branch: The branch.

    Raises:
        relay.RelayError, OSError, MemoryError: The channel cannot be opened once more.
    """
    last = history.length(branch)
    channel, _ = Keyframes(config, functions, root).nearest(history, branch, 0)
    before: State | None = None
    try:
        for depth in range(last + 1):
            step: Step = history.at(branch, depth)
            if depth:
                channel.replay(history.deeds(branch, depth, depth))
            state = look(channel)
            snapshot = Snapshot.of(
                state, before, generation=depth, branch=branch, last_step=last, made_by=step
            )
            yield Frame(snapshot, tuple(buffer.data for buffer in channel.buffers))
            before = state
    finally:
        channel.close()
