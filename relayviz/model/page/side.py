"""What a page is told of one channel: its states, what was said of each step, its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.ledger.fate import FateIndex
from relayviz.model.page.change import Changes
from relayviz.model.page.told import events

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Frame
    from relayviz.model.history.history import History


class Side:
    """Gathers what a page is told of one channel.

    Args:
        name: What it is called beside another; empty: it stands alone.
        config: What it was opened with.
    """

    def __init__(self, name: str, config: ChannelConfig) -> None:
        self._name, self._config = name, config
        self._changes = Changes()
        self._states: list[dict[str, object]] = []
        self._steps: list[int] = []
        self._said: list[list[object]] = []

    def add(self, frame: Frame, kept: str = "") -> None:
        """Add the state at the next step of the page.

        Args:
            frame: The state.
            kept: What is said of what it keeps, beside another.
        """
        step = frame.snapshot.made_by
        self._states.append(self._changes.of(frame))
        self._steps.append(step.depth)
        place = None if step.place is None else [step.place.buffer, step.place.index]
        self._said.append([step.result.words, int(step.is_loss), place, kept])

    def plain(self, history: History, branch: int) -> dict[str, object]:
        """Return all of it; events are those of a branch, up to the last step that was added."""
        fates = FateIndex(self._config)
        fates.follow(history, branch)
        return {
            "name": self._name,
            "header": self._config.used_header,
            "subbuf_size": self._config.subbuf_size,
            "n_subbufs": self._config.n_subbufs,
            "cpus": self._config.cpus,
            "is_global": self._config.is_global,
            "steps": self._steps,
            "states": self._states,
            "said": self._said,
            "events": events(fates, self._steps[-1]),
        }
