"""The demo's text: pictures, account and survivors of each run, and sentences that explain them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from relayviz.demo.experiment import LOSSES, count
from relayviz.demo.strip import legend, strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from relayviz.demo.experiment import Mode, Plan, Run
    from relayviz.demo.pen import Pen
    from relayviz.relay import Count

_TEXT_WIDTH = 92  # longer lines are hard to read

_TITLES: dict[Mode, str] = {
    "no-overwrite": "No-overwrite: what is there stays, what comes too late is lost",
    "overwrite": "Overwrite (flight recorder): what is new stays, what is old is lost",
}
_REASONS = {
    "refused_full": "refused: the buffer was full",
    "too_big": "too big for a sub-buffer",
    "overwritten": "overwritten before they were read",
    "released_unread": "released before they were read",
    "discarded_reset": "discarded by a reset",
    "discarded_close": "discarded by a close",
    "busy": "written from inside another write",
}


def heading(plan: Plan, pen: Pen) -> list[str]:
    """What is about to happen."""
    return [
        pen.paint("title", "relayviz demo: a channel fills while nobody reads it"),
        f"{plan.events} events into {plan.n_subbufs} sub-buffers of {plan.subbuf_size} bytes.",
        "",
        legend(pen),
    ]


def page(run: Run, pen: Pen, width: int) -> list[str]:
    """One run: the full ring, the account, what the file gave, the ring after reading, and why."""
    size = run.plan.subbuf_size
    return [
        "",
        pen.paint("title", _TITLES[run.mode]),
        pen.signs.rule * min(width, len(_TITLES[run.mode])),
        f"After event {run.plan.events}:",
        *strip(run.filled, size, pen, width),
        "",
        *_account(run, pen),
        "",
        *_wrap(_survivors(run), width),
        *strip(run.drained, size, pen, width),
        "",
        *[
            line
            for sentence in _explanations(run)
            for line in _wrap(f"{pen.signs.bullet} {sentence}", width, indent="  ")
        ],
    ]


def comparison(runs: Sequence[Run], pen: Pen) -> list[str]:
    """What the modes have in common and what not, one line each."""
    lines = ["", pen.paint("title", "The same events, kept by mode")]
    lines += [
        f"  {run.mode:13} kept {len(run.read_back):3} of {run.plan.events}: {ranges(run.read_back)}"
        for run in runs
    ]
    return lines


def ranges(numbers: Iterable[int]) -> str:
    """Numbers as text: 1-4, 6, 8-9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs) or "none"


def _account(run: Run, pen: Pen) -> list[str]:
    """The channel's own account before reading; losses that did not happen are left out."""
    account = run.filled.account
    lines = [
        "  events   bytes",
        _row("attempted", count(account, "attempted"), ""),
        _row("unread", count(account, "unread"), "kept: they can still be read"),
    ]
    lines += [
        pen.paint("loss", _row("lost", count(account, loss), _reason(run, loss)))
        for loss in LOSSES
        if count(account, loss).events
    ]
    return lines


def _row(entry: str, figure: Count, remark: str) -> str:
    return f"  {figure.events:6}  {figure.bytes:6}   {entry:10} {remark}".rstrip()


def _reason(run: Run, loss: str) -> str:
    return f"{_REASONS[loss]}: {ranges(run.lost(loss))}"


def _survivors(run: Run) -> str:
    return (
        f"Read from file {run.file_name}: events {ranges(run.read_back)}"
        f" ({len(run.read_back)} events, {run.read_bytes} bytes)."
    )


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(text, max(40, min(width, _TEXT_WIDTH)), subsequent_indent=indent)


def _explanations(run: Run) -> list[str]:
    return [*_why_lost(run), *_why_padding(run), _why_resumed(run)]


def _why_lost(run: Run) -> list[str]:
    """One sentence for each kind of loss that happened."""
    sentences = []
    plan = run.plan
    if refused := run.lost("refused_full"):
        sentences.append(
            f"When event {refused[0]} came, all {plan.n_subbufs} sub-buffers were finished and "
            "none had been released: subbuf_start refused, and "
            "the writer stayed blocked. Nothing that was stored was harmed."
        )
    if run.lost("overwritten"):
        reuses = [attempt for attempt in run.attempts if attempt.overwritten]
        first = reuses[0]
        sentences.append(
            f"When event {first.number} needed a sub-buffer, none was free: subbuf_start said yes "
            f"as always, and the oldest was reused with {first.overwritten} unread events "
            f"in it. In all that happened {_times(len(reuses))}."
        )
    sentences += [
        f"Event {attempt.number} has {attempt.length} bytes, more than the {plan.subbuf_size} of a "
        "sub-buffer: it can never fit, in either mode."
        for attempt in run.attempts
        if attempt.loss == "too_big"
    ][:1]
    return sentences or ["Nothing was lost: there was room for every event."]


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _why_padding(run: Run) -> list[str]:
    padding = sum(subbuf.padding for subbuf in run.filled.subbufs)
    if not padding:
        return []
    sentence = (
        f"{padding} bytes are padding: an event is never split, so the end of a sub-buffer stays "
        "unused when the next event does not fit there. Reading skips it."
    )
    return [sentence]


def _why_resumed(run: Run) -> str:
    begin = f"Reading took subbufs_consumed from {run.filled.consumed} to {run.drained.consumed}"
    event = f"event {run.resumed.number}, written afterwards,"
    if run.resumed.loss is not None:
        return f"{begin}; {event} was lost all the same ({_REASONS[run.resumed.loss]})."
    if run.filled.blocked:
        return f"{begin}; {event} was stored: a blocked writer goes on by itself at its next write."
    return f"{begin}; {event} was stored."
