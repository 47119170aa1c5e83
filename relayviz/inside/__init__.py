"""`relayviz inside FILE`: play a session inside operations, and check what it expects."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.play import ScheduleError, play
from relayviz.inside.grade import grade
from relayviz.inside.stamp import stamp
from relayviz.model.channel.client import SourceError, compile_subbuf_start
from relayviz.model.channel.config import Mode
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.file import load
from relayviz.model.session.file import SessionError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from relayviz.engines.inside.engine import InsideEngine
    from relayviz.engines.inside.play import Held, Played
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.inside.program import InsideSession

HOLDS, FAILS, UNUSABLE = 0, 1, 2
FLAG = "--allow-python"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz inside` to the command line."""
    parser = commands.add_parser(
        "inside",
        help="play a session inside operations: actors step the core's code",
        description="Play the schedule of a session inside operations, stop by stop, and check its "
        "expectations. docs/inside.md describes the files.",
        epilog="Exit status: 0 all expectations hold, or the puzzle is solved, 1 not so, 2 it "
        "cannot be played.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a session, *.inside.toml")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--grade",
        type=Path,
        metavar="SCHEDULE",
        help="play the lines of this file (-: standard input) instead, and say how they solve the "
        "puzzle that the session is",
    )
    parser.add_argument(
        "--stamp",
        action="store_true",
        help="also write into the file which code of the core its schedule was played with",
    )
    parser.add_argument(
        FLAG,
        action="store_true",
        help="run the subbuf_start in Python that a session may bring: it can do all that you can",
    )


def run(arguments: argparse.Namespace) -> int:
    """Play the file and print what came of it."""
    try:
        session = load(arguments.file, STOP_NAMES)
        if arguments.grade is not None:
            return grade(session, arguments.grade, as_json=arguments.json)
        functions = _functions(session, arguments.file, allowed=arguments.allow_python)
        engine, played = play(session, functions)
        if arguments.stamp:
            stamp(arguments.file, played)
    except ScheduleError as error:
        at = session.schedule_at + error.line
        told = SessionError(arguments.file.name, at, "inside.schedule", str(error))
        print(f"relayviz inside: {told}", file=sys.stderr)
        return UNUSABLE
    except (SessionError, OSError) as error:
        print(f"relayviz inside: {error}", file=sys.stderr)
        return UNUSABLE
    except (OpenError, ConditionError, SourceError, ValueError) as error:
        print(f"relayviz inside: {arguments.file.name}: {error}", file=sys.stderr)
        return UNUSABLE
    if arguments.json:
        print(json.dumps(_plain(engine, played), indent=1))
    else:
        print("\n".join(_lines(engine, played)))
    return HOLDS if played.holds else FAILS


def _functions(session: InsideSession, path: Path, *, allowed: bool) -> list[SubbufStart]:
    """Return the subbuf_start in Python of a session, where the user has confirmed it."""
    if session.config.mode is not Mode.PYTHON:
        return []
    if not allowed:
        message = f"It brings a subbuf_start in Python. Read it, then give {FLAG} to run it."
        raise SessionError(path.name, None, "sources", message)
    return [compile_subbuf_start(session.config.source)]


def _plain(engine: InsideEngine, played: Played) -> dict[str, object]:
    actors = [asdict(one) | {"state": one.state.name.lower()} for one in engine.actors()]
    return {
        "title": played.title,
        "rule": played.rule,
        "warning": played.warning,
        "holds": played.holds,
        "opening": list(engine.opening),
        "steps": [asdict(one) for one in played.steps],
        "expectations": [asdict(one) for one in played.held],
        "judged": played.judged,
        "actors": actors,
    }


def _lines(engine: InsideEngine, played: Played) -> Iterator[str]:
    if played.title:
        yield played.title
    yield f"rule: {played.rule}"
    if played.warning:
        yield f"note: {played.warning}"
    yield "    0 the channel is opened"
    yield from (f"        callback {call}" for call in engine.opening)
    held = list(played.held)
    for step in played.steps:
        while held and held[0].step < step.number:
            yield _expectation(held.pop(0))
        yield f"{step.number:5} {step.actor}: {step.words}"
        for call in step.calls:
            yield f"        callback {call}"
    for one in held:
        yield _expectation(one)
    for actor in engine.actors():
        yield f"{actor.name}: {actor.at}; {actor.why or 'it can go on'}; {actor.left} left"
    yield ", ".join(f"{name} {count}" for name, count in played.judged.items())


def _expectation(one: Held) -> str:
    return f"      {'holds' if one.holds else 'DOES NOT HOLD'}: {one.that}"
