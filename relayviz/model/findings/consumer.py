"""Rules about consumers: who reads, how often, how much, and what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.findings.advice import enough
from relayviz.model.findings.causes import by_stalls, by_visits, matters
from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.findings.rule import Rule
from relayviz.model.findings.words import all_full, lost, refused, waited
from relayviz.model.numbers import about, grouped, percent, plural, seconds

if TYPE_CHECKING:
    from relayviz.model.findings.measured import Counts, Measured, Rows

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
    text = f"Nobody reads: {all_full(measured)}, {lost(measured, row)}"
    return text, "Start a consumer; no size makes up for one that is missing."


def _say_recorder(measured: Measured, row: int) -> Words:
    over = plural(int(measured.events("overwritten")[row]), "event")
    count = measured.config.n_subbufs
    kept = f"{plural(count, 'sub-buffer')} {'is' if count == 1 else 'are'}"
    text = f"A flight recorder: nobody reads, {over} overwritten, the newest {kept} kept."
    return text, "To see them stop writing, then read."


# -- others ----------------------------------------------------------------------------------------


def _of_others(measured: Measured) -> Counts:
    """Return the sub-buffers that count as consumed and were released by nobody of the pool."""
    consumers = measured.consumers
    own = consumers.reported + measured.skipped + consumers.releasing
    found: Counts = measured.released - np.minimum(own, measured.released)
    return found


def _shared(measured: Measured) -> Rows:
    rows: Rows = (_of_others(measured) > 0) & (measured.consumers.visits > 0)
    return rows


def _say_shared(measured: Measured, row: int) -> Words:
    others, all_of_them = int(_of_others(measured)[row]), int(measured.released[row])
    text = f"Somebody else reads this buffer, too: {grouped(others)} of"
    text += f" {plural(all_of_them, 'sub-buffer')} consumed were released by others."
    helps = "One reader for each buffer: by read two take each other's events away; by mmap both"
    return text, f"{helps} report, and what one has not read yet counts as consumed."


# -- reports ---------------------------------------------------------------------------------------


def _maps(measured: Measured) -> Rows:
    rows: Rows = (measured.consumers.visits > 0) & (measured.consumers.reads == 0)
    return rows


def _not_reporting(measured: Measured) -> Rows:
    """All is full, and some of it the consumer has read long ago."""
    full = (measured.ready >= measured.config.n_subbufs) & (measured.consumers.ignored == 0)
    rows: Rows = full & (measured.consumers.forgotten > 0) & (measured.verified.intact > 0)
    return rows


def _say_not_reporting(measured: Measured, row: int) -> Words:
    missed, made = (
        int(one[row]) for one in (measured.consumers.forgotten, measured.consumers.reports)
    )
    if made:
        text = f"Consumer left out {grouped(missed)} of {plural(missed + made, 'report')}: "
    else:
        text = f"Consumer has not reported for {seconds(float(measured.idle[row]))}: "
    if measured.overwrites:
        ready = grouped(int(measured.ready[row]))  # more than one: of a single one nothing is read
        text += (
            f"{ready} sub-buffers count as ready, there are {grouped(measured.config.n_subbufs)}."
        )
    else:
        text += f"{all_full(measured)}, {lost(measured, row)}"
    read = plural(int(measured.verified.intact[row]), "event")
    helps = f"It has read {read}: call relay_subbufs_consumed for each sub-buffer that was read."
    return text, helps


def _unread(measured: Measured) -> Counts:
    """Return the events that were given back by reports and were never read."""
    found: Counts = np.where(_maps(measured), measured.unseen, 0)
    by_reports = measured.consumers.reads == 0
    return found + np.where(by_reports, measured.events("released_unread"), 0)


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
    calls = int(measured.consumers.reports[row])
    count = plural(measured.config.n_subbufs, "sub-buffer there is", "sub-buffers there are")
    text = f"{grouped(ignored)} of {plural(calls, 'report')} ignored: each named more than"
    text += f" the {count}."
    most = measured.config.n_subbufs
    return text, f"Give relay_subbufs_consumed what was read since the last call, at most {most}."


# -- time ------------------------------------------------------------------------------------------


def _comes(measured: Measured) -> Rows:
    rows: Rows = (measured.consumers.visits > 0) & (measured.crowded_out > 0)
    return rows


def _stalled(measured: Measured) -> Rows:
    return _comes(measured) & matters(measured, by_stalls(measured))


def _say_stalled(measured: Measured, row: int) -> Words:
    away = seconds(float(measured.consumers.away[row]))
    every = seconds(float(measured.every[row]))
    text = f"Consumer stays away for up to {away}, else it comes every {every}:"
    text += f" {waited(measured, row)}. {lost(measured, row)}"
    in_gaps = round(float(by_stalls(measured)[row]))
    if in_gaps < int(measured.crowded_out[row]):
        text += f" {grouped(in_gaps)} of them because it was away."
    sizes = enough(measured)
    if sizes is None:
        return text, "Let it come always, or take all that is there when it comes again."
    return text, f"{sizes} would bridge it."


def _at_usual_visits(measured: Measured) -> Rows:
    return _comes(measured) & matters(measured, by_visits(measured))


def _too_slow(measured: Measured) -> Rows:
    return _at_usual_visits(measured) & (not measured.overwrites)


def _say_too_slow(measured: Measured, row: int) -> Words:
    every, gone = seconds(float(measured.every[row])), lost(measured, row)
    if not measured.bytes("consumed")[row]:
        text = f"Consumer has taken nothing in {seconds(measured.seconds)}: "
        return f"{text}{waited(measured, row)}. {gone}", "Come more often, or take more room."
    if not measured.is_limited[row]:
        return (
            f"Consumer comes every {every}: {waited(measured, row)}. {gone}",
            "Come more often, or take more room.",
        )
    rate = about(float(measured.rate[row]))
    share = percent(min(float(measured.taken[row]) / max(float(measured.rate[row]), 1e-9), 0.9999))
    visit = float(measured.consumers.reported[row]) / float(measured.consumers.visits[row])
    text = f"Consumer is too slow: it takes {share} of the {rate}/s that come,"
    text += f" {visit:.1f} sub-buffers every {every}. {gone}"
    return text, "Take more at each visit, or come more often; larger buffers only fill later."


def _lapped(measured: Measured) -> Rows:
    return _at_usual_visits(measured) & measured.overwrites


def _say_lapped(measured: Measured, row: int) -> Words:
    laps, every = int(measured.verified.lapped[row]), seconds(float(measured.every[row]))
    often = f" every {seconds(measured.seconds / laps)}" if laps else ""
    text = f"Reader is lapped{often}: it comes every {every}, {waited(measured, row)}."
    text += f" {lost(measured, row)}"
    if measured.is_limited[row]:
        return text, "Take more at each visit, or come more often."
    return text, "Come more often, or take more room."


def _by_writer(measured: Measured) -> Counts:
    """Return the torn events to which the writer came round; one is counted before whose it is."""
    torn: Counts = measured.verified.torn
    return torn - np.minimum(measured.displaced, torn)


def _torn(measured: Measured) -> Rows:
    return _by_writer(measured) > 0


def _torn_words(measured: Measured, row: int, torn: Counts) -> str:
    found, whole = int(torn[row]), int(measured.verified.intact[row])
    share = percent(found / (max(found, int(measured.verified.torn[row])) + whole))
    return f"{plural(found, 'event')} ({share} of those read) torn"


def _say_torn(measured: Measured, row: int) -> Words:
    text = _torn_words(measured, row, _by_writer(measured))
    text += ": the writer came round while they were read."
    return text, "Stop writing before reading; or no-overwrite mode, or more sub-buffers between."


def _passed_over(measured: Measured) -> Counts:
    """Return the events of sub-buffers that read released without having read all of them."""
    found: Counts = np.where(measured.consumers.reads > 0, measured.events("released_unread"), 0)
    return found


def _out_of_place(measured: Measured) -> Counts:
    return measured.displaced + _passed_over(measured)


def _displaced(measured: Measured) -> Rows:
    return _out_of_place(measured) > 0


def _say_displaced(measured: Measured, row: int) -> Words:
    parts, passed = [], int(_passed_over(measured)[row])
    if measured.displaced[row]:
        parts.append(f"{_torn_words(measured, row, measured.displaced)}: not by the writer")
    if passed:
        parts.append(f"{plural(passed, 'event')} in sub-buffers released before all of it was read")
    text = f"Reading went on elsewhere than where it had ended. {'; '.join(parts)}."
    return text, "One reader for each buffer, by read or by mmap, not by turns; no reset meanwhile."


def _torn_records(measured: Measured) -> Rows:
    return measured.verified.torn_records > 0


def _say_torn_records(measured: Measured, row: int) -> Words:
    torn = plural(int(measured.verified.torn_records[row]), "record")
    text = f"Of {torn} a reader got some events and not the others: what is lost is lost by events."
    return text, "Write a record as one event, or reserve room for the whole of it at once."


# -- too seldom finished ---------------------------------------------------------------------------

LONG = 1.0  # seconds until a sub-buffer is finished, from which on it is told
SOON = 0.5  # seconds that are aimed at
FEW = 2  # events that a sub-buffer holds at least


def _fills_slowly(measured: Measured) -> Rows:
    """Whether a consumer that sees finished sub-buffers only waits long for each."""
    each = np.minimum(measured.fill_time, measured.seconds / np.maximum(measured.produced, 1))
    long = (measured.fill_time >= LONG) & (each >= LONG) & (measured.rate > 0)
    several = measured.usable >= FEW * measured.event
    return _maps(measured) & long & several & (measured.seconds >= LONG)


def _say_fills_slowly(measured: Measured, row: int) -> Words:
    whole, rate = about(measured.config.subbuf_size), about(float(measured.rate[row]))
    time = seconds(float(measured.fill_time[row]))
    finished = int(measured.produced[row])
    done = f"{plural(finished, 'was', 'were')} finished" if finished else "none was finished"
    text = f"A sub-buffer of {whole} takes {time} to fill at {rate}/s, and a consumer by poll or"
    text += f" mmap sees nothing of it before: {done} in {seconds(measured.seconds)}."
    event = max(round(float(measured.event[row])), 1)
    number = max(int(SOON * float(measured.rate[row]) / event), 1)
    smaller = event * number + measured.header
    again = seconds(event * number / float(measured.rate[row]))
    return (
        text,
        f"Sub-buffers of {grouped(smaller)} B would fill in {again}; or flush by the clock.",
    )


_REPORTS = (Fault.NOT_REPORTING, Fault.REPORT_IGNORED)
_ROOTS = (Fault.NO_READER, *_REPORTS, Fault.ONE_SUBBUF)

CONSUMER_RULES = (
    Rule(
        Fault.NO_READER, Severity.LOSS, _no_reader_refused, _lost, _say_no_reader, explains=refused
    ),
    Rule(Fault.NO_READER, Severity.GOOD, _no_reader_recorder, _lost, _say_recorder),
    Rule(Fault.SHARED, Severity.WARNING, _shared, _of_others, _say_shared),
    Rule(
        Fault.NOT_REPORTING,
        Severity.LOSS,
        _not_reporting,
        _lost,
        _say_not_reporting,
        (Fault.SHARED,),
        explains=refused,
    ),
    Rule(
        Fault.REPORTS_TOO_MUCH,
        Severity.LOSS,
        _reports_too_much,
        _unread,
        _say_too_much,
        (Fault.SHARED,),
        explains=_unread,
    ),
    Rule(
        Fault.REPORT_IGNORED,
        Severity.LOSS,
        _ignored,
        lambda measured: measured.consumers.ignored,
        _say_ignored,
        (Fault.REPORTS_TOO_MUCH,),
        explains=refused,
    ),
    Rule(
        Fault.STALLED, Severity.LOSS, _stalled, by_stalls, _say_stalled, _ROOTS, explains=by_stalls
    ),
    Rule(
        Fault.TOO_SLOW,
        Severity.LOSS,
        _too_slow,
        by_visits,
        _say_too_slow,
        _ROOTS,
        explains=by_visits,
    ),
    Rule(Fault.LAPPED, Severity.LOSS, _lapped, by_visits, _say_lapped, _ROOTS, explains=by_visits),
    Rule(
        Fault.TORN,
        Severity.WARNING,
        _torn,
        _by_writer,
        _say_torn,
        (Fault.ONE_SUBBUF, Fault.HEADER_BURNS, Fault.MISREAD),
    ),
    Rule(
        Fault.DISPLACED,
        Severity.LOSS,
        _displaced,
        _out_of_place,
        _say_displaced,
        (Fault.MISREAD, Fault.SHARED),
    ),
    Rule(
        Fault.TORN_RECORDS,
        Severity.WARNING,
        _torn_records,
        lambda measured: measured.verified.torn_records,
        _say_torn_records,
    ),
    Rule(
        Fault.FILLS_SLOWLY,
        Severity.WARNING,
        _fills_slowly,
        lambda measured: measured.fill_time,
        _say_fills_slowly,
        dock="load",
    ),
)
