"""One run of `relayviz live`: from the plan to the report."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from relayviz.engines.live.advice import advise
from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.live.simulation import Simulation
from relayviz.live.arguments import STANDARD_OUTPUT
from relayviz.live.notation import UsageError
from relayviz.live.outcome import RunOutcome, as_json, check
from relayviz.live.report import expectation, plain, rate_line, text_of
from relayviz.model.engine.protocol import OpenError
from relayviz.model.files import check as check_file
from relayviz.model.files import write_or_send
from relayviz.model.findings.advice import sizes, told, with_remedy
from relayviz.model.live.totals import totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.live.arguments import Plan
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.findings.advice import Advice
    from relayviz.model.live.live import Live

_LOOK = 0.1  # seconds between two looks at how it runs
_COLUMNS = 600  # of the course in the report
_BAR = "{n:.1f} of {total:.1f} s {bar} {desc}"


def perform(plan: Plan) -> bool:
    """Run a plan and print its report; whether all that was expected holds.

    Ctrl-C and SIGTERM end the run, or the trying of sizes, before its time; the report comes all
    the same.

    Raises:
        UsageError: The channel cannot be opened, or the report cannot be written.
        KeyboardInterrupt: The run was ended so; the report is printed.
    """
    with _interrupted_by(signal.SIGTERM):
        _check_file(plan.json)
        outcome, is_whole = _run(plan)
        _tell(outcome, plan)
    if not is_whole:
        raise KeyboardInterrupt
    return outcome.holds


@contextmanager
def _interrupted_by(number: signal.Signals) -> Iterator[None]:
    """Have a signal do what Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can have that
        return
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def _check_file(name: str) -> None:
    """Find out before the run whether its report can be written."""
    if name not in ("", STANDARD_OUTPUT):
        try:
            check_file(Path(name))
        except OSError as error:
            raise UsageError(f"--json: {name}: {error.strerror}.") from error


def _run(plan: Plan) -> tuple[RunOutcome, bool]:
    """Return what a run came to, and whether nobody ended it."""
    engine: LiveEngine | Simulation
    try:
        if plan.simulated is None:
            engine = LiveEngine(plan.config, plan.load)
        else:
            engine = Simulation(plan.config, plan.load, plan.simulated)
    except OpenError as error:
        raise UsageError(error.message) from error
    try:
        engine.set_break(plan.break_on)
        is_whole, advice = _watch(engine, plan), None
        if is_whole and plan.advise:
            try:
                advice = _advise(engine, plan)
            except KeyboardInterrupt:
                is_whole = False
        return _outcome(engine, plan, advice), is_whole
    finally:
        engine.close()


def _watch(engine: LiveEngine | Simulation, plan: Plan) -> bool:
    """Let it run for its time, or until something stops it; False: that was Ctrl-C."""
    with tqdm(
        total=plan.seconds, bar_format=_BAR, leave=False, disable=_hides_progress(plan)
    ) as bar:

        def show() -> None:
            live = _live(engine)
            bar.n = min(live.seconds, plan.seconds)
            encoding = None if sys.stderr is None else sys.stderr.encoding
            bar.set_description_str(plain(rate_line(live), encoding))

        try:
            if isinstance(engine, Simulation):
                engine.run(plan.seconds, show)
            else:
                _let_run(engine, plan.seconds, show)
        except KeyboardInterrupt:
            return False
    return True


def _let_run(engine: LiveEngine, seconds: float, show: Callable[[], None]) -> None:
    """Let threads run for so long."""
    ended = threading.Event()
    try:
        engine.start()
        engine.wait_idle()  # the time is that of the run, however late a busy machine begins it
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and engine.running:
            ended.wait(min(left, _LOOK))
            show()
    finally:
        engine.pause()
        engine.wait_idle()


def _hides_progress(plan: Plan) -> bool | None:
    """Return what tqdm calls disable; None: without a terminal to draw on, it draws nothing."""
    return True if plan.quiet or sys.stderr is None else None


def _live(engine: LiveEngine | Simulation) -> Live:
    live = engine.snapshot.live
    assert live is not None, "a live engine's snapshots say how it runs"  # noqa: S101
    return live


def _outcome(engine: LiveEngine | Simulation, plan: Plan, advice: Advice | None) -> RunOutcome:
    snapshot, live = engine.snapshot, _live(engine)
    numbers = totals(snapshot, live)
    findings = live.findings
    if advice is not None:
        faults = (with_remedy(one, advice) for one in findings if one.fault is not None)
        findings = (*faults, told(advice))
    return RunOutcome(
        snapshot=snapshot,
        live=live,
        numbers=numbers,
        rates=engine.rates(max(live.seconds, _LOOK), _COLUMNS),
        checked=check(plan.expected, numbers),
        findings=findings,
        advice=advice,
        simulated=plan.simulated,
    )


def _advise(engine: LiveEngine | Simulation, plan: Plan) -> Advice:
    """Look for sizes that lose nothing; show which are being tried."""
    with tqdm(bar_format="{desc}", leave=False, disable=_hides_progress(plan)) as line:

        def watch(config: ChannelConfig) -> None:
            line.set_description_str(f"trying {sizes(config)} for {plan.seconds:g} s")

        return advise(
            plan.config,
            plan.load,
            engine.measured(),
            plan.seconds,
            watch=watch,
            by_room=plan.advise == "room",
            simulated=plan.simulated,
        )


def _tell(outcome: RunOutcome, plan: Plan) -> None:
    """Print the report, then write it as JSON: a full disk does not take both."""
    if plan.json == STANDARD_OUTPUT:
        _print(_json_of(outcome))
        return
    if plan.quiet:
        failed = [expectation(one) for one in outcome.checked if not one.holds]
        _print("\n".join([*failed, *([outcome.live.error] if outcome.live.error else [])]))
    else:
        _print(text_of(outcome))
    if plan.json:
        try:
            write_or_send(Path(plan.json), f"{_json_of(outcome)}\n")
        except OSError as error:
            raise UsageError(f"--json: {plan.json}: {error.strerror}.") from error


def _json_of(outcome: RunOutcome) -> str:
    return json.dumps(as_json(outcome, metadata.version("relayviz")), indent=1)


def _print(text: str) -> None:
    """Print a text, unless there is none."""
    if text:
        print(plain(text, sys.stdout.encoding), flush=True)
