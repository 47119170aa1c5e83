"""Which events are pieces of which record, along a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.history.history import History


class Pieces:
    """The pieces of records, by the operations that wrote them."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[int, int]]] = {}  # of each record: step and event
        self._names: dict[int, str] = {}  # by event

    def take(self, history: History, branch: int, first: int, last: int) -> None:
        """Take in the steps from `first` to `last` of a branch."""
        if not history.has_records:
            return
        for step, (operation, event, _) in enumerate(history.deeds(branch, first, last), first):
            if operation.record and event is not None:
                self._pieces.setdefault(operation.record, []).append((step, event))
                self._names[event] = operation.record

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        pieces = self._pieces.items()
        kept = {name: [one for one in listed if one[0] <= step] for name, listed in pieces}
        self._pieces = {name: listed for name, listed in kept.items() if listed}
        self._names = {event: name for name, some in self._pieces.items() for _, event in some}

    def frozen(self) -> Pieces:
        """Return a copy that stays as it is now."""
        result = Pieces()
        result._pieces = {name: [*listed] for name, listed in self._pieces.items()}
        result._names = {**self._names}
        return result

    def of(self, name: str, step: int) -> Iterator[int]:
        """Give the events of a record that had been tried at a step, in order."""
        return (event for at, event in self._pieces[name] if at <= step)

    def name_of(self, event: int) -> str | None:
        """Return the name of the record that an event is a piece of; None: of none."""
        return self._names.get(event)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all records, in the order they began."""
        return tuple(self._pieces)
