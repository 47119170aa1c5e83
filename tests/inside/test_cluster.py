"""Looking with the workers of a scheduler: what one process finds, also when a worker dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from distributed import LocalCluster

from relayviz.cli import main
from relayviz.engines.cluster import ClusterError, connected
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import Bounds, Found, explore
from relayviz.engines.inside.sharing.cluster import explore_on_cluster
from relayviz.model.inside.file import load
from tests.inside.programs import SMALL, session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

RESOURCES = Path(__file__).parents[2] / "resources" / "inside"
DESTROYED = RESOURCES / "destroyed.inside.toml"


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two workers, a process each."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as made:
        yield made


def _covered(found: Found) -> tuple[object, ...]:
    return found.found, found.finished, found.switches, found.steps, found.ends, found.ends_digest


@pytest.mark.parametrize(
    ("name", "pruning"), [("one in a switch", "state"), ("a global buffer", "none")]
)
def test_all_is_gone_through_as_by_one(cluster: LocalCluster, name: str, pruning: str) -> None:
    session = session_of(SMALL[name])
    alone = explore(InsideEngine(session), "", pruning=pruning)
    address = cluster.scheduler_address
    together = explore_on_cluster(session, "", Bounds(), pruning=pruning, address=address)
    assert _covered(together) == _covered(alone)
    assert together.workers == 2
    if pruning == "none":
        assert (together.schedules, together.states) == (alone.schedules, alone.states)


@pytest.mark.parametrize("name", ["destroyed", "torn-read", "sleeper"])
def test_the_same_is_found_as_by_one(cluster: LocalCluster, name: str) -> None:
    session = load(RESOURCES / f"{name}.inside.toml", STOP_NAMES)
    alone = explore(InsideEngine(session), session.find)
    together = explore_on_cluster(
        session, session.find, Bounds(), pruning="state", address=cluster.scheduler_address
    )
    assert _covered(together)[:4] == _covered(alone)[:4]


def test_what_a_worker_that_dies_has_begun_is_done_again(cluster: LocalCluster) -> None:
    session = session_of(SMALL["the same, library"])
    alone = explore(InsideEngine(session), "", pruning="none")
    killed: list[int] = []

    def goes_on(states: int) -> bool:
        if not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)
        return states >= 0

    together = explore_on_cluster(
        *(session, "", Bounds()),
        pruning="none",
        address=cluster.scheduler_address,
        goes_on=goes_on,
    )
    assert killed
    assert _covered(together) == _covered(alone)
    assert (together.schedules, together.states) == (alone.schedules, alone.states)


def test_it_ends_when_it_is_told_to_and_at_a_limit(cluster: LocalCluster) -> None:
    session, address = session_of(SMALL["the same, library"]), cluster.scheduler_address
    stopped = explore_on_cluster(
        session, "", Bounds(), pruning="none", address=address, goes_on=lambda _: False
    )
    limited = explore_on_cluster(session, "", Bounds(states=10), pruning="none", address=address)
    assert not stopped.finished
    assert not limited.finished


def test_the_command_line_takes_a_scheduler(
    cluster: LocalCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explore", str(DESTROYED), "--scheduler", cluster.scheduler_address]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["found"], found["switches"], found["steps"], found["workers"]) == (True, 1, 6, 2)
    for more, message in (
        (["--workers", "2"], "--workers or --scheduler"),
        (["--pruning", "order"], "--pruning state or none"),
    ):
        assert main([*words, *more]) == 2
        assert message in capsys.readouterr().err


def test_a_scheduler_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relayviz.engines.cluster.PATIENCE", 1)
    assert main(["explore", str(DESTROYED), "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "no scheduler answers at tcp://127.0.0.1:9: start one" in capsys.readouterr().err
    assert main(["explore", str(DESTROYED), "--scheduler", "nowhere"]) == 2
    assert "no scheduler answers at nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address",
    ["", "nowhere", "tcp://127.0.0.1:9", "tls://127.0.0.1:9", "ws://127.0.0.1:9", "ucx://h:1"],
)
def test_one_that_does_not_answer_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("relayviz.engines.cluster.PATIENCE", 0.2)
    before = set(threading.enumerate())
    with pytest.raises(ClusterError, match=r"no scheduler answers at .*: start one .* \(.+\)$"):
        connected(address)
    assert set(threading.enumerate()) <= before


def test_a_scheduler_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relayviz.engines.cluster.PATIENCE", 1)
    session = session_of(SMALL["a poller"])
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(ClusterError, match="has no worker: start some with"),
    ):
        explore_on_cluster(session, "", Bounds(), pruning="state", address=empty.scheduler_address)


def test_without_the_package_it_says_which_is_needed() -> None:
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from relayviz.cli import main\n"
        f"sys.exit(main(['explore', {str(DESTROYED)!r}, '--scheduler', 'tcp://127.0.0.1:9']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "pip install 'relayviz[cluster]'" in ran.stderr
