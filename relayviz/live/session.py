"""One run of `relayviz live`: from the plan to the report."""

from __future__ import annotations

import json
import sys
import threading
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from relayviz.engines.live import LiveEngine
from relayviz.engines.live_advice import advise
from relayviz.live.arguments import STANDARD_OUTPUT
from relayviz.live.outcome import Outcome, as_json, check
from relayviz.live.report import expectation, plain, rate_line, text_of
from relayviz.live.words import UsageError
from relayviz.model.advice import sizes, told
from relayviz.model.engine import OpenError
from relayviz.model.totals import totals

if TYPE_CHECKING:
    from relayviz.live.arguments import Plan
    from relayviz.model.advice import Advice
    from relayviz.model.channel_config import ChannelConfig
    from relayviz.model.live import Live

_LOOK = 0.1  # seconds between two looks at how it runs
_COLUMNS = 600  # of the course in the report
_BAR = "{n:.1f} of {total:.1f} s {bar} {desc}"


def perform(plan: Plan) -> bool:
    """Run a plan and print its report; whether all that was expected holds.

    Raises:
        UsageError: The channel cannot be opened, or the JSON cannot be written.
    """
    try:
        engine = LiveEngine(plan.config, plan.load)
    except OpenError as error:
        raise UsageError(error.message) from error
    try:
        engine.set_break(plan.break_on)
        _watch(engine, plan)
        outcome = _outcome(engine, plan)
    finally:
        engine.close()
    _tell(outcome, plan)
    return outcome.holds


def _watch(engine: LiveEngine, plan: Plan) -> None:
    """Let it run for its time, or until something stops it; show how it goes."""
    ended = threading.Event()
    # without a terminal to draw on, tqdm draws nothing
    with tqdm(
        total=plan.seconds,
        bar_format=_BAR,
        leave=False,
        disable=True if plan.quiet else None,
    ) as bar:
        engine.start()
        end = time.monotonic() + plan.seconds
        while (left := end - time.monotonic()) > 0 and engine.running:
            ended.wait(min(left, _LOOK))
            live = _live(engine)
            bar.n = min(live.seconds, plan.seconds)
            bar.set_description_str(plain(rate_line(live), sys.stderr.encoding))
    engine.pause()
    engine.wait_idle()


def _live(engine: LiveEngine) -> Live:
    live = engine.snapshot.live
    assert live is not None, "a live engine's snapshots say how it runs"  # noqa: S101
    return live


def _outcome(engine: LiveEngine, plan: Plan) -> Outcome:
    snapshot, live = engine.snapshot, _live(engine)
    numbers = totals(snapshot)
    findings, advice = live.findings, None
    if plan.advise:
        advice = _advise(engine, plan)
        findings = (*(one for one in findings if one.fault is not None), told(advice))
    return Outcome(
        snapshot=snapshot,
        live=live,
        numbers=numbers,
        rates=engine.rates(max(live.seconds, _LOOK), _COLUMNS),
        checked=check(plan.expected, numbers),
        findings=findings,
        advice=advice,
    )


def _advise(engine: LiveEngine, plan: Plan) -> Advice:
    """Look for sizes that lose nothing; show which are being tried."""
    quiet = True if plan.quiet else None
    with tqdm(bar_format="{desc}", leave=False, disable=quiet) as line:

        def watch(config: ChannelConfig) -> None:
            line.set_description_str(f"trying {sizes(config)} for {plan.seconds:g} s")

        return advise(plan.config, plan.load, engine.measured(), plan.seconds, watch=watch)


def _tell(outcome: Outcome, plan: Plan) -> None:
    if plan.json:
        text = json.dumps(as_json(outcome, metadata.version("relayviz")), indent=1)
        if plan.json == STANDARD_OUTPUT:
            print(text)
            return
        try:
            Path(plan.json).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--json: {plan.json}: {error.strerror}") from error
    if plan.quiet:
        failed = [expectation(one) for one in outcome.checked if not one.holds]
        lines = "\n".join([*failed, *([outcome.live.error] if outcome.live.error else [])])
        if lines:
            print(plain(lines, sys.stdout.encoding))
        return
    print(plain(text_of(outcome), sys.stdout.encoding))
