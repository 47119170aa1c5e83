"""What pictures say of a real kernel's channel: a dump, and counters that contradict each other."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from relayviz.engines.kernel.viewing.opened import OpenedKernel
from relayviz.gui.bytes import content as byte_texts
from relayviz.gui.channel.facts import facts_of
from relayviz.gui.counters.panel import notes
from relayviz.gui.rings import texts as ring_texts
from relayviz.gui.shell.status import figures_words
from relayviz.model.engine.kernel import How, Where
from relayviz.model.ledger.events import regions
from tests.kernel.dumps import FIVE
from tests.kernel.test_viewing import SIZE, Scripted, channel, look, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot


def of_kernels() -> Iterator[tuple[str, str]]:
    """Give where something is said of a kernel's channel, and the sentence."""
    with closing(opened(FIVE)) as kernel:
        for place, one in enumerate(kernel.look.channels):
            with closing(kernel.open(one)) as engine:
                for text in _said(engine.snapshot):
                    yield f"channel {place} of a dump", text
    runs = Where(How.GUEST, "socket")
    for name, given in (
        ("counters of a kernel that contradict each other", channel(3, 1, offset=SIZE + 2)),
        ("a kernel that runs", channel(3, 1, 5)),
    ):
        source = Scripted(look(given))
        with closing(OpenedKernel(source, runs)) as kernel, closing(kernel.open(given)) as engine:
            engine.watch(on=False)
            for text in _said(engine.snapshot):
                yield name, text


def _said(seen: Snapshot) -> Iterator[str]:
    yield ring_texts.describe_all(seen)
    yield figures_words(seen)
    yield " ".join(notes(seen, 0))
    yield from (f"{fact.name} {fact.value} {fact.tip}" for fact in facts_of(seen))
    for row in range(seen.rows):
        for index in range(seen.n_subbufs):
            yield ring_texts.describe_subbuf(seen, row, index)
            found = regions(seen, row, index, ())
            content = byte_texts.Content(seen, row, index, found)
            yield from (byte_texts.describe(content, one.start) for one in found)
