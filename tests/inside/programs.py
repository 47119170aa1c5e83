"""Small programs inside operations, and the text of a session of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.model.inside.file import loads

if TYPE_CHECKING:
    from relayviz.model.inside.program import InsideSession


Actors = tuple[tuple[str, str, int, str], ...]


class Program(NamedTuple):
    """What is opened, under which rule, and who does what: (name, role, cpu, queue)."""

    channel: str
    rule: str
    actors: Actors
    more: str = ""


def text_of(program: Program, schedule: str = "") -> str:
    """Return the session's text."""
    parts = [
        "relayviz = 1",
        "[channel]",
        *program.channel.split(", "),
        "[inside]",
        f'rule = "{program.rule}"',
        program.more,
        f'schedule = """\n{schedule}\n"""',
    ]
    for name, role, cpu, queue in program.actors:
        lines = "\n".join(queue.split(", "))
        parts += ["[[actor]]", f'name = "{name}"', f'role = "{role}"', f"cpu = {cpu}"]
        parts.append(f'queue = """\n{lines}\n"""')
    return "\n".join(parts)


def session_of(program: Program, schedule: str = "") -> InsideSession:
    """Return the session."""
    return loads(text_of(program, schedule), STOP_NAMES)


ONE = "subbuf_size = 8, n_subbufs = 2, cpus = 1"
TWO = "subbuf_size = 8, n_subbufs = 2, cpus = 2"
WIDE = "subbuf_size = 32, n_subbufs = 2, cpus = 1"
GLOBAL = "subbuf_size = 16, n_subbufs = 2, cpus = 2, is_global = true"


def _irq(task: str, interrupt: str) -> Actors:
    return ("task", "task", 0, task), ("irq", "interrupt", 0, interrupt)


def _tasks(one: str, other: str, cpu: int = 0) -> Actors:
    return ("a", "task", 0, one), ("b", "task", cpu, other)


def _reader(task: str, reader: str) -> Actors:
    return ("a", "task", 0, task), ("r", "reader", 0, reader)


NMI = ("nmi", "interrupt", 0, "write 8")
READERS = ("a", "reader", 0, "read 8"), ("b", "reader", 0, "read 8")
SMALL = {
    "writes on two cpus": Program(TWO, "kernel", _tasks("write 8", "write 8", 1)),
    "the same, library": Program(TWO, "library", _tasks("write 8", "write 8", 1)),
    "an interrupt in __write": Program(WIDE, "kernel", _irq("write-nolock 8", "write 8")),
    "an interrupt in write": Program(WIDE, "kernel", _irq("write 8", "write 8")),
    "a handler in __write": Program(WIDE, "library", _irq("write-nolock 8", "write 8")),
    "a handler in write": Program(WIDE, "library", _irq("write 8", "write 8")),
    "two interrupts": Program(WIDE, "kernel", (*_irq("write-nolock 8", "write-nolock 8"), NMI)),
    "one in a switch": Program(ONE, "kernel", _irq("write-nolock 8, write-nolock 8", "write 4")),
    "a global buffer": Program(GLOBAL, "kernel", _tasks("write 8", "write 8", 1)),
    "a global buffer, locked": Program(GLOBAL, "library", _tasks("write 8", "write 8", 1)),
    "a reader": Program(ONE, "kernel", _reader("write 8", "read 8")),
    "a reader, library": Program(ONE, "library", _reader("write 8", "read 8")),
    "a flush": Program(ONE, "kernel", _tasks("write 8", "switch 0")),
    "a poller": Program(ONE, "kernel", _reader("switch 0", "sleep")),
    "a reserved slot": Program(WIDE, "kernel", _reader("reserve 8, fill", "poll")),
    "two reports": Program(ONE, "kernel", _tasks("consume 1", "consume 1")),
    "two readers": Program(ONE, "kernel", READERS),
    "two flushes": Program(ONE, "library", _tasks("flush", "flush")),
}
"""Small enough for every schedule of theirs to be gone through."""


TWICE = "cpu-online cpu=1"
LATE = "subbuf_size = 8, n_subbufs = 2, cpus = 2, online = [0], buffer_only = true"
FULL = "write 8, write 8"
LIBRARY = {
    "two writers on a global buffer": Program(GLOBAL, "library", _tasks("write 8", "write 8", 1)),
    "`write` and a signal handler that writes": Program(
        WIDE, "library", _irq("write 8", "write 8")
    ),
    "the same, and a handler that can interrupt that one": Program(
        WIDE, "library", (*_irq("write 8", "write 8"), NMI)
    ),
    "a writer that switches, and a handler": Program(ONE, "library", _irq(FULL, "write 4")),
    "`write` and a flush from another CPU": Program(TWO, "library", _tasks("write 8", "flush", 1)),
    "the same, with a declared writer": Program(
        TWO, "library", _tasks("write 8", "flush", 1), "declared = true"
    ),
    "`write` and `close`": Program(ONE, "library", _tasks("write 8", "close")),
    "a writer that switches, and a reader": Program(ONE, "library", _reader(FULL, "read 16")),
    "a writer that switches, and a consumer with a mapping": Program(
        ONE, "library", _reader(FULL, "map-read")
    ),
    "a writer that switches, and a poller that sleeps": Program(
        ONE, "library", _reader("write 8, write 4", "sleep")
    ),
    "a writer and two readers of the file": Program(
        ONE, "library", (("w", "task", 0, "write 8"), *READERS)
    ),
    "two flushes": SMALL["two flushes"],
    "a CPU that comes, told of twice at once": Program(LATE, "library", _tasks(TWICE, TWICE)),
}
"""What docs/inside.md says of the library: by its rows, programs in which nothing is found."""
