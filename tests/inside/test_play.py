"""Playing sessions inside operations: steps, reasons, going back, and what cannot be."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz import relay
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import CannotMoveError, InsideEngine
from relayviz.engines.inside.play import ScheduleError, play
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.file import load, loads
from relayviz.model.session.file import SessionError
from tests.inside.programs import GLOBAL, SMALL, WIDE, Program, session_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

RESOURCES = Path(__file__).parents[2] / "resources" / "inside"
SCENARIOS = sorted(RESOURCES.glob("*.inside.toml"))
CORE = Path(__file__).parents[2] / "core"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name.split(".")[0])
def test_scenarios_show_what_they_say(path: Path) -> None:
    session = load(path, STOP_NAMES)
    assert session.title
    assert session.text
    _, played = play(session)
    assert [one for one in played.held if not one.holds] == []
    assert played.held


def test_every_rule_has_a_reason() -> None:
    engine = InsideEngine(session_of(SMALL["an interrupt in write"]))
    engine.run("task", "WRITE_COPIED")
    why = engine.actors()[1].why
    assert why == "interrupts are off on its CPU: task is inside relay_write"
    with pytest.raises(CannotMoveError, match="irq cannot move: interrupts are off"):
        engine.step("irq")
    engine.run("task")
    assert engine.actors()[1].why == ""
    engine.step("irq")
    assert engine.actors()[0].why == "its queue is empty"

    engine = InsideEngine(session_of(SMALL["an interrupt in __write"]))
    engine.step("task")
    engine.step("irq")
    assert engine.actors()[0].why == "irq runs in an interrupt on its CPU"

    engine = InsideEngine(session_of(SMALL["a global buffer, locked"]))
    engine.run("a", "WRITE_COPIED")
    engine.run("b", "LOCK_WAIT")
    assert engine.actors()[1].why == "it waits for what a holds"

    twice = Program(WIDE, "kernel", (("a", "task", 0, "reserve 8"), ("b", "task", 0, "write 8")))
    engine = InsideEngine(session_of(twice))
    engine.step("a")
    assert engine.actors()[1].why == "a keeps preemption off on its CPU"


def test_one_operation_after_the_other_is_what_the_step_engine_does() -> None:
    queue = "write 3, write-nolock 5, write 8, reserve 4, fill, flush, write 9, consume 1, write 6"
    program = Program(
        "subbuf_size = 8, n_subbufs = 3, cpus = 1", "kernel", (("a", "task", 0, queue),)
    )
    engine = InsideEngine(session_of(program))
    channel = relay.Channel(
        "cpu", subbuf_size=8, n_subbufs=3, cpus=1, callbacks=relay.Callbacks(), online=[0]
    )
    slots: list[memoryview] = []

    def reserve() -> None:
        slot = channel.reserve(4, 0)
        assert slot is not None
        slots.append(slot)

    def fill() -> None:
        slots[0][:] = bytes(range(124, 128))

    calls: list[Callable[[], object]] = [
        lambda: channel.write(bytes(range(31, 34)), 0),
        lambda: channel.write_nolock(bytes(range(62, 67)), 0),
        lambda: channel.write(bytes(range(93, 101)), 0),
        reserve,
        fill,
        channel.flush,
        lambda: channel.write(bytes(9), 0),
        lambda: channel.subbufs_consumed(0, 1),
        lambda: channel.write(bytes((186 + i) % 256 for i in range(6)), 0),
    ]
    for call in calls:
        call()
        engine.run("a")
        mine, theirs = engine.snapshot, channel.snapshot()
        assert mine.buffers.tolist() == theirs.buffers.tolist()
        assert mine.subbufs.tolist() == theirs.subbufs.tolist()
        assert engine.machine.memory_of(0) == bytes(channel.buffers[0].data[:24])
    channel.close()


def _random_engine(seed: int, steps: int) -> tuple[InsideEngine, list[int]]:
    """Return an engine that made random steps, and the digest after each."""
    chance = random.Random(seed)  # noqa: S311  no secret
    actors = (
        *(("a", "task", 0, "write 8, write-nolock 12, reserve 8, fill, write 16, flush, write 3"),),
        *(("b", "task", 1, "write 8, write 8, consume 1, write 16, write 16, reset, write 4"),),
        *(("i", "interrupt", 0, "write 8, write-nolock 4, write 8"),),
        *(("r", "reader", 0, "read 24, sleep, read 16, map-read"),),
    )
    channel = 'subbuf_size = 16, n_subbufs = 2, cpus = 2, mode = "overwrite", header = 4'
    engine = InsideEngine(session_of(Program(channel, "kernel", actors)))
    digests = [engine.machine.digest()]
    for _ in range(steps):
        free = [actor.name for actor in engine.actors() if not actor.why]
        if not free:
            break
        engine.step(chance.choice(free))
        digests.append(engine.machine.digest())
    return engine, digests


@pytest.mark.parametrize("seed", range(5))
def test_any_moment_is_what_it_was(seed: int) -> None:
    engine, digests = _random_engine(seed, 300)
    assert len(set(digests)) == len(digests), "each step changes something"
    chance = random.Random(seed)  # noqa: S311  no secret
    for _ in range(50):
        at = chance.randrange(len(digests))
        engine.seek(at)
        assert engine.machine.digest() == digests[at]
        assert engine.position == at
    engine.seek(len(digests) - 1)
    engine.back()
    assert engine.machine.digest() == digests[-2]
    with pytest.raises(ValueError, match="there is no step"):
        engine.seek(len(digests))


def test_stepping_in_the_past_is_another_way() -> None:
    engine, digests = _random_engine(7, 60)
    engine.seek(20)
    before = engine.decisions()
    free = [actor.name for actor in engine.actors() if not actor.why]
    engine.step(free[0])
    assert engine.decisions() == [*before, free[0]]
    assert engine.machine.length == 21
    engine.seek(20)
    assert engine.machine.digest() == digests[20]


def test_a_torn_copy_names_the_event_of_each_byte() -> None:
    engine, _ = play(load(RESOURCES / "torn-read.inside.toml", STOP_NAMES))
    copied, events = engine.copy_of("reader")
    assert np.asarray(events).tolist() == [1] * 8 + [3] * 8
    assert copied == bytes(31 + at for at in range(8)) + bytes(93 + 8 + at for at in range(8))


def test_probes_are_where_the_sources_say() -> None:
    sources: dict[str, list[str]] = {}
    found = relay.sites()
    assert {STOP_NAMES[site.stop] for site in found} >= {"WRITE_COPIED", "READ_COPY", "MAP_LOOKED"}
    for site in found:
        if site.file not in sources:
            sources[site.file] = (CORE / site.file).read_text(encoding="utf-8").split("\n")
        name = STOP_NAMES[site.stop]
        assert name in sources[site.file][site.line - 1], site
    assert all(stop.sentence.endswith((".", "it.")) for stop in relay.STOPS)
    assert len(relay.CODE_DIGEST) == 16


# -- what cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("run task to WRITE_COPIED\nstep irq", "step irq: irq cannot move: interrupts are off"),
        ("step task times=99", "task cannot move: its queue is empty"),
        ("run task to READ_COPY", "without coming to READ_COPY"),
    ],
)
def test_a_schedule_that_cannot_be(schedule: str, message: str) -> None:
    session = session_of(SMALL["an interrupt in write"], schedule)
    with pytest.raises(ScheduleError, match=message):
        play(session)


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ('rule = "kernel"', 'rule = "linux"', "inside.rule"),
        ("write 8", "wrote 8", "there is no such operation"),
        ("write 8", "mmap", "map-read"),
        ("write 8", "write 8 cpu=7", "there is no CPU 7"),
        ('role = "interrupt"', 'role = "irq"', "actor.1..role"),
        ("step task", "step tusk", "there is no actor 'tusk'"),
        ("step task", "stop task", "step, run, cannot, expect and mark"),
        ("step task", "run task to WRITE_COPID", "Did you mean WRITE_COPIED|WRITE_COPIED"),
        ("step task", "expect destroid == 0", "there is no such name"),
        ("step task", "step task times=0", "times=N"),
        ("cpus = 1", "cpus = 17", "1 to 16 CPUs"),
        ('role = "interrupt"', 'role = "reader"', "a reader does not change the channel: it does"),
        ("[inside]", "[outside]", "outside|no session inside"),
        ('name = "irq"', 'name = "task"', "a word of its own"),
    ],
)
def test_a_file_that_means_nothing_is_refused_by_place(
    wrong: str, right: str, message: str
) -> None:
    text = text_of(SMALL["an interrupt in write"], "step task")
    assert wrong in text
    with pytest.raises(SessionError, match=message) as caught:
        loads(text.replace(wrong, right, 1), STOP_NAMES)
    assert caught.value.line is not None or "outside" in right


def test_a_schedule_of_other_code_is_told() -> None:
    text = text_of(SMALL["an interrupt in write"]).replace("[inside]", '[inside]\ndigest = "0123"')
    _, played = play(loads(text, STOP_NAMES))
    assert "other code of the core: 0123" in played.warning
    same = text.replace("0123", relay.CODE_DIGEST)
    assert play(loads(same, STOP_NAMES))[1].warning == ""


def test_too_much_for_a_machine_is_an_error() -> None:
    with pytest.raises(relay.RelayError):
        relay.Machine(relay.MachineConfig(subbuf_size=0))
    with pytest.raises(relay.RelayError):
        relay.Machine(relay.MachineConfig(cpus=17))
    machine = relay.Machine(relay.MachineConfig())
    with pytest.raises(IndexError):
        machine.add(relay.ActorKind.TASK, 1)
    for _ in range(relay.MAX_ACTORS):
        machine.add(relay.ActorKind.TASK, 0)
    with pytest.raises(IndexError):
        machine.add(relay.ActorKind.TASK, 0)
    with pytest.raises(ValueError, match="cannot be computed"):
        machine.explore([(relay.Code.AND, 0)])


def test_machines_do_not_know_each_other() -> None:
    engines = [InsideEngine(session_of(SMALL["a global buffer"])) for _ in range(5)]
    for engine in engines:
        engine.run("a", "WRITE_COPIED")
    for engine in engines:
        engine.run("b")
        engine.run("a")
        assert engine.judged().destroyed == 1
        assert engine.value(InsideCondition("stored")) == 2


def test_a_global_buffer_is_made_once() -> None:
    engine = InsideEngine(session_of(Program(GLOBAL, "kernel", (("a", "task", 0, "close"),))))
    assert engine.opening == (
        'create_buf_file("cpu0", cpu 0): global',
        "subbuf_start(sub-buffer 0, previous none, padding 0, cpu 0): 1",
    )
    moved = engine.run("a")
    assert [call for step in moved for call in step.calls] == ['remove_buf_file("cpu0")']
    assert engine.snapshot.closed


def test_asks_for_the_answer_of_subbuf_start() -> None:
    machine = relay.Machine(
        relay.MachineConfig(subbuf_size=8, n_subbufs=2, mode=relay.MachineMode.ASK)
    )
    actor = machine.add(relay.ActorKind.TASK, 0)
    for _ in range(2):
        machine.queue(actor, relay.What.WRITE, 0, length=8)
    machine.run(actor)
    assert machine.run(actor)[0] is relay.Stepped.ASKED
    asked = machine.asked(actor)
    assert asked is not None
    assert (asked.subbuf, asked.prev, asked.padding, asked.full) == (1, 0, 0, 0)
    here, digest = machine.position, machine.digest()
    assert machine.step(actor) is relay.Stepped.CANNOT
    machine.answer(actor, 1, 4)
    assert machine.run(actor)[0] is relay.Stepped.ENDED  # the header leaves too little room
    assert machine.look(actor).outcome == 2
    assert machine.snapshot().buffers["produced"].tolist() == [1]
    end, last = machine.position, machine.digest()
    assert machine.seek(here)
    assert machine.digest() == digest
    assert machine.seek(end)
    assert machine.digest() == last
