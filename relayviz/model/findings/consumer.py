"""Rules about consumers: who reads, how often, how much, and what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.findings.advice import bridging
from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.findings.rule import Rule
from relayviz.model.numbers import about, grouped, percent, plural, seconds

if TYPE_CHECKING:
    from relayviz.model.findings.measured import Counts, Measured, Rows

MUCH_LONGER = 4  # times the usual time between two reports: that is a stall

Words = tuple[str, str]


def _lost(measured: Measured) -> Counts:
    return measured.crowded_out


# -- nobody reads ----------------------------------------------------------------------------------


def _no_reader(measured: Measured) -> Rows:
    full = measured.ready >= measured.config.n_subbufs
    rows: Rows = (measured.consumers.visits == 0) & full
    return rows


def _no_reader_refused(measured: Measured) -> Rows:
    return _no_reader(measured) & (not measured.overwrites)


def _no_reader_recorder(measured: Measured) -> Rows:
    return _no_reader(measured) & measured.overwrites & (measured.events("overwritten") > 0)


def _say_no_reader(measured: Measured, row: int) -> Words:
    text = f"Nobody reads: {_all(measured)} full, {_say_lost(measured, row)}"
    return text, "Start a consumer; no size makes up for one that is missing."


def _say_recorder(measured: Measured, row: int) -> Words:
    lost = plural(int(measured.events("overwritten")[row]), "event")
    text = f"Nobody reads: {lost} overwritten, the newest {_subbufs(measured)} kept."
    return text, "For a flight recorder that is right: stop writing, then read."


# -- reports ---------------------------------------------------------------------------------------


def _maps(measured: Measured) -> Rows:
    rows: Rows = (measured.consumers.visits > 0) & (measured.consumers.reads == 0)
    return rows


def _not_reporting(measured: Measured) -> Rows:
    """All is full, and some of it the consumer has read long ago."""
    full = (measured.ready >= measured.config.n_subbufs) & (measured.consumers.ignored == 0)
    rows: Rows = full & (measured.consumers.forgotten > 0)
    return rows


def _say_not_reporting(measured: Measured, row: int) -> Words:
    over = int(measured.ready[row]) - measured.config.n_subbufs
    if measured.overwrites:
        rest = f"{plural(over, 'switch', 'switches')} over unread data."
    else:
        rest = f"{_all(measured)} full, {_say_lost(measured, row)}"
    read = plural(int(measured.verified.intact[row]), "event")
    helps = f"It has read {read}: call relay_subbufs_consumed for each sub-buffer that was read."
    return f"Consumer has not reported for {seconds(float(measured.idle[row]))}: {rest}", helps


def _unread(measured: Measured) -> Counts:
    """Return the events that count as consumed and were never read."""
    verified, consumed = measured.verified, measured.events("consumed")
    read = verified.intact + verified.torn
    more: Counts = np.where(_maps(measured), consumed - np.minimum(consumed, read), 0)
    return more + measured.events("released_unread")


def _reports_too_much(measured: Measured) -> Rows:
    return _unread(measured) > 0


def _say_too_much(measured: Measured, row: int) -> Words:
    reported = plural(int(measured.consumers.reported[row]), "sub-buffer")
    unread, clamped = int(_unread(measured)[row]), int(measured.consumers.clamped[row])
    text = f"Consumer reported {reported} as consumed: {plural(unread, 'event')} given back unread."
    if clamped:
        text += f" {plural(clamped, 'report')} named more than was ready."
    return text, "Report what was read, no more: the writer takes its word for it."


def _ignored(measured: Measured) -> Rows:
    return measured.consumers.ignored > 0


def _say_ignored(measured: Measured, row: int) -> Words:
    ignored = int(measured.consumers.ignored[row])
    calls = ignored + int(measured.consumers.reports[row])
    count = measured.config.n_subbufs
    text = f"{grouped(ignored)} of {plural(calls, 'report')} ignored: each named more than"
    text += f" the {plural(count, 'sub-buffer')} there are."
    return text, f"Give relay_subbufs_consumed what was read since the last call, at most {count}."


# -- time ------------------------------------------------------------------------------------------


def _comes(measured: Measured) -> Rows:
    rows: Rows = (measured.consumers.visits > 0) & (measured.crowded_out > 0)
    return rows


def _stalled(measured: Measured) -> Rows:
    away = measured.consumers.away
    is_long = (away > measured.hold) & (away >= MUCH_LONGER * measured.every)
    return _comes(measured) & is_long & (measured.every < measured.hold)


def _say_stalled(measured: Measured, row: int) -> Words:
    away = float(measured.consumers.away[row])
    text = f"Consumer stays away for up to {seconds(away)}, else it comes every"
    text += f" {seconds(float(measured.every[row]))}: {_holds(measured, row)}."
    text += f" {_say_lost(measured, row)}"
    return text, f"{bridging(measured, row, away)} would bridge it."


def _too_slow(measured: Measured) -> Rows:
    return _comes(measured) & (not measured.overwrites)


def _say_too_slow(measured: Measured, row: int) -> Words:
    every, lost = seconds(float(measured.every[row])), _say_lost(measured, row)
    if not measured.bytes("consumed")[row]:
        text = f"Consumer has taken nothing in {seconds(measured.seconds)}: "
        return f"{text}{_holds(measured, row)}. {lost}", "Come more often, or take more room."
    if not measured.is_limited[row]:
        holds = f"{_holds(measured, row)}."
        if measured.every[row] < measured.hold[row]:  # on average it would do
            room = about(measured.config.n_subbufs * float(measured.usable[row]))
            waiting = about(float(measured.consumers.backlog[row]))
            holds = f"up to {waiting} had to wait at a time, there is room for {room}."
        return (
            f"Consumer comes every {every}: {holds} {lost}",
            "Come more often, or take more room.",
        )
    rate, taken = (about(float(one[row])) for one in (measured.rate, measured.taken))
    visit = float(measured.consumers.reported[row]) / float(measured.consumers.visits[row])
    text = f"Consumer is too slow: {rate}/s come, it takes {taken}/s,"
    text += f" {visit:.1f} sub-buffers every {every}. {lost}"
    return text, "Take more at each visit, or come more often; larger buffers only fill later."


def _lapped(measured: Measured) -> Rows:
    return _comes(measured) & measured.overwrites


def _say_lapped(measured: Measured, row: int) -> Words:
    laps, every = int(measured.verified.lapped[row]), seconds(float(measured.every[row]))
    often = f" every {seconds(measured.seconds / laps)}" if laps else ""
    text = f"Reader is lapped{often}: {_holds(measured, row)}; it comes every {every}."
    text += f" {_say_lost(measured, row)}"
    if measured.is_limited[row]:
        return text, "Take more at each visit, or come more often."
    return text, "Come more often, or take more room."


def _torn(measured: Measured) -> Rows:
    return measured.verified.torn > 0


def _say_torn(measured: Measured, row: int) -> Words:
    torn, intact = (int(one[row]) for one in (measured.verified.torn, measured.verified.intact))
    share = percent(torn / (torn + intact))
    text = f"{plural(torn, 'event')} ({share} of those read) torn: the writer went over what was"
    text += " being read."
    return text, "Stop writing before reading; or no-overwrite mode, or more sub-buffers between."


def _say_lost(measured: Measured, row: int) -> str:
    lost = plural(int(measured.crowded_out[row]), "event")
    return f"{lost} {'overwritten' if measured.overwrites else 'refused'}."


def _holds(measured: Measured, row: int) -> str:
    count = measured.config.n_subbufs
    verb = "holds" if count == 1 else "hold"
    return f"{plural(count, 'sub-buffer')} {verb} {seconds(float(measured.hold[row]))}"


def _subbufs(measured: Measured) -> str:
    count = measured.config.n_subbufs
    return f"{plural(count, 'sub-buffer')} {'is' if count == 1 else 'are'}"


def _all(measured: Measured) -> str:
    count = measured.config.n_subbufs
    return "its only sub-buffer is" if count == 1 else f"all {grouped(count)} sub-buffers are"


_REPORTS = (Fault.NOT_REPORTING, Fault.REPORT_IGNORED, Fault.REPORTS_TOO_MUCH)
_ROOTS = (Fault.NO_READER, *_REPORTS, Fault.HEADER_BURNS, Fault.ONE_SUBBUF, Fault.EMPTY_FLUSHED)

CONSUMER_RULES = (
    Rule(Fault.NO_READER, Severity.LOSS, _no_reader_refused, _lost, _say_no_reader),
    Rule(Fault.NO_READER, Severity.WARNING, _no_reader_recorder, _lost, _say_recorder),
    Rule(Fault.NOT_REPORTING, Severity.LOSS, _not_reporting, _lost, _say_not_reporting),
    Rule(Fault.REPORTS_TOO_MUCH, Severity.LOSS, _reports_too_much, _unread, _say_too_much),
    Rule(
        Fault.REPORT_IGNORED,
        Severity.LOSS,
        _ignored,
        lambda measured: measured.consumers.ignored,
        _say_ignored,
        (Fault.REPORTS_TOO_MUCH,),
    ),
    Rule(Fault.STALLED, Severity.LOSS, _stalled, _lost, _say_stalled, _ROOTS),
    Rule(Fault.TOO_SLOW, Severity.LOSS, _too_slow, _lost, _say_too_slow, (*_ROOTS, Fault.STALLED)),
    Rule(Fault.LAPPED, Severity.LOSS, _lapped, _lost, _say_lapped, (*_ROOTS, Fault.STALLED)),
    Rule(
        Fault.TORN,
        Severity.WARNING,
        _torn,
        lambda measured: measured.verified.torn,
        _say_torn,
        (Fault.ONE_SUBBUF, Fault.HEADER_BURNS, Fault.MISREAD),
    ),
)
