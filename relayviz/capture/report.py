"""What is told of a capture, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.capture.handing.plain import figures, laid, part_of
from relayviz.engines.capture.words import gap_words, unknown
from relayviz.model.kernel.texts import printable
from relayviz.model.numbers import grouped, plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.capture.capture import Capture

_SHOWN = 20  # gaps that are listed as lines; JSON has all


def as_lines(capture: Capture, sizes: tuple[int, int] | None) -> Iterator[str]:
    """Yield what is told, in lines."""
    numbers = figures(capture)
    if capture.layout is not None:
        status = f" ({capture.layout.status})" if capture.layout.status else ""
        cpus = ", ".join(map(str, capture.cpus)) or "not known"
        of = "CPU" if len(capture.cpus) == 1 else "CPUs"
        yield f"{capture.layout.name}{status}: {plural(capture.records, 'record')}, {of} {cpus}"
    for number, part in enumerate(capture.parts):
        told = part_of(capture, number)
        name = printable(part.path.name)
        yield f"  {name}: {plural(told['records'], 'record')}, {size(part.index.size)}"
        for begin, end, is_cut in part.index.damage():
            what = "ends within a record" if is_cut else "no record"
            yield f"    bytes {grouped(begin)} to {grouped(end - 1)}: {what}, left out"
    for one in capture.refused:
        yield f"  {printable(one.path.name)}: {one.reason}"
    if numbers["gaps"]:
        yield f"{plural(capture.missing, 'record')} missing, in {plural(len(capture.gaps), 'gap')}:"
        for gap in capture.gaps[:_SHOWN]:
            yield f"  {gap_words(gap)}"
        if len(capture.gaps) > _SHOWN:
            yield f"  and {grouped(len(capture.gaps) - _SHOWN)} more; --json has all"
    if sizes is not None:
        for cpu in capture.cpus:
            found = laid(capture, cpu, sizes[0])
            yield (
                f"CPU {cpu}: {plural(len(found.first), 'sub-buffer')} of {size(sizes[0])}, "
                f"{size(int(found.padding[:-1].sum()))} of padding, if nobody flushed"
            )
    yield from unknown(capture)
