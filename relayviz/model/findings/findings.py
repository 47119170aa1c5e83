"""Findings: from what was measured to plain sentences with numbers, a place and what helps.

Each fault has a rule. A rule says in which buffers it applies; of these the worst is told, and
where there are several, that it is the worst. Faults that follow from another one are not told
beside it: who does not report is not called slow as well. Of several causes of loss the one that
explains most comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.findings.advice import estimate
from relayviz.model.findings.consumer import CONSUMER_RULES
from relayviz.model.findings.finding import Finding, Severity, Show
from relayviz.model.findings.writer import WRITER_RULES
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.model.findings.finding import Fault
    from relayviz.model.findings.measured import Measured, Rows
    from relayviz.model.findings.rule import Rule

RULES: tuple[Rule, ...] = WRITER_RULES + CONSUMER_RULES

_GRAVEST_FIRST = tuple(Severity)


def findings(measured: Measured) -> tuple[Finding, ...]:
    """Return what can be said of a channel, the gravest first.

    Args:
        measured: What happened on it; nothing else is looked at.
    """
    if not len(measured.cpu):
        return ()
    with np.errstate(all="ignore"):
        applying = _applying(measured)
        found = [
            (_told(rule, measured, rows), _explained(rule, measured, rows))
            for rule in RULES
            if (rows := _left(rule, measured, applying)).any()
        ]
        found.sort(key=lambda one: (_GRAVEST_FIRST.index(one[0].severity), -one[1]))
        told = [one for one, _ in found]
        advice = estimate(measured, frozenset(one.fault for one in told if one.fault))
    return tuple(told if advice is None else [*told, advice])


def _applying(measured: Measured) -> dict[Fault, Rows]:
    """Return for each fault where it is met."""
    found: dict[Fault, Rows] = {}
    for rule in RULES:
        rows = rule.applies(measured)
        found[rule.fault] = found[rule.fault] | rows if rule.fault in found else rows
    return found


def _left(rule: Rule, measured: Measured, applying: dict[Fault, Rows]) -> Rows:
    """Return where a rule applies and no fault that explains it."""
    rows = rule.applies(measured)
    for fault in rule.follows_from:
        rows = rows & ~applying[fault]
    return rows


def _explained(rule: Rule, measured: Measured, rows: Rows) -> float:
    """Return how many lost events a rule explains in some rows."""
    if rule.explains is None:
        return 0.0
    return float(rule.explains(measured)[rows].sum(dtype=np.float64))


def _told(rule: Rule, measured: Measured, rows: Rows) -> Finding:
    worst = int(np.argmax(np.where(rows, rule.weight(measured), -1.0)))
    text, helps = rule.words(measured, worst)
    several = int(rows.sum())
    if several > 1 and not rule.whole:
        text = f"{text} That is cpu {int(measured.cpu[worst])}, the worst of {several}"
        lost = round(_explained(rule, measured, rows))
        text += f"; on all of them {plural(lost, 'event')} lost by this." if lost else "."
    where = () if rows.all() else tuple(int(cpu) for cpu in measured.cpu[rows])
    show = Show(int(measured.cpu[worst]), dock=rule.dock)
    fault = None if rule.severity is Severity.GOOD else rule.fault
    return Finding(fault, rule.severity, where, text, helps, show)
