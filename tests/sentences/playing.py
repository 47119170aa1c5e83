"""Sessions that nobody chose: operations of every kind, done on a channel and on the reference."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import hypothesis.strategies as st

from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.channel.state import look
from relayviz.engines.step.recording.record import record, record_opening
from relayviz.engines.step.recording.resolve import spread
from relayviz.model.channel.client import TEMPLATES, compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, ATTEMPTS, Kind, Operation
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.history.facts import Facts
from relayviz.model.history.history import History
from relayviz.model.ledger.ledger import Ledger
from relayviz.model.why.explainer import Explainer
from tests.engines.test_fate import Oracle
from tests.sentences.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from relayviz.model.history.history import Step
    from relayviz.model.why.why import Subject, Why
    from tests.sentences.mirror import Moment

SOURCES = (
    TEMPLATES["No-overwrite"],
    "def subbuf_start(buf, subbuf, prev, prev_padding):\n    return buf.subbufs_produced % 3\n",
    "def subbuf_start(buf, subbuf, prev, prev_padding):\n    return 1 // (buf.ready % 2)\n",
    """\
def subbuf_start(buf, subbuf, prev, prev_padding):
    if prev is not None:
        prev[1] = subbuf[2] = prev_padding
    return not buf.full
""",
)
CLIENTS = tuple(compile_subbuf_start(source) for source in SOURCES)

CONFIGS = st.builds(
    ChannelConfig,
    base_filename=st.sampled_from(["cpu", "cpu", "cpu", "cpu", "cpu", None]),
    subbuf_size=st.sampled_from([24, 32, 64]),
    n_subbufs=st.integers(1, 4),
    cpus=st.just(2),
    online=st.sampled_from([None, None, (0,)]),
    mode=st.sampled_from(list(Mode)),
    header=st.sampled_from([0, 0, 0, 1, 6]),
    is_global=st.sampled_from([False, False, True]),
    source=st.sampled_from(SOURCES),
)
_CPU = st.sampled_from([0, 0, 0, 0, 1])
_LENGTH = st.sampled_from([0, 1, 6, 7, 8, 9, 10, 12, 14, 16, 20, 23, 24, 31, 32, 60, 65])
_WRITES = st.builds(
    Operation,
    st.sampled_from([Kind.WRITE, Kind.WRITE, Kind.WRITE, Kind.WRITE_NOLOCK, Kind.RESERVE]),
    _CPU,
    _LENGTH,
    record=st.sampled_from(["", "", "", "a", "b"]),
)
_READS = st.builds(
    Operation,
    st.sampled_from([Kind.READ, Kind.READ, Kind.SPLICE]),
    _CPU,
    st.integers(0, 20) | st.just(300),
)
_COUNTED = st.builds(
    Operation, st.sampled_from([Kind.CONSUME, Kind.CPU_ONLINE]), _CPU, count=st.integers(0, 5)
)
_PLAIN = st.builds(
    Operation,
    st.sampled_from(
        [
            *(Kind.FLUSH, Kind.FLUSH, Kind.FLUSH, Kind.RESET, Kind.FILL, Kind.FILL, Kind.POLL),
            *(Kind.POLL, Kind.MMAP, Kind.UNMAP, Kind.CLOSE_FILE),
        ]
    ),
    _CPU,
)
_OPENS = st.builds(
    Operation, st.just(Kind.OPEN_FILE), _CPU, text=st.sampled_from(["", "r", "rw", "rnb", "w"])
)
_SWITCHES = st.builds(Operation, st.just(Kind.SWITCH), _CPU, _LENGTH)
_MODES = st.builds(
    Operation,
    st.just(Kind.SET_MODE),
    text=st.sampled_from(list(Mode)),
    source=st.sampled_from(SOURCES),
)
_ANY = st.sampled_from(
    [_WRITES] * 10
    + [_READS] * 4
    + [_PLAIN] * 4
    + [
        _OPENS,
        _COUNTED,
        _COUNTED,
        _SWITCHES,
        _MODES,
        st.just(Operation(Kind.LATE_SETUP, text="late")),
    ]
).flatmap(lambda one: one)
_TAIL = st.lists(st.just(Operation(Kind.CLOSE)) | _READS | _PLAIN, max_size=4)
OPERATIONS = st.tuples(st.lists(_ANY, min_size=12, max_size=45), _TAIL).map(
    lambda parts: [*parts[0], *parts[1]]
)
BEGIN = [Operation(Kind.OPEN_FILE, ALL)]


class Session:
    """A channel with the reference beside it, and all that is told of its steps.

    Args:
        config: Of the channel.
        saved: A channel that was in use before; the reference knows nothing of that.
    """

    def __init__(self, config: ChannelConfig, saved: bytes | None = None) -> None:
        functions = {one.source: one.function for one in CLIENTS}
        self.channel = StepChannel(config, Client(config.n_subbufs, functions), saved)
        self.config, self.history, self.facts = config, History(), Facts()
        self.data: dict[int, bytes] = {}
        is_new = saved is None
        self.at = record_opening(self.channel, self.history, self.facts, is_new=is_new)
        self.mirror, self.oracle, self.ledger = Mirror(config, self.at), Oracle(), Ledger(config)
        if is_new:
            self._note(self.at)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def _note(self, step: Step) -> Moment:
        self.oracle.take(step, self.channel)
        return self.mirror.take(step, self.channel)

    def play(self, operations: Iterable[Operation]) -> Iterator[Moment]:
        """Do operations; give what the reference says of each step."""
        for asked in operations:
            for operation in spread(self.channel, asked):
                self.at = record(
                    self.channel, self.history, 0, self.at, self._filled(operation),
                    facts=self.facts,
                )  # fmt: skip
                yield self._note(self.at)

    def _filled(self, operation: Operation) -> Operation:
        """Give each event bytes that no other has."""
        if operation.kind in ATTEMPTS and operation.kind is not Kind.RESERVE:
            event = self.at.next_event
            self.data[event] = unlike_others(event, operation.length)
            return replace(operation, data=self.data[event])
        if operation.kind is Kind.FILL and operation.data is None:
            waiting = (slot.shown for slot in self.channel.slots.values())
            slot = next((one for one in waiting if one.cpu == operation.cpu), None)
            if slot is not None:
                self.data[slot.event] = unlike_others(slot.event, slot.end - slot.start)
                return replace(operation, data=self.data[slot.event])
        return operation

    def snapshot(self) -> Snapshot:
        """Return the state as views get it."""
        last = self.at.depth
        state = look(self.channel)
        return Snapshot.of(state, None, generation=last, branch=0, last_step=last, made_by=self.at)

    def why(self, subject: Subject, seen: Snapshot) -> Why | None:
        """Ask why."""
        return Explainer(self.ledger).explain(self.history, seen, subject)


def unlike_others(event: int, length: int) -> bytes:
    """Return bytes for an event that occur nowhere else, if there are enough of them."""
    return hashlib.shake_128(event.to_bytes(4, "little")).digest(length)
