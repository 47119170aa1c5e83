"""What happened to a channel of another process: told once, and as bad news where it is."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.attach.others import producing, until
from tests.attach.test_viewing import joined, seen_in

if TYPE_CHECKING:
    from pathlib import Path

ENDS = {"close": ("Its process closed the channel.", False), "kill": ("is gone.", True)}


@pytest.mark.parametrize("how", ENDS)
def test_bad_news_are_told_apart(folder: Path, how: str) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        producer.tell("write", 40, 0)
        until(lambda: int(engine.snapshot.buffers["produced"][0]) > 0)
        producer.tell("reset")
        seen_in(engine, "began anew")
        words, is_bad = ENDS[how]
        if how == "kill":
            producer.kill()
        else:
            producer.tell(how)
        seen_in(engine, words)
        foreign = engine.snapshot.foreign
        assert foreign is not None
        attached, reset, *ends = ((one.text, one.is_bad) for one in foreign.seen)
        assert attached[0].startswith("Attached: ")
        assert reset == ("CPU 0: its counters began anew: it was reset.", False)
        assert not attached[1]
        assert [bad for text, bad in ends if words in text] == [is_bad]
