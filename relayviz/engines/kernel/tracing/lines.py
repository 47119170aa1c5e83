"""Lines of `trace` or `trace_pipe` become calls of relay_switch_subbuf."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relayviz.engines.kernel.tracing.probes import CALLED, RETURNED
from relayviz.model.kernel.switches import Call, Ending

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = re.compile(
    r"\s*(?P<process>.*-\d+)\s+(?:\([^)]*\)\s+)?\[(?P<on>\d{1,6})\]\s+(?:\S+\s+)?"
    rf"(?P<time>\d{{1,12}}\.\d{{1,9}}):\s+(?P<event>{CALLED}|{RETURNED}):\s+\([^)]*\)(?P<rest>.*)"
)
_VALUE = re.compile(r"(\w+)=(0x[0-9a-fA-F]{1,16}|\d{1,20})(?!\S)")
_LOST = re.compile(r"\[LOST (\d+) EVENTS\]")
NO_NAME = "<...>"  # of a process whose name the kernel had not kept
IDLE = "0"  # the number of a task of each CPU
_NEEDED = ("chan", "cpu", "offset", "produced", "consumed", "subbuf_size", "n_subbufs", "length")


@dataclass(frozen=True, slots=True)
class Traced:
    """What a trace tells.

    Attributes:
        calls: In the order of their beginnings.
        missing: Lines that the kernel says it had no room for.
        damaged: Lines that name our probes and are none of theirs.
    """

    calls: list[Call]
    missing: int
    damaged: int


class Calls:
    """Takes lines in."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._open: dict[str, list[int]] = {}  # by task: its calls that have not returned
        self._last: dict[tuple[int, int], int] = {}  # by buffer: its last call
        self._missing = self._damaged = 0

    def take(self, line: str) -> None:
        """Take a line in; one of something else says nothing."""
        if (lost := _LOST.search(line)) is not None:
            self._missing += int(lost[1])
            self._open.clear()
            return
        match = _LINE.fullmatch(line.rstrip())
        rest = match["rest"] if match else ""
        values = {name: int(text, 0) for name, text in _VALUE.findall(rest)}
        if match is None or line.lstrip().startswith("#"):
            self._damaged += f" {CALLED}:" in line or f" {RETURNED}:" in line
        elif match["event"] == RETURNED:
            self._returned(task_of(match["process"], match["on"]), values.get("stored"))
        elif any(name not in values for name in _NEEDED):
            self._damaged += 1
        else:
            self._called(match, values)

    def _called(self, match: re.Match[str], values: dict[str, int]) -> None:
        call = Call(
            time=float(match["time"]),
            process=match["process"].strip(),
            on=int(match["on"]),
            channel=values["chan"],
            ending=Ending.NOT_KNOWN,
            **{name: values[name] for name in _NEEDED if name != "chan"},
        )
        place = call.channel, call.cpu
        before = self._last.get(place)
        if before is not None:
            self._calls[before] = settled(self._calls[before], call)
        self._last[place] = len(self._calls)
        task = task_of(match["process"], match["on"])
        self._open.setdefault(task, []).append(len(self._calls))
        self._calls.append(call)

    def _returned(self, task: str, stored: int | None) -> None:
        opened = self._open.get(task)
        if stored is None:
            self._damaged += 1
        if not opened or stored is None:
            return  # it was called before the trace began
        at = opened.pop()
        self._calls[at] = replace(self._calls[at], ending=ending_of(self._calls[at], stored))

    def traced(self) -> Traced:
        """Return what all lines so far tell; a name that came late is told of all."""
        names = {
            number_of(call.process): call.process
            for call in self._calls
            if not call.process.startswith(NO_NAME)
        }
        calls = [
            replace(call, process=names.get(number_of(call.process), call.process))
            for call in self._calls
        ]
        return Traced(calls, self._missing, self._damaged)


def task_of(process: str, on: str) -> str:
    """Return what a call and its return have in common: the kernel may learn a name in between."""
    number = number_of(process)
    return number if number != IDLE else f"{number} on {int(on)}"


def number_of(process: str) -> str:
    """Return the number behind a process's name."""
    return process.rpartition("-")[2]


def ending_of(call: Call, stored: int) -> Ending:
    """Return what became of a call, by what it returned.

    A refusal and an event that is larger than the header leaves return the same; see settled.
    """
    if not call.length:
        return Ending.FLUSHED
    if call.length > call.subbuf_size:
        return Ending.TOO_BIG
    return Ending.STORED if stored else Ending.REFUSED


def settled(call: Call, following: Call) -> Call:
    """Return a call as the next of its buffer shows it: behind a refusal that finds it blocked."""
    if call.ending is Ending.REFUSED and not following.was_refused:
        return replace(call, ending=Ending.TOO_BIG)
    return call


def read_trace(lines: Iterable[str]) -> Traced:
    """Return what lines of a trace tell."""
    calls = Calls()
    for line in lines:
        calls.take(line)
    return calls.traced()
