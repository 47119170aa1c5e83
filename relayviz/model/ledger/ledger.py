"""All that the views ask a history for: gathered once for each channel, and shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.ledger.events import EventIndex
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.ledger.following import SLICE
from relayviz.model.ledger.timeline import Timeline

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.history.history import History


class Ledger:
    """The ledger of a channel: three parts, each of which takes in every step once.

    Whoever needs a part lets it follow a branch first, or all of them; what is in is in for all.

    Threads: one, any; in the window it is the window's.

    Args:
        config: Of the channel.

    Attributes:
        fates: What became of each event, what readers got, and what moved the counters.
        timeline: What happened at which step.
        events: Where events lie.
    """

    def __init__(self, config: ChannelConfig) -> None:
        self.fates, self.timeline, self.events = FateIndex(config), Timeline(), EventIndex()

    def follow(self, history: History, branch: int, most: int | None = None) -> bool:
        """Take in what has been added to a branch, or what differs if it is another one.

        Args:
            history: The history, always the same.
            branch: The branch.
            most: Steps to take in at most (Following.follow); None: all.

        Returns:
            Whether all of it is in.
        """
        parts = (self.fates, self.timeline, self.events)
        while True:  # side by side, for they look at the same blocks
            has_all = [part.follow(history, branch, most or SLICE) for part in parts]
            if most is not None or all(has_all):
                return all(has_all)

    @property
    def step(self) -> int:
        """The number of the last step that is in all parts; -1: none."""
        return min(part.step for part in (self.fates, self.timeline, self.events))
