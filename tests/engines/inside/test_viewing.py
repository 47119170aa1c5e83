"""Stepping actors in the engine of the window: going on, back, on branches, and looking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.inside.viewing.kind import KIND
from relayviz.model.inside.acting import Question, acting, going
from relayviz.model.inside.condition import JUDGED, InsideCondition
from relayviz.model.inside.sources import differs, source_lines
from relayviz.model.inside.writing import dumps

if TYPE_CHECKING:
    from relayviz.engines.inside.viewing.engine import ActorsEngine
from tests.engines.inside.opened import TWO, opened, replayed, state


def test_keys_may_come_faster_than_states_are_shown(two: ActorsEngine) -> None:
    for _ in range(4):
        two.act("one")
    assert two.wait_idle()
    assert two.snapshot.step == two.snapshot.last_step == 4
    assert state(two) == state(replayed(two))
    assert two.made == 4


def test_going_to_any_step_of_any_branch(two: ActorsEngine) -> None:
    two.run("one")
    two.run("reader")
    two.seek(3)
    two.run("irq")
    two.run("one")
    two.seek(2)
    two.act("reader", 2)
    assert two.wait_idle()
    assert len(two.steps.branches) == 3
    chance = np.random.default_rng(7)
    for number in chance.integers(0, len(two.steps.steps), 40).tolist():
        two.goto(number)
        assert two.wait_idle()
        assert two.snapshot.made_by.id == number
        assert state(two) == state(replayed(two))
        back = two.scene
        two.home()
        two.goto(number)
        assert two.wait_idle()
        assert (two.scene.values, two.scene.actors) == (back.values, back.actors)


def test_the_same_step_in_the_past_is_no_branch(two: ActorsEngine) -> None:
    two.act("one", 3)
    two.home()
    two.act("one")
    assert two.wait_idle()
    assert (two.snapshot.step, two.snapshot.branch, two.snapshot.last_step) == (1, 0, 3)
    two.act("reader")
    assert two.wait_idle()
    assert (two.snapshot.step, two.snapshot.branch, two.snapshot.last_step) == (2, 1, 2)
    assert two.schedule() == ["step one", "step reader"]


def test_what_cannot_move_says_why_and_nothing_changes(two: ActorsEngine) -> None:
    two.act("one", 2)
    two.act("irq")
    assert two.wait_idle()
    before = state(two)
    two.act("one")
    assert two.wait_idle()
    assert "irq runs in an interrupt on its CPU" in two.snapshot.notice
    assert two.snapshot.step == 3
    assert state(two) == before
    stand = two.scene.of("one")
    assert stand is not None
    assert not stand.can_move
    assert stand.why == "irq runs in an interrupt on its CPU"
    two.act("irq")
    assert two.wait_idle()
    assert two.snapshot.notice == ""


def test_runs_stop_where_they_are_to(two: ActorsEngine) -> None:
    two.run("one", "WRITE_COPIED")
    assert two.wait_idle()
    stand = two.scene.of("one")
    assert stand is not None
    assert (stand.stop, stand.function) == ("WRITE_COPIED", "relay_store_event")
    assert "RELAY_PROBE(WRITE_COPIED)" in source_lines(stand.file)[stand.line - 1]
    two.run("one", "WRITE_COPIED")
    assert two.wait_idle()
    assert two.snapshot.notice == "one has ended its operation without coming to WRITE_COPIED."
    two.run("one", until="stored == 2")
    assert two.wait_idle()
    assert replayed(two).value(InsideCondition("stored")) == 2
    two.back()
    assert two.wait_idle()
    assert replayed(two).value(InsideCondition("stored")) == 1
    two.run("one", until="stored ==")
    assert two.wait_idle()
    assert two.snapshot.notice


def test_runs_stop_at_breakpoints(two: ActorsEngine) -> None:
    place = next(one for one in two.places if one.stop == "WRITE_COPIED")
    two.set_breakpoint(place.file, place.line, on=True)
    two.run("one")
    assert two.wait_idle()
    stand = two.scene.of("one")
    assert stand is not None
    assert (stand.file, stand.line) == (place.file, place.line)
    assert two.scene.breakpoints == {(place.file, place.line)}
    two.set_breakpoint(place.file, place.line, on=False)
    two.home()
    two.run("one")
    assert two.wait_idle()
    stand = two.scene.of("one")
    assert stand is not None
    assert stand.state == "idle"


def test_where_runs_stop_is_saved(two: ActorsEngine) -> None:
    assert two.made == 0
    assert two.kept()[0].halts == ()
    place = next(one for one in two.places if one.stop == "WRITE_COPIED")
    two.set_breakpoint(place.file, place.line, on=True)
    assert two.wait_idle()
    two.set_breakpoint(place.file, place.line, on=False)
    two.set_breakpoint(place.file, place.line, on=True)
    assert two.wait_idle()
    assert two.made == 3  # each is worth a question: what was saved in between has others
    session, lines = two.kept()
    assert session.halts == (f"WRITE_COPIED in {place.function}",)
    other = "WRITE_COPIED in relay_gone"  # of other code: it means nothing here, and stays
    again = opened(dumps(replace(session, halts=(*session.halts, other)), lines))
    assert again.scene.breakpoints == two.scene.breakpoints
    assert again.kept()[0].halts == (other, *session.halts)
    assert again.close()


def test_who_changed_a_field_last(two: ActorsEngine) -> None:
    two.run("one", "WRITE_COPIED")
    two.run("irq")
    assert two.wait_idle()
    values = {one.name: one for one in two.scene.values if one.row == 0}
    assert (values["offset"].value, values["offset"].actor) == (8, "irq")
    step = two.steps.at(0, values["offset"].step)
    assert "WRITE_ADVANCED" in step.result.words
    assert (values["produced"].value, values["produced"].actor) == (0, "")
    two.seek(values["offset"].step - 1)
    assert two.wait_idle()
    values = {one.name: one for one in two.scene.values if one.row == 0}
    assert (values["offset"].value, values["offset"].actor) == (0, "")


def test_who_changed_a_field_before_is_no_more_the_last(two: ActorsEngine) -> None:
    two.run("one")
    two.run("irq")
    two.run("one")
    assert two.wait_idle()
    assert two.snapshot.notice == ""
    for step in range(two.snapshot.last_step, 0, -1):
        two.seek(step)
        assert two.wait_idle()
        told = next(one for one in two.scene.values if (one.row, one.name) == (0, "offset"))
        walked = replayed(two)
        while int(walked.snapshot.buffers["offset"][0]) == told.value and walked.position:
            last = walked.position
            walked.back()
        assert (told.step, told.actor) == (
            (last, two.session.actors[two.actor_of(two.steps.id_at(0, last))].name)
            if walked.position or told.value
            else (0, "")
        )


def test_of_equal_bytes_the_place_is_that_of_their_event() -> None:
    writes = 'write text="abcdefgh"\nwrite text="abcdefgh"\n'
    text = TWO.replace("write-nolock 8\nwrite 8\n", writes).replace("read 64", "read 8 times=2")
    engine = opened(text)
    for actor in ("one", "one", "reader", "reader"):
        engine.run(actor)
    assert engine.wait_idle()
    (copy,) = engine.scene.copies
    assert copy.data == b"abcdefgh"
    assert copy.ages.tolist() == [2] * 8
    assert copy.place.tolist() == list(range(8, 16))
    assert not copy.is_new.any()
    assert engine.close()


def test_bytes_and_ages_are_those_of_the_state_shown(two: ActorsEngine) -> None:
    two.run("one")
    assert two.wait_idle()
    shown = two.snapshot
    data = two.bytes_of(shown, 0, 0, 8)
    assert data is not None
    assert data.tobytes() == two._line.inner.machine.memory_of(0)[:8]
    ages = two.ages_of(shown.generation, 0)
    assert ages is not None
    assert ages[:9].tolist() == [1] * 8 + [0]
    two.home()
    assert two.wait_idle()
    assert two.bytes_of(shown, 0) is None
    assert two.ages_of(shown.generation, 0) is None


def test_the_explorer_finds_what_an_interrupt_destroys_from_where_one_stands(
    two: ActorsEngine,
) -> None:
    answer = two.explore(Question("destroyed > 0"), lambda _states: True)
    assert answer.found
    for bound in (Question("destroyed > 0", switches=0), Question("destroyed > 0", interrupts=0)):
        within = two.explore(bound, lambda _states: True)
        assert (within.found, within.finished) == (False, True)
    two.follow(answer.branch, answer.step, answer.actors)
    assert two.wait_idle()
    assert two.scene.judged["destroyed"] == 1
    two.back()
    assert two.wait_idle()
    assert two.scene.judged["destroyed"] == 0
    two.home()
    two.run("one")
    assert two.wait_idle()
    later = two.explore(Question("destroyed > 0"), lambda _states: True)
    assert (later.found, later.finished, later.step) == (False, True, two.snapshot.step)
    assert later.told.startswith("None: ")


def test_the_explorer_can_be_stopped(two: ActorsEngine) -> None:
    answer = two.explore(Question("destroyed > 9"), lambda _states: False)
    assert (answer.found, answer.finished) == (False, False)


def test_what_was_asked_for_can_be_dropped(two: ActorsEngine) -> None:
    two.act("one", 100_000)
    two.drop()
    assert two.wait_idle()
    assert two.snapshot.last_step < 100


def test_it_is_known_by_what_it_can(two: ActorsEngine) -> None:
    assert acting(two) is two
    assert going(two) is two
    assert acting(None) is None
    assert KIND.inside is not None
    assert set(two.scene.judged) == set(JUDGED)


def test_the_source_that_is_shown_is_what_was_compiled(two: ActorsEngine) -> None:
    files = {place.file for place in two.places}
    assert {"src/write.c", "src/read.c", "include/relay/relay.h"} <= files
    for file in files:
        assert not differs(file, two.places), file
    for place in two.places:
        line = source_lines(place.file)[place.line - 1]
        assert f"RELAY_PROBE({place.stop})" in line or "RELAY_PROBE(" not in line
    there = next(place for place in two.places if place.stop == "SWITCH_ENTER")
    assert differs(there.file, [replace(there, stop="SWITCH_PADDED")])
    assert differs("src/none.c", [])
