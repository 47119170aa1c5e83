"""Sessions inside operations written as text: what is read again is what was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.model.inside.examples import example_text
from relayviz.model.inside.file import load, loads
from relayviz.model.inside.lines import write_schedule_line
from relayviz.model.inside.writing import dumps
from relayviz.model.session.file import SessionError

if TYPE_CHECKING:
    from relayviz.model.inside.program import InsideSession

RESOURCES = Path(__file__).parents[2] / "resources"
PATHS = sorted(RESOURCES.glob("inside/*.inside.toml")) + sorted(
    RESOURCES.glob("puzzles/*.inside.toml")
)
PYTHON = (
    """relayviz = 1
[channel]
mode = "python"
source = "mine"
[sources]
mine = '''
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    return True
'''
[inside]
digest = "0123"
code = """
    '''"""
src/write.c c3337123
src/write.c relay_switch_held SWITCH_ENTER+0
"""
[[actor]]
queue = "write 3"
'''
)


def _bare(session: InsideSession) -> InsideSession:
    return replace(session, schedule=(), schedule_at=0, title="", text="")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_read_is_what_was_written(path: Path) -> None:
    session = load(path, STOP_NAMES)
    again = loads(dumps(session), STOP_NAMES)
    assert [one.line for one in again.schedule] == [one.line for one in session.schedule]
    assert _bare(again) == _bare(session)
    assert (again.title, again.text.strip()) == (session.title, session.text.strip())


def test_python_and_code_are_kept() -> None:
    session = loads(PYTHON, STOP_NAMES)
    assert len(session.code) == 2
    again = loads(dumps(session), STOP_NAMES)
    assert (again.config, again.code, again.digest) == (
        *(session.config, session.code, session.digest),
    )


def test_where_runs_stop_is_kept() -> None:
    halts = '[inside]\nhalts = ["WRITE_COPIED in f"]'
    text = example_text("inside/destroyed").replace("[inside]", halts)
    assert loads(dumps(loads(text, STOP_NAMES)), STOP_NAMES).halts == ("WRITE_COPIED in f",)
    with pytest.raises(SessionError, match="There is no stop NOWHERE"):
        loads(text.replace("WRITE_COPIED in f", "NOWHERE in f"), STOP_NAMES)


def test_an_attempt_at_a_puzzle_keeps_its_goal() -> None:
    session = load(RESOURCES / "puzzles" / "destroy-an-event.inside.toml", STOP_NAMES)
    again = loads(dumps(session, ["step task times=3", "run irq"]), STOP_NAMES)
    assert (again.puzzle, again.find, again.is_found) == (None, "destroyed > 0", True)
    lines = [write_schedule_line(one.line) for one in again.schedule]
    assert lines == ["step task times=3", "run irq"]
