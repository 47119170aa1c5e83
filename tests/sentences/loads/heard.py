"""All that is said of loads: those worked out before, those with a name, and the faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engines.faults import CASES as FAULTS
from tests.engines.test_causes import CASES as CAUSES
from tests.engines.test_causes import HEALTHY, SHARED_OUT, findings_of, simulated
from tests.engines.test_faults import simulated as fault_of
from tests.sentences.loads.named import LOADS
from tests.sentences.loads.said import ADVICE, HITS, OPENED, half_made, opened, remedies, stopped
from tests.sentences.loads.threads import THREADS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relayviz.model.findings.finding import Finding

    Said = tuple[str, str]


def of_loads() -> Iterator[Said]:
    """Give where something is said, and what."""
    setups = [*(setup for _, _, setup in CAUSES), *HEALTHY, *SHARED_OUT]
    for number, setup in enumerate(setups):
        yield from _found(f"load {number} of test_causes", findings_of(simulated(setup)))
    for case in (case for case in FAULTS if not case.needs_threads):
        yield from _found(f'"{case.load.title}" of faults', findings_of(fault_of(case)))
    for name, load in LOADS.items():
        yield from _found(name, load.run().findings)
    for name, threads in THREADS.items():
        snapshot = threads.run()
        yield from _found(name, findings_of(snapshot))
        if snapshot.live is not None and snapshot.live.hit is not None:
            yield name, snapshot.live.hit.what
    yield from _of_sizes()


def _of_sizes() -> Iterator[Said]:
    for name, search in ADVICE.items():
        yield from ((name, text) for text in search().texts())
    yield from ((where, text) for where, text, _ in remedies())
    yield from (("half of what was asked for", text) for text in half_made())
    for name in HITS:
        hit = stopped(name).hit
        assert hit is not None, name
        yield name, hit.what
    yield from ((name, opened(config)) for name, config in OPENED.items())


def _found(where: str, found: Iterable[Finding]) -> Iterator[Said]:
    for one in found:
        yield from ((where, text) for text in (one.text, one.helps, str(one.fault)))
