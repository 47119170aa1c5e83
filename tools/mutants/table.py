"""What is told of faults: a row for each file or folder, then each fault that nothing noticed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tools.mutants.fault import Fault

HARMLESS = sorted(Path(__file__).parent.glob("harmless*.toml"))


def tell(
    rows: Mapping[str, Sequence[Fault]], found: Sequence[str], is_reached: Callable[..., bool]
) -> None:
    """Print it.

    Args:
        rows: The faults of each row of the table.
        found: By a fault's number: the test that noticed it; empty: none did.
        is_reached: Whether any test comes by a fault.
    """
    print(f"{'file':34} {'faults':>7} {'noticed':>8} {'harmless':>9} {'not':>5}")
    sums = [0, 0, 0, 0]
    left: list[Fault] = []
    for name, faults in rows.items():
        missed = [fault for fault in faults if not found[fault.number]]
        known = [fault for fault in missed if is_harmless(fault)]
        counts = [len(faults), len(faults) - len(missed), len(known), len(missed) - len(known)]
        sums = [total + count for total, count in zip(sums, counts, strict=True)]
        left += [fault for fault in missed if not is_harmless(fault)]
        print(f"{name:34} {counts[0]:7} {counts[1]:8} {counts[2]:9} {counts[3]:5}")
    share = (sums[1] + sums[2]) / max(sums[0], 1)
    print(f"{'all':34} {sums[0]:7} {sums[1]:8} {sums[2]:9} {sums[3]:5}   {share:.0%}\n")
    for fault in left:
        seen = "" if is_reached(fault) else "  (no test comes by)"
        after = fault.after or "(left out)"
        print(f"{fault.file}:{fault.line} {fault.function}: {fault.before}  ->  {after}{seen}")
    print()


def is_harmless(fault: Fault) -> bool:
    """Whether a fault is one of those that make no difference, each listed with its reason."""
    return (fault.file, fault.function, fault.before, fault.after) in _harmless()


@cache
def _harmless() -> set[tuple[str, str, str, str]]:
    rows = [
        row
        for path in HARMLESS
        for row in tomllib.loads(path.read_text(encoding="utf-8")).get("fault", [])
    ]
    return {(row["file"], row["function"], row["before"], row["after"]) for row in rows}
