"""Where a replay may begin: the nearest state that is at hand.

For now that is the opening of the channel. Once the core can save a channel as bytes, states are
kept here every so many steps, and `nearest` loads one; nothing else has to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step_channel import StepChannel
from relayviz.engines.step_client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relayviz.model.channel_config import ChannelConfig
    from relayviz.model.history import History, Step


class Keyframes:
    """The states of one history that a replay may begin with.

    Threads: the engine's.

    Args:
        config: What the channel is opened with.
        functions: The Python subbuf_starts that the user has confirmed, by source; may grow.
    """

    def __init__(
        self, config: ChannelConfig, functions: Mapping[str, Callable[..., object]]
    ) -> None:
        self._config, self._functions = config, functions

    def nearest(
        self,
        history: History,
        branch: int,
        depth: int,  # noqa: ARG002  the opening is before every step
    ) -> tuple[StepChannel, Step]:
        """Make a channel in the state of a step that is on the way to another.

        Args:
            history: The history.
            branch: The branch to go along.
            depth: The number of the step to go to, 0 or more.

        Returns:
            The channel, and the step it stands after, at `depth` or before.
        """
        root = history.at(branch, 0)
        client = Client(self._config.n_subbufs, self._functions)
        client.repeat(root.decisions)
        return StepChannel(self._config, client), root

    def keep(self, channel: StepChannel, step: Step) -> None:
        """Offer a state: the channel stands after `step`. Kept if it is worth it."""
