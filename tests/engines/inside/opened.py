"""Sessions of the window's engine that tests open, and what they compare them with."""

from __future__ import annotations

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.viewing.engine import ActorsEngine
from relayviz.model.inside.file import loads

TWO = """
relayviz = 1
[channel]
subbuf_size = 32
n_subbufs = 2
cpus = 2
[inside]
rule = "kernel"
[[actor]]
name = "one"
queue = '''
write-nolock 8
write 8
'''
[[actor]]
name = "irq"
role = "interrupt"
queue = "write 8"
[[actor]]
name = "reader"
role = "reader"
queue = "read 64"
"""


def opened(text: str) -> ActorsEngine:
    engine = ActorsEngine(loads(text, STOP_NAMES))
    assert engine.wait_idle()
    return engine


def state(engine: ActorsEngine | InsideEngine) -> tuple[bytes, ...]:
    """All that is to be seen of the channel, and of the actors."""
    inner = engine if isinstance(engine, InsideEngine) else engine._line.inner
    looks = [inner.machine.look(number) for number in range(inner.machine.actors)]
    memory = [inner.machine.memory_of(row) for row in range(inner.snapshot.rows)]
    ages = [inner.machine.ages(row).tobytes() for row in range(inner.snapshot.rows)]
    copies = [inner.machine.copy_of(number)[0] for number in range(inner.machine.actors)]
    counted = repr((looks, inner.judged())).encode()
    channel = (inner.snapshot.buffers.tobytes(), inner.snapshot.subbufs.tobytes())
    return (*channel, counted, *memory, *ages, *copies)


def replayed(engine: ActorsEngine) -> InsideEngine:
    """Another machine, stepped from its beginning to the step that is shown."""
    again, shown = InsideEngine(engine.session), engine.snapshot
    for at in range(1, shown.step + 1):
        actor = engine.actor_of(engine.steps.id_at(shown.branch, at))
        again.step(engine.session.actors[actor].name)
    return again
