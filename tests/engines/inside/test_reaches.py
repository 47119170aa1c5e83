"""Where actors stand in the rings: told before they write, and true of every byte they change."""

from __future__ import annotations

import numpy as np
import pytest

from relayviz import relay
from relayviz.model.inside.examples import example_text, examples
from relayviz.model.inside.scene import Doing, Reach
from tests.engines.inside.opened import TWO, opened

NOT_FILLED = 1 << 29  # core/inside/machine.h
TOLD = relay.AGE_EVENT | NOT_FILLED


def spans(reaches: tuple[Reach, ...], actor: int) -> list[tuple[int, int, int]]:
    return [(one.row, one.first, one.end) for one in reaches if one.actor == actor]


@pytest.mark.parametrize("name", [one.name for one in examples()])
def test_whoever_changes_bytes_stood_there(name: str) -> None:
    engine = opened(example_text(name))
    engine.home()
    assert engine.wait_idle()
    machine, rows = engine._line.inner.machine, engine.snapshot.rows
    before = [machine.ages(row).copy() for row in range(rows)]
    reaches = engine.scene.reaches
    for _ in range(engine.snapshot.last_step):
        engine.forward()
        assert engine.wait_idle()
        actor = engine.actor_of(engine.snapshot.made_by.id)
        there = spans(reaches, actor) + spans(engine.scene.reaches, actor)
        does_fill = any("fill" in deed.line for deed in engine.session.actors[actor].queue)
        for row in range(rows):
            ages = machine.ages(row).copy()
            changed = np.flatnonzero((ages & TOLD) != (before[row] & TOLD))
            events = ages[changed] & relay.AGE_EVENT
            of_events = changed[(events != 0) & (events != relay.AGE_EVENT)].tolist()
            for byte in of_events if not does_fill else []:
                assert any(at == row and first <= byte < end for at, first, end in there), byte
            before[row] = ages
        reaches = engine.scene.reaches
        for one in reaches:
            assert 0 <= one.first < one.end <= engine.config.subbuf_size * engine.config.n_subbufs
            assert all(one.first <= a < b <= one.end for a, b in one.there), one
    assert engine.close()


def test_a_write_from_its_choice_of_a_place_to_its_end() -> None:
    engine = opened(example_text("inside/destroyed"))
    told: list[list[tuple[object, ...]]] = []
    for step in range(13):
        engine.seek(step)
        assert engine.wait_idle()
        told.append([(one.name, one.first, one.end, one.there) for one in engine.scene.reaches])
    assert told[:3] == [[], [], [("task", 0, 16, ())]]
    assert told[3] == [("task", 0, 16, ((0, 8),))]
    assert told[4] == [("task", 0, 16, ((0, 16),))]
    assert told[7] == [("task", 0, 16, ((8, 16),)), ("irq", 0, 16, ((0, 8),))]
    assert told[8] == [("task", 0, 16, ()), ("irq", 0, 16, ((0, 16),))]
    assert told[10] == [("task", 0, 16, ())]
    assert told[12] == []
    engine.seek(7)
    assert engine.wait_idle()
    assert [one.told() for one in engine.scene.reaches] == [
        "task writes 16 bytes here, 8 of them there",
        "irq writes 16 bytes here, 8 of them there",
    ]
    assert engine.close()


def test_a_slot_is_held_until_it_is_filled() -> None:
    engine = opened(TWO.replace("write-nolock 8\nwrite 8\n", "reserve 8\nfill\n"))
    engine.act("one")
    engine.act("one")
    assert engine.wait_idle()
    one = engine.scene.reaches[0]
    assert (one.doing, one.first, one.end) == (Doing.RESERVES, 0, 8)
    engine.run("one")
    assert engine.wait_idle()
    one = engine.scene.reaches[0]
    assert one.told() == "one has reserved 8 bytes here, 0 of them filled"
    engine.run("one")
    assert engine.wait_idle()
    assert not engine.scene.reaches
    engine.back()
    assert engine.wait_idle()
    assert engine.scene.reaches[0].doing is Doing.RESERVED
    assert engine.close()


def test_what_a_consumer_copies_out_of_its_mapping() -> None:
    engine = opened(example_text("inside/torn-map"))
    found: dict[str, list[Reach]] = {}
    for step in range(engine.steps.length(0) + 1):
        engine.seek(step)
        assert engine.wait_idle()
        for one in engine.scene.reaches:
            found.setdefault(one.name, []).append(one)
    read = found["reader"]
    assert {(one.first, one.end, one.doing) for one in read} == {(0, 16, Doing.READS)}
    assert read[0].done == 0
    assert sorted({one.done for one in read}) == [0, 8, 16]
    assert read[0].told() == "reader reads 16 bytes here, it has got 0 of them"
    assert engine.close()


def test_inside_memcpy_an_actor_stands_at_the_stop_before_it() -> None:
    engine = opened(example_text("inside/destroyed"))
    engine.seek(2)
    assert engine.wait_idle()
    before = engine.scene.actors[0]
    engine.forward()
    assert engine.wait_idle()
    inside = engine.scene.actors[0]
    assert (before.stop, inside.stop) == ("WRITE_FITS", "COPY_PART")
    assert (inside.file, inside.line) == (before.file, before.line)
    assert inside.at == "at COPY_PART"
    engine.end()
    assert engine.wait_idle()
    assert [one.line for one in engine.scene.actors] == [0, 0]
    assert engine.close()
