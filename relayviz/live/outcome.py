"""What a run came to: its last state, its figures, and which expectations hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.channel.state import LOSSES
from relayviz.model.condition.language import ConditionError
from relayviz.model.live.totals import VERIFIED_WORDS, is_made, totals
from relayviz.model.load.file import to_dict

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.condition.expression import Expression
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.findings.advice import Advice
    from relayviz.model.findings.finding import Finding
    from relayviz.model.live.live import Live, Rates
    from relayviz.model.live.totals import Numbers
    from relayviz.model.load.clock import Simulated

NOT_MADE = "the load was not made"
FORMAT = 1  # of the JSON form; docs/live.md describes it


@dataclass(frozen=True, slots=True)
class Checked:
    """An expectation: its text, whether it holds, the values of its names, why it has no value."""

    condition: str
    holds: bool
    values: dict[str, int | float]
    error: str = ""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run came to.

    Attributes:
        snapshot: The last state; the threads stand.
        live: How it ran, of the snapshot.
        numbers: The figures by the names of model.totals.NAMES.
        rates: The course of the run.
        checked: What was expected.
        findings: What can be said of it, advice that was tried included.
        advice: The smallest sizes that lose nothing; None: not looked for.
        simulated: The clock it went by; None: the machine's.
    """

    snapshot: Snapshot
    live: Live
    numbers: Numbers
    rates: Rates
    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    advice: Advice | None = None
    simulated: Simulated | None = None

    @property
    def holds(self) -> bool:
        """Whether all that was expected holds, and nothing ended the run against one's will."""
        return not self.live.error and all(one.holds for one in self.checked)


def check(expected: tuple[Expression, ...], numbers: Numbers) -> tuple[Checked, ...]:
    """Return for each expectation whether it holds; of a load that was not made none does."""
    if not is_made(numbers):
        values = {name: numbers[name] for name in ("asked", "attempted")}
        return tuple(
            Checked(one.text, holds=False, values=values, error=f"{one.text}: {NOT_MADE}")
            for one in expected
        )
    found = []
    for expression in expected:
        values = {name: numbers[name] for name in sorted(expression.names)}
        try:
            found.append(Checked(expression.text, expression.holds(numbers), values))
        except ConditionError as error:
            found.append(Checked(expression.text, holds=False, values=values, error=str(error)))
    return tuple(found)


def as_json(outcome: RunOutcome, version: str) -> dict[str, Any]:
    """Return an outcome as plain values, as docs/live.md describes them."""
    live = outcome.live
    return {
        "format": FORMAT,
        "relayviz": version,
        "channel": _channel(outcome.snapshot.config),
        "load": to_dict(live.load),
        "simulated": outcome.simulated is not None,
        "seed": None if outcome.simulated is None else outcome.simulated.seed,
        "event_seconds": None if outcome.simulated is None else outcome.simulated.event_seconds,
        "totals": totals(outcome.snapshot, live) | outcome.numbers,
        "cpus": [_row(outcome.snapshot, live, row) for row in range(outcome.snapshot.rows)],
        "rates": _rates(outcome.rates),
        "findings": [_finding(one) for one in outcome.findings],
        "hit": None if live.hit is None else asdict(live.hit),
        "expected": [asdict(one) for one in outcome.checked],
        "advice": None if outcome.advice is None else _advice(outcome.advice),
        "error": live.error,
        "holds": outcome.holds,
    }


def _channel(config: ChannelConfig) -> dict[str, Any]:
    return {
        "subbuf_size": config.subbuf_size,
        "n_subbufs": config.n_subbufs,
        "cpus": config.cpus,
        "mode": str(config.mode),
        "header": config.header,
    }


def _row(snapshot: Snapshot, live: Live, row: int) -> dict[str, Any]:
    buffer = snapshot.buffers[row]
    cpu = int(buffer["cpu"])
    account = snapshot.account(row)
    names = ("attempted", "accepted", "consumed", "unread", *LOSSES)
    return {
        "cpu": cpu,
        "produced": int(buffer["produced"]),
        "released": int(buffer["consumed"]),
        "offset": int(buffer["offset"]),
        **{name: {"events": account[name].events, "bytes": account[name].bytes} for name in names},
        **{name: int(getattr(live.verified, name)[cpu]) for name in VERIFIED_WORDS},
    }


def _rates(rates: Rates) -> dict[str, Any]:
    return {
        "seconds": rates.seconds,
        "written": _list(rates.written),
        "bytes": _list(rates.bytes),
        "consumed": _list(rates.consumed),
        "fill": _list(np.round(rates.fill, 4)),
        "lost": {name: _list(rates.lost[kind]) for kind, name in enumerate(LOSSES)},
    }


def _list(column: np.ndarray[Any, Any]) -> list[int | float]:
    found: list[int | float] = column.tolist()
    return found


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "fault": None if finding.fault is None else str(finding.fault),
        "severity": str(finding.severity),
        "cpus": list(finding.cpus),
        "text": finding.text,
        "helps": finding.helps,
        "scenario": finding.scenario,
    }


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "subbuf_size": advice.config.subbuf_size,
        "n_subbufs": advice.config.n_subbufs,
        "lossless": advice.lossless,
        "smaller_n_subbufs": None if advice.smaller is None else advice.smaller.n_subbufs,
        "smaller_lost": advice.smaller_lost,
        "runs": advice.runs,
        "seconds": advice.seconds,
        "reason": advice.reason,
        "simulated": advice.simulated,
        "seed": advice.seed if advice.simulated else None,
        "real_lost": advice.real_lost,
        "searched": None if advice.searched is None else list(advice.searched),
        "stepped": None if advice.stepped is None else list(advice.stepped),
    }
