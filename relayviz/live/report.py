"""The report of a run as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.state import LOSS_WORDS, LOSSES
from relayviz.model.findings.advice import sizes
from relayviz.model.findings.finding import Severity
from relayviz.model.live.totals import VERIFIED_WORDS
from relayviz.model.numbers import THIN, about, grouped, percent, plural, seconds, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.live.outcome import Checked, RunOutcome
    from relayviz.model.findings.finding import Finding
    from relayviz.model.live.live import Live
    from relayviz.model.live.totals import Numbers

WORST_CPUS = 8  # CPUs with losses that are listed
_SIGNS = {Severity.LOSS: "loss", Severity.WARNING: "warning", Severity.GOOD: "good"}
_LONGEST_SIGN = max(map(len, _SIGNS.values()))


def text_of(outcome: RunOutcome) -> str:
    """Return the whole report."""
    lines = [_heading(outcome), ""]
    lines += _table(outcome.numbers)
    lines += _cpus(outcome)
    if outcome.findings:
        lines += ["", "findings", *(line for one in outcome.findings for line in _finding(one))]
    if outcome.live.hit is not None:
        lines += ["", f"stopped  {stopped(outcome.live)}"]
    if outcome.live.error:
        lines += ["", f"ended  {outcome.live.error}"]
    if outcome.checked:
        lines += ["", "expected", *map(expectation, outcome.checked)]
    return "\n".join(lines)


def plain(text: str, encoding: str | None) -> str:
    """Return a text without the signs that an encoding does not have."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        for sign, other in ((THIN, " "), ("×", "x"), ("·", "-"), ("µ", "u")):
            text = text.replace(sign, other)
    return text


def rate_line(live: Live) -> str:
    """Say in a few words how it runs: 2.2 M events/s · 124 MiB/s · 0.31 % lost."""
    rate = f"{short(live.events_per_second)} events/s · {about(live.bytes_per_second)}/s"
    return f"{rate} · {percent(live.lost_share)} lost"


def stopped(live: Live) -> str:
    """Say what stopped a run."""
    hit = live.hit
    if hit is None:
        return ""
    event = "" if hit.event is None else f", event {grouped(hit.event)}"
    return f"cpu {hit.cpu}: {hit.what} after {seconds(hit.seconds)}{event}"


def expectation(checked: Checked) -> str:
    """Say whether an expectation holds, and the values that it names."""
    sign = "holds " if checked.holds else "FAILED"
    values = ", ".join(f"{name} = {_number(value)}" for name, value in checked.values.items())
    return f"  {sign}  {checked.error or checked.condition}    {values}".rstrip()


def _heading(outcome: RunOutcome) -> str:
    config, live = outcome.snapshot.config, outcome.live
    what = f"{plural(config.cpus, 'CPU')} × {sizes(config)}, {outcome.snapshot.mode}"
    load = f', load "{live.load.title}"' if live.load.title else ""
    clock = outcome.simulated
    takes = f", {seconds(clock.event_seconds)} a write" if clock and clock.event_seconds else ""
    how = "ran for" if clock is None else f"simulated (seed {clock.seed}{takes}) for"
    return f"relayviz live: {what}{load}, {how} {seconds(live.seconds)}"


def _table(numbers: Numbers) -> list[str]:
    """The account: what became of all events."""
    over = numbers["seconds"] or 1.0
    made = numbers["attempted"] / max(numbers["asked"], 1) if numbers["asked"] else 1.0
    rows = [
        *([("asked for", "asked", f"{percent(made)} made")] if made < 1 else []),
        ("attempted", "attempted", f"{short(numbers['attempted'] / over)}/s"),
        ("stored", "accepted", f"{short(numbers['rate'])}/s, {about(numbers['bytes_rate'])}/s"),
        ("consumed", "consumed", f"{short(numbers['consumed'] / over)}/s"),
        ("unread", "unread", f"{percent(numbers['padding_share'])} of finished room is padding"),
        ("lost", "lost", percent(numbers["lost_share"])),
        *((f"  {LOSS_WORDS[name]}", name, "") for name in LOSSES if numbers[name]),
    ]
    wide = max(len(grouped(int(numbers[name]))) for _, name, _ in rows)
    lines = [
        f"{word:<24}{grouped(int(numbers[name])):>{wide}}  {more}".rstrip()
        for word, name, more in rows
    ]
    names = (name for name in VERIFIED_WORDS if numbers[name])
    found = [f"{grouped(int(numbers[name]))} {name.replace('_', ' ')}" for name in names]
    return [*lines, f"{'readers found':<24}{', '.join(found) or 'nothing'}"]


def _cpus(outcome: RunOutcome) -> Iterator[str]:
    """The CPUs that lost most; one alone says nothing new."""
    snapshot = outcome.snapshot
    losses = [(snapshot.total_lost(row).events, row) for row in range(snapshot.rows)]
    worst = sorted(((lost, row) for lost, row in losses if lost), key=lambda one: (-one[0], one[1]))
    if snapshot.rows == 1 or not worst:
        return
    yield ""
    yield f"lost by cpu{'' if len(worst) <= WORST_CPUS else f' (the worst {WORST_CPUS})'}"
    for lost, row in worst[:WORST_CPUS]:
        tried = snapshot.count(row, "attempted").events
        cpu = int(snapshot.buffers["cpu"][row])
        yield f"  cpu {cpu:<4}{grouped(lost):>14}  {percent(lost / max(tried, 1))}"


def _finding(finding: Finding) -> Iterator[str]:
    sign = f"  {_SIGNS[finding.severity]:<{_LONGEST_SIGN}}  "
    where = f"cpu {', '.join(map(str, finding.cpus))}: " if finding.cpus else ""
    yield f"{sign}{where}{finding.text}"
    if finding.helps:
        yield f"{' ' * len(sign)}{finding.helps}"
    if finding.scenario:
        yield f"{' ' * len(sign)}Such a thing, step by step: scenario {finding.scenario}."


def _number(value: float) -> str:
    return grouped(value) if isinstance(value, int) else f"{value:.4g}"
