"""Sessions opened by the engine of the window, beside those played on an engine of their own."""

from __future__ import annotations

from operator import ne

import numpy as np
import pytest

from relayviz import relay
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.play import play
from relayviz.engines.inside.viewing.kind import KIND
from relayviz.model.engine.catalogue import UnconfirmedError
from relayviz.model.inside.acting import Question
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.examples import example_text, examples
from relayviz.model.inside.file import loads
from relayviz.model.inside.steps.whatif import by_stops, changed
from relayviz.model.inside.writing import dumps
from relayviz.model.numbers import plural
from tests.engines.inside.opened import TWO, opened, state

NAMES = [one.name for one in examples() if one.name.startswith("inside/")]
PUZZLES = [one.name for one in examples() if one.name.startswith("puzzles/")]


@pytest.mark.parametrize("name", NAMES)
def test_a_schedule_is_played_and_its_beginning_shown(name: str) -> None:
    session = loads(example_text(name), STOP_NAMES)
    other, told = play(session)
    engine = opened(example_text(name))
    assert engine.snapshot.step == 0
    assert engine.snapshot.last_step == len(told.steps)
    assert engine.scene.warning == ""
    assert engine.made == 0
    engine.end()
    assert engine.wait_idle()
    assert state(engine) == state(other)
    assert engine.scene.judged == told.judged
    for columns in (engine.snapshot.buffers, engine.snapshot.subbufs):
        assert not columns.flags.writeable
    words = [step.result.words for step in engine.steps.path(0, 1)]
    for shown, step in zip(words, told.steps, strict=True):
        assert shown.startswith(f"{step.actor}: {step.words}")
    assert engine.close()


@pytest.mark.parametrize("name", NAMES)
def test_stops_and_ends_lead_where_the_numbers_of_steps_do(name: str) -> None:
    """Of the same session, in which each operation has the same stops."""
    engine = opened(example_text(name))
    engine.end()
    assert engine.wait_idle()
    shown = engine.snapshot
    again = opened(dumps(engine.session, by_stops(engine, shown.branch, shown.step)))
    again.end()
    assert again.wait_idle()
    assert state(again) == state(engine)
    assert engine.close()
    assert again.close()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_leads_to_the_same_end(name: str) -> None:
    engine = opened(example_text(name))
    text = dumps(engine.session, engine.schedule())
    again = opened(text)
    for one in (engine, again):
        one.end()
        assert one.wait_idle()
    assert state(again) == state(engine)
    assert again.schedule() == engine.schedule()
    assert again.session.find == engine.session.find
    assert engine.close()
    assert again.close()


@pytest.mark.parametrize("name", NAMES)
def test_what_a_reader_got_stood_at_its_place(name: str) -> None:
    """Each byte of a copy, against the memory as it was before the step that copied it."""
    engine = opened(example_text(name))
    size, seen = 0, 0
    before: dict[int, bytes] = {}
    for step in range(engine.snapshot.last_step + 1):
        engine.seek(step)
        assert engine.wait_idle()
        machine = engine._line.inner.machine
        for copy in engine.scene.copies:
            if copy.actor == engine.scene.actor and len(copy.data) > size:
                fresh = range(size, len(copy.data))
                for at in fresh:
                    if copy.place[at] >= 0:
                        assert copy.data[at] == before[copy.row][copy.place[at]]
                        seen += 1
            size = len(copy.data)
            assert copy.ages.shape == copy.now.shape == copy.before.shape == copy.place.shape
            memory = machine.memory_of(copy.row)
            for at in np.flatnonzero(copy.place >= 0).tolist():
                assert copy.memory[at] == memory[copy.place[at]]
        before = {row: machine.memory_of(row) for row in range(engine.snapshot.rows)}
    if name in ("inside/torn-read", "inside/torn-map"):
        assert seen == 16
    assert engine.close()


@pytest.mark.parametrize("name", ["inside/torn-read", "inside/torn-map"])
def test_a_torn_read_says_which_bytes_are_new(name: str) -> None:
    engine = opened(example_text(name))
    engine.end()
    assert engine.wait_idle()
    (copy,) = engine.scene.copies
    assert engine.scene.judged["torn"] == 1
    assert copy.ages.tolist() == [1] * 8 + [3] * 8
    assert copy.is_new.tolist() == [False] * 8 + [True] * 8
    assert copy.is_gone_over.tolist() == [True] * 8 + [False] * 8  # event 3 is there as a whole
    assert engine.close()


def test_a_read_of_a_mapping_is_called_so() -> None:
    engine = opened(example_text("inside/torn-map"))
    titles = {step.title() for step in engine.steps.path(0, 1)}
    assert titles == {"relay_write(16 B) on cpu 0", "read of the mapping on cpu 0"}
    assert engine.close()


def test_how_often_create_buf_file_is_called_for_a_global_channel() -> None:
    text = TWO.replace("cpus = 2", "cpus = 2\nis_global = true")
    engine = opened(text)
    opening = engine.steps.steps[0].result.words
    assert "create_buf_file once" in opening
    assert engine.close()
    engine = opened(TWO)
    assert "create_buf_file 2 times" in engine.steps.steps[0].result.words
    assert engine.close()


