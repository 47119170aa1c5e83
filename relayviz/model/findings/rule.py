"""The form of a rule that finds a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.findings.finding import Fault, Severity
    from relayviz.model.findings.measured import Measured, Rows


class Rule(NamedTuple):
    """How a fault is found and told.

    Attributes:
        fault: The fault.
        severity: How bad it is.
        applies: In which buffers it is met.
        weight: How much, 0 or more; the worst buffer is told.
        words: The sentence and what helps, for a row.
        follows_from: Faults that explain it; where one of them is met, this is not told.
        dock: Where it is to be seen.
        explains: How many lost events it explains; the cause that explains most is told first.
        whole: Its numbers are of all buffers together.
    """

    fault: Fault
    severity: Severity
    applies: Callable[[Measured], Rows]
    weight: Callable[[Measured], NDArray[np.float64] | NDArray[np.uint64]]
    words: Callable[[Measured, int], tuple[str, str]]
    follows_from: tuple[Fault, ...] = ()
    dock: str = "rings"
    explains: Callable[[Measured], NDArray[np.float64] | NDArray[np.uint64]] | None = None
    whole: bool = False
