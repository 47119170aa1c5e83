"""What machines are made of, by number: the enums and rows of relay_inside.h."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from relayviz import _relay

MAX_ACTORS = 16
MAX_MACHINE_CPUS = 16


class Rule(IntEnum):
    """Who keeps whom out: enum relay_inside_rule."""

    LIBRARY = 0
    KERNEL = 1
    BEFORE_2023 = 2


class ActorKind(IntEnum):
    """What an actor is: enum relay_inside_kind."""

    TASK = 0
    INTERRUPT = 1
    READER = 2


class What(IntEnum):
    """What an operation is: enum relay_inside_what."""

    WRITE = 0
    WRITE_NOLOCK = 1
    RESERVE = 2
    FILL = 3
    SWITCH = 4
    FLUSH = 5
    RESET = 6
    CONSUME = 7
    CLOSE = 8
    LATE_SETUP = 9
    ONLINE = 10
    OFFLINE = 11
    OPEN_FILE = 12
    CLOSE_FILE = 13
    READ = 14
    POLL = 15
    SLEEP = 16
    MAP_READ = 17
    SPLICE = 18
    PREAD = 19
    SEEK = 20
    FILE_WRITE = 21
    FULL = 22


class MachineMode(IntEnum):
    """What the machine's subbuf_start does: enum relay_inside_mode."""

    NO_OVERWRITE = 0
    OVERWRITE = 1
    DEFAULT = 2
    ASK = 3


class ActorState(IntEnum):
    """How an actor stands: enum relay_inside_state."""

    IDLE = 0
    STOPPED = 1
    WAITING = 2
    ASLEEP = 3
    ASKING = 4


class Why(IntEnum):
    """Why an actor cannot move: enum relay_inside_why."""

    CAN = 0
    DONE = 1
    INTERRUPTED = 2
    IRQS_OFF = 3
    PREEMPT_OFF = 4
    LOCK = 5
    ASLEEP = 6
    ASKING = 7


class Stepped(IntEnum):
    """What became of a step: enum relay_inside_stepped."""

    MOVED = 0
    ENDED = 1
    ASKED = 2
    CANNOT = 3


class Fault(IntEnum):
    """Protections that a test can leave out: enum relay_inside_fault."""

    NO_LOCK = 0
    NO_BUSY = 1
    NO_QUIESCE = 2
    NO_LIMIT = 3
    NO_HOLD = 4
    NO_READING = 5
    NO_MUTEX = 6
    NO_WAKE = 7
    WAKE_FIRST = 8
    EARLY_OFFSET = 9


class Pruning(IntEnum):
    """How the explorer leaves schedules out: enum relay_inside_pruning."""

    NONE = 0
    STATE = 1
    ORDER = 2


class Code(IntEnum):
    """A word of an expression in postfix form: enum relay_inside_code."""

    NUMBER = 0
    FRACTION = 1
    FIGURE = 2
    FIELD = 3
    FIELD_OF = 4
    NOT = 5
    NEGATE = 6
    ABS = 7
    ROUND = 8
    ADD = 9
    SUBTRACT = 10
    MULTIPLY = 11
    DIVIDE = 12
    FLOOR_DIVIDE = 13
    MODULO = 14
    MIN = 15
    MAX = 16
    LESS = 17
    LESS_EQUAL = 18
    EQUAL = 19
    AND = 20
    OR = 21
    IF = 22


class Judged(NamedTuple):
    """What the machine counts and nothing in the channel shows: enum relay_inside_figure_name."""

    destroyed: int
    torn: int
    twice: int
    unwritten: int
    deadlock: int
    invariant: int
    asleep: int


class ActorLook(NamedTuple):
    """An actor as it stands: struct relay_inside_actor."""

    kind: int
    cpu: int
    state: int
    why: int
    other: int
    stop: int
    line: int
    at: int
    queued: int
    outcome: int
    result: int
    copied: int
    file: str
    function: str


class ClientCall(NamedTuple):
    """A callback of the machine's client: struct relay_inside_call; `what`: its place in CALLS."""

    what: int
    cpu: int
    subbuf: int
    prev: int
    padding: int
    full: int
    answer: int
    global_in: int
    name: str


AGE_EVENT = 2**28 - 1
"""The part of a byte's age that is the number of its event; above it are marks."""

CALLS = ("subbuf_start", "create_buf_file", "remove_buf_file")


class FileLook(NamedTuple):
    """The figures of an open descriptor's buffer."""

    cpu: int
    produced: int
    consumed: int
    offset: int
    current: int
    bytes_consumed: int
    prev_padding: int
    padding: list[int]
    finalized: int
    file_size: int


class Stop(NamedTuple):
    """A kind of place at which actors stop: its name, and what is true there."""

    name: str
    sentence: str


class Site(NamedTuple):
    """A place in the source: the number of its stop, and where it is."""

    stop: int
    line: int
    file: str
    function: str


class Explored(NamedTuple):
    """What an exploration found: struct relay_inside_finding."""

    found: bool
    finished: bool
    states: int
    schedules: int
    steps: int
    ends: int
    ends_hash: int
    switches: int
    schedule: bytes | None
    end_keys: bytes | None


@dataclass(frozen=True, slots=True)
class MachineConfig:
    """What a machine is like: struct relay_inside_config."""

    subbuf_size: int = 512
    n_subbufs: int = 8
    cpus: int = 1
    online: bytes | None = None
    rule: int = Rule.KERNEL
    writers: int = 0
    faults: int = 0
    base_filename: str | None = "cpu"
    in_root: bool = False
    mode: int = MachineMode.NO_OVERWRITE
    is_global: bool = False
    stores_padding: bool = True
    fills_header: bool = False
    early_null: bool = False
    lacks: int = 0
    header: int = 0
    fail_at: int = -1
    fail_answer: int = 0


CODE_DIGEST = _relay.inside_digest()
"""A digest of the sources that stops lie in: schedules of another one may mean something else."""

CODE_FILES = dict(line.split() for line in _relay.inside_files().splitlines())
"""Of each of these sources a digest of its own."""

STOPS = tuple(Stop(*row) for row in _relay.inside_stops())
"""The kinds of places, by number."""
