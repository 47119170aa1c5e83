"""`relayviz capture --follow`: what is new in files that grow, until Ctrl-C."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from relayviz.ending import until_told_to_end
from relayviz.engines.capture.follow import Followed, settled
from relayviz.engines.capture.handing.plain import as_plain_gap
from relayviz.engines.capture.words import gap_words
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from relayviz.engines.capture.capture import Capture
    from relayviz.model.capture.layout import Layout

EVERY = 0.25  # seconds between two looks
_SHARE = 4  # times as long as a look takes nobody looks again


def follow(paths: Sequence[Path], layout: Layout | None, *, as_json: bool) -> Capture:
    """Tell what is new, until the process is told to end; return all of it.

    Args:
        paths: The files.
        layout: Of one's own; None: found in the content.
        as_json: An object on a line for each look that found something.
    """
    followed, told = Followed(paths, layout), _Told(as_json=as_json)
    with until_told_to_end() as is_over:
        pause = 0.0
        while not is_over.wait(pause):
            begun = time.monotonic()
            capture = followed.look()
            if capture is not None:
                told.tell(capture)
            pause = max(EVERY, _SHARE * (time.monotonic() - begun))
    last = followed.look(is_over=True)
    assert last is not None  # noqa: S101  always, at the end
    return last


class _Told:
    """Says what was not said yet."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json, self._records, self._gaps = as_json, 0, set[tuple[int | None, int]]()

    def tell(self, capture: Capture) -> None:
        new = capture.records - self._records
        gaps = [gap for gap in settled(capture) if (gap.cpu, gap.before) not in self._gaps]
        self._records = capture.records
        self._gaps.update((gap.cpu, gap.before) for gap in gaps)
        if self._as_json:
            told = {"new": new, "records": capture.records}
            print(json.dumps({**told, "gaps": [as_plain_gap(gap) for gap in gaps]}), flush=True)
            return
        print(
            f"{plural(new, 'record')} more, {plural(capture.records, 'record')} in all", flush=True
        )
        for gap in gaps:
            print(f"  missing: {gap_words(gap)}", flush=True)
