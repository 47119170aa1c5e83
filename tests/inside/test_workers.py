"""Looking with several processes: what one finds, also when a worker dies or the user stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.cli import main
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import Bounds, Found, explore, search
from relayviz.engines.inside.sharing.gathered import Gathered
from relayviz.engines.inside.sharing.prefixes import Prefix, go, prefixes
from relayviz.engines.inside.sharing.workers import WorkerError, explore_with_workers
from relayviz.model.inside.file import load
from relayviz.relay import Explored
from tests.inside.programs import SMALL, Program, session_of, text_of

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

RESOURCES = Path(__file__).parents[2] / "resources" / "inside"
BIG = Program(
    "subbuf_size = 16, n_subbufs = 2, cpus = 2",
    "library",
    (("a", "task", 0, "write 8, write 8"), ("b", "task", 1, "write 8"), ("f", "task", 0, "flush")),
)


Children = Callable[[], "list[BaseProcess]"]


@pytest.fixture
def workers() -> Children:
    """What gives the processes begun by a test; another test may have left one that lasts."""
    before = set(active_children())
    return lambda: [one for one in active_children() if one not in before]


def _covered(found: Found) -> tuple[object, ...]:
    return found.found, found.finished, found.switches, found.steps, found.ends, found.ends_digest


@pytest.mark.parametrize(
    ("name", "pruning"),
    [
        ("an interrupt in __write", "state"),
        ("one in a switch", "state"),
        ("a reader, library", "state"),
        ("a global buffer", "none"),
    ],
)
def test_all_is_gone_through_as_by_one(name: str, pruning: str) -> None:
    session = session_of(SMALL[name])
    alone = explore(InsideEngine(session), "", pruning=pruning)
    together = explore_with_workers(session, "", Bounds(), pruning=pruning, workers=2)
    assert _covered(together) == _covered(alone)
    assert together.ends > 1
    if pruning == "none":  # nothing is met twice, so nothing is counted twice
        assert (together.schedules, together.states) == (alone.schedules, alone.states)


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("destroyed", Bounds()),
        ("destroyed", Bounds(switches=0)),
        ("destroyed", Bounds(interrupts=0)),
        ("torn-read", Bounds()),
        ("sleeper", Bounds()),
    ],
)
def test_the_same_is_found_as_by_one(name: str, bounds: Bounds) -> None:
    session = load(RESOURCES / f"{name}.inside.toml", STOP_NAMES)
    alone = explore(InsideEngine(session), session.find, bounds)
    together = explore_with_workers(session, session.find, bounds, pruning="state", workers=2)
    assert _covered(together)[:4] == _covered(alone)[:4]
    engine = InsideEngine(session)
    for line in together.schedule:
        _, actor, *times = line.split()
        for _ in range(int(times[0].removeprefix("times=")) if times else 1):
            engine.step(actor)
    assert engine.position == alone.steps


def test_what_a_worker_that_dies_has_begun_is_done_again(workers: Children) -> None:
    session = session_of(SMALL["the same, library"])
    alone = explore(InsideEngine(session), "", pruning="none")
    killed: list[int] = []

    def goes_on(states: int) -> bool:
        if not killed:
            pid = workers()[0].pid
            assert pid is not None
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)
        return states >= 0

    together = explore_with_workers(
        session, "", Bounds(), pruning="none", workers=2, goes_on=goes_on
    )
    assert killed
    assert _covered(together) == _covered(alone)
    assert together.schedules == alone.schedules
    assert workers() == []


def test_workers_that_always_die_are_given_up(workers: Children) -> None:
    def goes_on(states: int) -> bool:
        for child in workers():
            child.kill()
        return states >= 0

    with pytest.raises(WorkerError, match=r"died over the same schedules.*exit code -9"):
        explore_with_workers(
            session_of(BIG), "", Bounds(), pruning="none", workers=2, goes_on=goes_on
        )
    assert workers() == []


def test_ends_when_it_is_told_to_and_at_a_limit(workers: Children) -> None:
    session = session_of(BIG)
    stopped = explore_with_workers(
        session, "", Bounds(), pruning="none", workers=2, goes_on=lambda _: False
    )
    limited = explore_with_workers(session, "", Bounds(states=10_000), pruning="none", workers=2)
    assert not stopped.finished
    assert not limited.finished
    assert workers() == []


def test_beginnings_are_those_of_all_schedules() -> None:
    session = session_of(SMALL["a global buffer"])
    found, within = prefixes(InsideEngine(session), "", Bounds(), 20, merges=False)
    assert len({one.actors for one in found}) == len(found) >= 20
    whole = {one.actors for one in found}
    assert all(a == b or b[: len(a)] != a for a in whole for b in whole)
    assert within == len({one.actors[:at] for one in found for at in range(len(one.actors))})


@pytest.mark.parametrize("count", [2, 7, 40])
@pytest.mark.parametrize("merges", [False, True])
@pytest.mark.parametrize("name", ["an interrupt in __write", "one in a switch", "a reader"])
def test_the_best_lies_behind_one_of_the_beginnings(name: str, merges: bool, count: int) -> None:
    engine = InsideEngine(session_of(SMALL[name]))
    for find in ("", "offset == 0", "offset > 0", "stored == 1", "consumed == 1", "stored == 2"):
        for most in (None, 0, 1):
            bounds = Bounds(switches=most)
            engine.machine.seek(0)
            best = explore(engine, find, bounds)
            lengths = []
            for one in prefixes(engine, find, bounds, count, merges=merges)[0]:
                go(engine, one)
                left = Bounds(switches=None if most is None else most - one.switches)
                row = search(engine, find, left, "state", last=one.last)
                if row.found:
                    steps = len(one.actors) + len(row.schedule or b"")
                    lengths.append((one.switches + row.switches, steps))
            assert min(lengths, default=None) == (
                (best.switches, best.steps) if best.found else None
            )


def test_ctrl_c_ends_it_and_all_workers(tmp_path: Path) -> None:
    path = tmp_path / "big.inside.toml"
    path.write_text(text_of(BIG), encoding="utf-8")
    words = [str(path), "--find", "lost > 9", "--pruning", "none", "--workers", "2"]
    running = subprocess.Popen(
        [sys.executable, "-m", "relayviz", "explore", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    workers: list[Path] = []
    while len(workers) < 2:
        each = [Path("/proc", pid) for pid in children.read_text().split()]
        workers = [one for one in each if b"spawn_main" in (one / "cmdline").read_bytes()]
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (130, b"")
    assert out.endswith(b"It was ended before its time.\n")
    assert [one for one in workers if one.exists()] == []


def test_the_command_line_says_how_many_looked(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(RESOURCES / "destroyed.inside.toml")
    assert main(["explore", path, "--workers", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["found"], found["switches"], found["steps"], found["workers"]) == (True, 1, 6, 2)
    for words in (["--workers", "0"], ["--workers", "65"]):
        assert main(["explore", path, *words]) == 2
        assert "1 to 64" in capsys.readouterr().err
    assert main(["explore", path, "--workers", "2", "--pruning", "order"]) == 2
    assert "--pruning state or none" in capsys.readouterr().err


def test_what_all_went_through_together() -> None:
    """Steps on the way to the beginnings are made once more by nobody, and count."""
    gathered = Gathered(Bounds(), within=7)
    row = Explored(
        found=False, finished=True, states=5, schedules=2, steps=11, ends=0, ends_hash=0,
        switches=0, schedule=None, end_keys=None,
    )  # fmt: skip
    for _ in range(3):
        gathered.take(Prefix(), row)
    told = gathered.all_in_all()
    assert (told.states, told.schedules, told.steps) == (7 + 3 * 5, 3 * 2, 7 + 3 * 11)
