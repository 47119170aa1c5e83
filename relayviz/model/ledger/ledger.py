"""All that the views ask a history for: gathered once for each channel, and shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.ledger.events import EventIndex
from relayviz.model.ledger.fate import FateIndex
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
            most: Steps to take in at most where each is looked at; None: all.

        Returns:
            Whether all of it is in.
        """
        if not self.fates.follow(history, branch, most):
            return False
        return self.timeline.follow(history, branch) and self.events.follow(history, branch)
