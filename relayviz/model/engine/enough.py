"""How many sub-buffers would have saved an event, or lost nothing: what trying them came to."""

from __future__ import annotations

from dataclasses import dataclass

from relayviz.model.numbers import grouped, plural


@dataclass(frozen=True, slots=True)
class Enough:
    """The smallest numbers of sub-buffers, above the present one, that help up to a step.

    Each number from the present one on was tried: the same operations on a channel of that many.

    Attributes:
        present: How many there are.
        keeps: With so many the event is not lost; None: with none, it is lost in another way.
        all_kept: With so many no event is lost for want of room.
        less_lost: Events that one less than that loses for want of room.
    """

    present: int
    keeps: int | None
    all_kept: int
    less_lost: int

    def told(self) -> str:
        """Say it in a sentence or two."""
        lost = f"{plural(self.less_lost, 'event')} {'is' if self.less_lost == 1 else 'are'} lost"
        less = f"with {grouped(self.all_kept - 1)} of them, {lost}."
        nothing = "lost nothing for want of room up to this step"
        if self.keeps is None:
            none = "No number of sub-buffers of this size keeps it"
            return f"{none}. {grouped(self.all_kept)} would have {nothing}; {less}"
        count = plural(self.keeps, "sub-buffer")
        one = f"{count} of this size instead of {grouped(self.present)} would have kept it"
        if self.keeps == self.all_kept:
            return f"{one}, and {nothing}; {less}"
        too_few = f"{grouped(self.keeps - 1)} would not"
        return f"{one}; {too_few}. {grouped(self.all_kept)} would have {nothing}; {less}"