def test_a_schedule_that_cannot_be_is_told_and_what_went_before_stays() -> None:
    lines = "[inside]\nschedule = '''\nstep one times=2\nstep irq\nstep one\n'''\n"
    engine = opened(TWO.replace("[inside]\n", lines))
    assert "“step one” cannot be done" in engine.scene.warning
    assert engine.snapshot.last_step == 3
    assert engine.close()
    lines = "[inside]\nschedule = '''\nstep one\nexpect destroyed == 1\nstep one\n'''\n"
    engine = opened(TWO.replace("[inside]\n", lines))
    assert engine.scene.warning == "Does not hold at step 1: destroyed == 1."
    assert engine.snapshot.last_step == 2
    assert engine.close()


@pytest.mark.parametrize("name", PUZZLES)
def test_a_puzzle_begins_behind_its_schedule_and_is_solved_by_what_is_found(name: str) -> None:
    engine = opened(example_text(name))
    puzzle, begun = engine.session.puzzle, engine.snapshot.step
    assert puzzle is not None
    assert begun == engine.snapshot.last_step
    assert engine.scene.puzzle == f"Puzzle: lead to {puzzle.goal}."
    assert (engine.scene.hint, engine.scene.find) == (puzzle.hint, puzzle.goal)
    answer = engine.explore(Question(puzzle.goal), lambda _states: True)
    engine.follow(answer.branch, answer.step, answer.actors)
    assert engine.wait_idle()
    steps, switches = len(answer.actors), sum(map(ne, answer.actors, answer.actors[1:]))
    assert engine.snapshot.step == begun + steps
    assert switches == puzzle.fewest_switches
    if puzzle.most_steps is None or steps <= puzzle.most_steps:
        assert f"Solved: {puzzle.goal} holds after {plural(steps, 'step')}, " in engine.scene.puzzle
    engine.back()
    assert engine.wait_idle()
    assert "Solved" not in engine.scene.puzzle
    engine.end()
    assert engine.wait_idle()
    solved = loads(dumps(*engine.kept()), STOP_NAMES)
    assert (solved.puzzle, solved.find) == (None, puzzle.goal)
    again, told = play(solved)
    assert len(told.steps) == begun + steps
    assert again.value(InsideCondition(puzzle.goal))
    assert engine.close()


def test_what_is_not_changed_keeps_its_digest_and_what_is_gets_that_of_now() -> None:
    text = TWO.replace("[inside]", '[inside]\ndigest = "0123"\nschedule = "step one"')
    engine = opened(text)
    assert "other code" in engine.scene.warning
    assert loads(dumps(*engine.kept()), STOP_NAMES).digest == "0123"
    engine.end()
    engine.act("reader")
    assert engine.wait_idle()
    assert loads(dumps(*engine.kept()), STOP_NAMES).digest == relay.CODE_DIGEST
    assert engine.close()


def test_a_session_with_python_is_not_opened_before_that_is_confirmed() -> None:
    python = 'mode = "python"\nsource = "one"\n[sources]\none = "def subbuf_start(call): pass"\n'
    assert KIND.inside is not None
    with pytest.raises(UnconfirmedError, match="Confirm") as asked:
        KIND.inside(TWO.replace("cpus = 2\n", f"cpus = 2\n{python}"), "x", ())
    assert asked.value.source == "def subbuf_start(call): pass"


def test_a_session_is_changed_as_is_said() -> None:
    session = loads(TWO, STOP_NAMES)
    other = changed(session, "subbuf_size=64 n_subbufs=3 mode=overwrite rule=library")
    assert (other.config.subbuf_size, other.config.n_subbufs) == (64, 3)
    assert (other.config.mode, other.rule) == ("overwrite", "library")
    assert changed(session, "") == session
    for text, words in (("cpus=3", "cpus: it has"), ("n_subbufs=many", "give a whole number")):
        with pytest.raises(ValueError, match=words):
            changed(session, text)


TWO_AT_ONE_STOP = """
relayviz = 1
[channel]
subbuf_size = 32
n_subbufs = 2
cpus = 2
[inside]
rule = "kernel"
schedule = '''
step one times=2
step two times=2
run one
run two
'''
[[actor]]
name = "one"
queue = "write 8"
[[actor]]
name = "two"
cpu = 1
queue = "write 8"
"""


def test_stops_are_counted_of_one_actor_in_a_row() -> None:
    """The same stop of another one before is its own: it is gone to once."""
    engine = opened(TWO_AT_ONE_STOP)
    engine.end()
    assert engine.wait_idle()
    ids = engine.steps.ids(0, 1, engine.snapshot.step)
    stops = [engine.stop_of(one) for one in ids]
    lines = by_stops(engine, 0, engine.snapshot.step)
    assert lines[:2] == [f"run one to {stops[1]}", f"run two to {stops[3]}"]
    assert stops[1] == stops[3]
    assert len(lines) == len(set(lines))
    assert engine.close()
