"""What is said of a capture, on the command line and in the window alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.capture.capture import Capture
    from relayviz.model.capture.gaps import Gap

TAIL = (
    "Whether records are missing behind the last one of a CPU is not known: nothing follows that "
    "would show it."
)
TAIL_OF_ALL = (
    "Whether records are missing behind the last one is not known: nothing follows that would show "
    "it."
)
OTHER_FILES = (
    "One counter numbers the records of all CPUs: records in files that are not among these are "
    "told as missing, too."
)


def unknown(capture: Capture) -> Iterator[str]:
    """Yield what a capture cannot tell."""
    if not capture.records or capture.layout is None:
        return
    if capture.layout.sequence is None:
        yield "Records of this kind are not numbered: whether any are missing is not known."
        return
    if capture.unnumbered:
        yield (
            f"{plural(capture.unnumbered, 'record')} without a number: whether others of their "
            "kind are missing is not known."
        )
    if capture.doubtful:
        numbers = sum(gap.missing for gap in capture.doubtful)
        yield (
            f"{plural(numbers, 'number')} missing where bytes, or what records say of themselves, "
            "look damaged: whether these records were lost, or are what is damaged, is not known."
        )
    if capture.misplaced:
        yield (
            f"{plural(capture.misplaced, 'record')} with a number that cannot be right: they are "
            "damaged, and prove no loss."
        )
    if capture.layout.is_common and (capture.gaps or capture.doubtful):
        yield OTHER_FILES
    yield TAIL_OF_ALL if capture.layout.is_common else TAIL


def gap_words(gap: Gap) -> str:
    """Say what is missing, where and when."""
    where = "" if gap.cpu is None else f"CPU {gap.cpu}: "
    words = f"{where}{grouped(gap.missing)} between numbers {gap.before} and {gap.after}"
    if gap.time_before is None or gap.time_after is None:
        return words
    return f"{words}, {gap.time_before / 1e9:.9f} s to {gap.time_after / 1e9:.9f} s"
