"""Findings: from what was measured to plain sentences with numbers, a place and what helps.

Each fault has a rule. A rule says in which buffers it applies; of these the worst is told. Faults
that follow from another one are not told beside it: who does not report is not called slow as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.findings.advice import estimate
from relayviz.model.findings.consumer import CONSUMER_RULES
from relayviz.model.findings.finding import Finding, Severity, Show
from relayviz.model.findings.writer import WRITER_RULES

if TYPE_CHECKING:
    from relayviz.model.findings.finding import Fault
    from relayviz.model.findings.measured import Measured, Rows
    from relayviz.model.findings.rule import Rule

RULES: tuple[Rule, ...] = CONSUMER_RULES + WRITER_RULES

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
            _told(rule, measured, rows)
            for rule in RULES
            if (rows := _left(rule, measured, applying)).any()
        ]
        advice = estimate(measured, frozenset(one.fault for one in found if one.fault))
    if advice is not None:
        found.append(advice)
    return tuple(sorted(found, key=lambda one: _GRAVEST_FIRST.index(one.severity)))


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


def _told(rule: Rule, measured: Measured, rows: Rows) -> Finding:
    worst = int(np.argmax(np.where(rows, rule.weight(measured), -1.0)))
    text, helps = rule.words(measured, worst)
    where = () if rows.all() else tuple(int(cpu) for cpu in measured.cpu[rows])
    show = Show(int(measured.cpu[worst]), dock=rule.dock)
    return Finding(rule.fault, rule.severity, where, text, helps, show)
