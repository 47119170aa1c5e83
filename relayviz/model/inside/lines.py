"""The lines of queues and schedules: "write 16", "step A times=3", "run A to WRITE_COPIED"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relayviz.model.channel.operation import ON_ONE_CPU, Kind, Operation
from relayviz.model.condition.language import ConditionError
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.program import Cannot, Deed, Expect, Go, Mark, Own, RunTo, Scheduled
from relayviz.model.meant import meant
from relayviz.model.plain import digits
from relayviz.model.session.line import LineError, read_line
from relayviz.model.session.reading import marked

if TYPE_CHECKING:
    from collections.abc import Collection

    from relayviz.model.inside.program import Line

MOST_STEPS = 10_000_000
MOST_BYTES = 2**20  # of one operation
WORDS = ("step", "run", "cannot", "expect", "mark")

_REFUSED = {
    Kind.SET_MODE: "the mode is chosen in [channel].",
    Kind.MMAP: f'a consumer that has the buffer mapped does "{Own.MAP_READ}".',
    Kind.UNMAP: f'a consumer that has the buffer mapped does "{Own.MAP_READ}".',
    Kind.OPEN_FILE: "a reader opens its file itself.",
    Kind.CLOSE_FILE: "a reader closes its file itself.",
}
_READS = frozenset({Kind.READ, Kind.POLL, Kind.SPLICE})
_CPU = re.compile(r"\bcpu=")


def read_deeds(
    text: str, cpu: int, cpus: int, *, reads: bool | None = None
) -> tuple[tuple[Deed, ...], int | None, str]:
    """Read the operations of an actor on `cpu`; `reads`: whether it is a reader; None: who knows.

    Returns:
        The operations; and of the first line that is none its number and what is wrong, or None.
    """
    found: list[Deed] = []
    for number, raw in enumerate(text.split("\n")):
        line = raw.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        try:
            deeds = _deeds(line, cpu, cpus)
            _check_role(deeds[0], reads=reads)
            found += deeds
        except LineError as error:
            return (), number, str(error)
    return tuple(found), None, ""


def _deeds(line: str, cpu: int, cpus: int) -> list[Deed]:
    word = line.split(maxsplit=1)[0]
    if word in set(Own):
        return [Deed(f"{line}", Operation(Kind.POLL, cpu), Own(word))]
    where = "" if _CPU.search(line) else f" cpu={cpu}"
    operation, times = _read(line, where)
    if operation.kind in _REFUSED:
        raise LineError(word, _REFUSED[operation.kind])
    if operation.cpu >= cpus and operation.kind is not Kind.CONSUME:
        raise LineError("cpu", f"there is no CPU {operation.cpu}: give 0 to {cpus - 1}.")
    if operation.length > MOST_BYTES:
        raise LineError(word, f"give at most {MOST_BYTES} bytes.")
    return [Deed(line.partition(" times=")[0], operation)] * times


def _check_role(deed: Deed, *, reads: bool | None) -> None:
    does_read = deed.own is not None or deed.operation.kind in _READS
    if reads and not does_read:
        known = ", ".join(sorted((*_READS, *Own)))
        raise LineError(
            deed.line.split(maxsplit=1)[0],
            f"a reader does not change the channel: it does {known}. Give this to a task.",
        )


def _read(line: str, where: str) -> tuple[Operation, int]:
    operation, times = read_line(line, {})
    if where and operation.kind in ON_ONE_CPU:
        operation, times = read_line(line + where, {})
    return operation, times


class ScheduleTextError(Exception):
    """A line of a schedule that means nothing.

    Attributes:
        line: Which, from 0.
        error: What is wrong with it.
    """

    def __init__(self, line: int, error: LineError) -> None:
        super().__init__(f"line {line + 1}: {error}")
        self.line, self.error = line, error


def read_schedule(
    text: str, actors: Collection[str], stops: Collection[str]
) -> tuple[Scheduled, ...]:
    """Read a schedule.

    Args:
        text: Its lines.
        actors: The names that there are.
        stops: The names of stops.

    Raises:
        ScheduleTextError: A line means nothing.
    """
    found = []
    for number, line in enumerate(text.split("\n")):
        try:
            read = read_schedule_line(line, actors, stops)
            if isinstance(read, Expect):
                InsideCondition(read.that)
        except LineError as error:
            raise ScheduleTextError(number, error) from error
        except ConditionError as error:
            raise ScheduleTextError(number, LineError("expect", str(error))) from error
        if read is not None:
            found.append(Scheduled(read, number))
    return tuple(found)


def read_schedule_line(line: str, actors: Collection[str], stops: Collection[str]) -> Line | None:
    """Read a line of a schedule; None: it says nothing.

    Args:
        line: The line.
        actors: The names that there are.
        stops: The names of stops.

    Raises:
        LineError: It means nothing.
    """
    if line.split(maxsplit=1)[:1] == ["mark"]:
        return Mark(marked(line.strip().partition(" ")[2]))
    text = line.partition(" #")[0].strip()
    word, _, rest = text.partition(" ")
    if not text or text.startswith("#"):
        return None
    if word == "expect":
        return Expect(rest.strip())
    if word not in WORDS:
        raise LineError(
            word,
            f"a schedule has lines of step, run, cannot, expect and mark. {meant(word, WORDS)}",
        )
    name, *more = rest.split() or [""]
    if name not in actors:
        raise LineError(word, f"there is no actor {name!r}. {meant(name, sorted(actors))}")
    if word == "cannot" and not more:
        return Cannot(name)
    return _go(name, more) if word == "step" else _run(name, more, stops)


def _go(name: str, more: list[str]) -> Go:
    if not more:
        return Go(name)
    key, _, value = more[0].partition("=")
    times = digits(value)
    if key != "times" or len(more) > 1 or times is None or not 1 <= times <= MOST_STEPS:
        raise LineError("step", f"write step {name} times=N, N from 1 to {MOST_STEPS}.")
    return Go(name, times)


def _run(name: str, more: list[str], stops: Collection[str]) -> RunTo:
    match more:
        case []:
            return RunTo(name)
        case ["to", stop] if stop in stops:
            return RunTo(name, stop)
        case ["to", stop]:
            raise LineError("run", f"there is no stop {stop!r}. {meant(stop, sorted(stops))}")
    raise LineError("run", f"write run {name}, or run {name} to STOP.")


def write_schedule_line(line: Line) -> str:
    """Return a line as read_schedule_line reads it."""
    match line:
        case Go(actor, times):
            return f"step {actor}" + ("" if times == 1 else f" times={times}")
        case RunTo(actor, stop):
            return f"run {actor}" + (f" to {stop}" if stop else "")
        case Cannot(actor):
            return f"cannot {actor}"
        case Expect(that):
            return f"expect {that}"
        case Mark(name):
            return f"mark {name}"


def in_few_lines(decisions: list[str]) -> list[str]:
    """Return the lines for steps of these actors, one after the other."""
    found: list[Go] = []
    for actor in decisions:
        if found and found[-1].actor == actor:
            found[-1] = Go(actor, found[-1].times + 1)
        else:
            found.append(Go(actor))
    return [write_schedule_line(one) for one in found]
