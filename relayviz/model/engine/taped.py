"""What an engine of a capture can do besides being looked at: all its records, and any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from relayviz.model.engine.protocol import Can, Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.capture.sizes import Sizes
    from relayviz.model.capture.tape import Tape
    from relayviz.model.channel.place import EventPlace
    from relayviz.model.engine.snapshot import Snapshot


class TapedEngine(Engine, Protocol):
    """Shows a channel as it was between any two records of a capture. Its snapshots have `foreign`.

    A snapshot's step is how many records were written.
    """

    @property
    def tape(self) -> Tape:
        """The records; another one once all of a large capture is read."""

    @property
    def sizes(self) -> Sizes:
        """The sizes that its rings are laid out with."""

    @property
    def offers(self) -> tuple[Sizes, ...]:
        """The sizes that are likely, the likeliest first."""

    @property
    def progress(self) -> float:
        """How much of it is read, 0 to 1; 1 also if no more will be."""

    @property
    def aim(self) -> int:
        """Where it is going, or is: quick keys go on from there, not from what is shown still."""

    def borders(self, row: int) -> NDArray[np.int64]:
        """Return the first record of each sub-buffer, of the records of a buffer."""

    def goto_place(self, place: int) -> None:
        """Show the moment at which so many records were written, or the nearest there is."""

    def set_sizes(self, sizes: Sizes) -> None:
        """Lay the rings out anew; ValueError: a record fits into no such sub-buffer."""

    def stop_reading(self) -> None:
        """Read no more of the files: what is shown stays."""

    def listed(self, where: str, by: str, *, descending: bool) -> NDArray[np.uint32] | None:
        """Return the places of records in some order; it may take long. None: all as they are.

        Args:
            where: A condition over the keys of model.capture.columns; empty: all.
            by: A key; empty: the order in which they were written.
            descending: The largest first.

        Raises:
            ConditionError: It is no such condition.
            OpenError: The files cannot be read any more.
        """

    def heads(self, places: Sequence[int]) -> dict[int, bytes]:
        """Return how some records begin, as far as that is read; the rest is being read."""

    def records_in(self, snapshot: Snapshot, row: int, index: int) -> list[EventPlace]:
        """Return the records in a sub-buffer in order; each one's `event` is its place.

        Args:
            snapshot: The state that is shown.
            row: The buffer's row in it.
            index: The sub-buffer.
        """


def taped(engine: Engine | None) -> TapedEngine | None:
    """Return an engine as one that has the records of a capture; None: it has none."""
    has_tape = engine is not None and Can.TAPE in engine.can
    return cast("TapedEngine", engine) if has_tape else None
