"""`relayviz sweep`: what each cell came to is what a live run on the simulated clock comes to."""

from __future__ import annotations

import csv
import json
import os
import signal
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from distributed import LocalCluster

from relayviz import cli
from relayviz.engines.live.simulation import Simulation
from relayviz.engines.sweep import here
from relayviz.engines.sweep.cluster import outcomes_on
from relayviz.engines.sweep.here import outcomes
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.live.totals import totals
from relayviz.model.load.presets import PRESETS
from relayviz.model.sweep.plan import MOST_CELLS, Cell, Outcome, Plan
from relayviz.model.sweep.sweeper import WorkerError
from relayviz.model.sweep.told import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLAN = Plan(
    {"bursts": PRESETS["bursts"], "steady": PRESETS["steady"]},
    (Mode.NO_OVERWRITE, Mode.OVERWRITE),
    (1024, 4096),
    (2, 8, 16),
    ChannelConfig(cpus=2),
    1.0,
)


@pytest.fixture(scope="module")
def alone() -> dict[int, Outcome]:
    return dict(outcomes(PLAN.cells()))


def test_each_cell_is_what_a_simulated_run_is(alone: dict[int, Outcome]) -> None:
    cells = PLAN.cells()
    assert len(cells) == 24
    first = [(one.name, one.config.mode, one.config.subbuf_size) for one in cells[:9:3]]
    assert first == [
        ("bursts", Mode.NO_OVERWRITE, 1024),
        ("bursts", Mode.NO_OVERWRITE, 4096),
        ("bursts", Mode.OVERWRITE, 1024),
    ]
    assert [one.config.n_subbufs for one in cells[:3]] == [2, 8, 16]
    shares = set()
    for place in (0, 3, 4, 5, 9, 13):
        cell = cells[place]
        run = Simulation(cell.config, cell.load, cell.simulated)
        run.run(cell.seconds)
        live = run.snapshot.live
        assert live is not None
        numbers = totals(run.snapshot, live)
        run.close()
        for name in ("attempted", "consumed", "unread", "lost", "lost_share"):
            assert getattr(alone[place], name) == numbers[name], (place, name)
        assert alone[place].refused_full + alone[place].overwritten == numbers["lost"]
        shares.add(alone[place].lost_share)
    assert 0.0 in shares
    assert len(shares) > 3


def test_several_processes_find_the_same(alone: dict[int, Outcome]) -> None:
    assert dict(outcomes(PLAN.cells(), workers=2)) == alone


def test_nothing_is_lost_when_a_worker_dies(
    alone: dict[int, Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SWEEP_DIES", str(tmp_path / "died"))
    monkeypatch.setattr(here, "measure", dies_once)
    assert dict(outcomes(PLAN.cells(), workers=2)) == alone
    assert (tmp_path / "died").exists()


def dies_once(cell: Cell, goes_on: Callable[[], bool]) -> Outcome | None:
    """Measure, but for the first that comes to the fifth cell: that process is killed."""
    from pathlib import Path  # noqa: PLC0415  another process

    from relayviz.engines.sweep.measure import measure  # noqa: PLC0415  another process

    died = Path(os.environ["SWEEP_DIES"])
    if cell == PLAN.cells()[4] and not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(cell, goes_on)


def dies(cell: Cell, _goes_on: Callable[[], bool]) -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(error=str(cell))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_under_way_ends_when_nobody_wants_it(workers: int) -> None:
    """The third channel would take hours; the fourth is not begun."""
    short, long = PLAN.cells()[0], replace(PLAN.cells()[1], seconds=1e7)
    found: dict[int, Outcome] = {}
    asked = iter(range(10 if workers == 1 else 3))

    def goes_on() -> bool:
        return not found or next(asked, None) is not None

    for place, outcome in outcomes([short, long, long, short], workers, goes_on):
        found |= {place: outcome}
    assert found == {0: dict(outcomes([short]))[0]}


def test_workers_that_always_die_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "measure", dies)
    with pytest.raises(WorkerError, match="Give fewer workers or smaller channels"):
        list(outcomes(PLAN.cells()[:2], workers=2))


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two workers, a process each."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as made:
        yield made


def test_a_scheduler_finds_the_same_though_a_worker_dies(
    cluster: LocalCluster, alone: dict[int, Outcome]
) -> None:
    assert dict(outcomes_on(cluster.scheduler_address, PLAN.cells())) == alone
    found: dict[int, Outcome] = {}
    for place, outcome in outcomes_on(cluster.scheduler_address, PLAN.cells()):
        if not found:
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        found[place] = outcome
    assert found == alone


def test_a_scheduler_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relayviz.engines.cluster.PATIENCE", 1)
    assert cli.main(["sweep", "steady", "--scheduler", "tcp://127.0.0.1:9", "--quiet"]) == 2
    assert "no scheduler answers at tcp://127.0.0.1:9: start one" in capsys.readouterr().err


WORDS = ["sweep", "bursts", "steady", "--cpus", "2", "--subbuf-size", "1K,4K", "--quiet"]
WORDS += ["--n-subbufs", "2,8,16", "--mode", "no-overwrite,overwrite", "--for", "1s"]


class Cells(HTMLParser):
    """The cells of a heat map: its text, and what stands there as a title."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[tuple[str, str]] = []
        self._title: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._title = (dict(attrs).get("title") or "") if tag == "td" else None

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self.cells.append((data, self._title))
            self._title = None


def test_files_say_what_was_measured(
    alone: dict[int, Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [word for kind in ("csv", "json", "html") for word in (f"--{kind}", tmp_path / kind)]
    assert cli.main([*WORDS, *map(str, files)]) == 0
    rows = list(csv.DictReader((tmp_path / "csv").read_text(encoding="utf-8").splitlines()))
    told = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert told["complete"]
    assert len(rows) == len(told["cells"]) == len(alone)
    for place, cell in enumerate(PLAN.cells()):
        both = rows[place], {name: str(value) for name, value in told["cells"][place].items()}
        assert both[0] == both[1]
        assert (both[0]["load"], both[0]["mode"]) == (cell.name, cell.config.mode)
        sizes = int(both[0]["subbuf_size"]), int(both[0]["n_subbufs"])
        assert sizes == (cell.config.subbuf_size, cell.config.n_subbufs)
        assert int(both[0]["lost"]) == alone[place].lost
    cells = Cells((tmp_path / "html").read_text(encoding="utf-8")).cells
    assert len(cells) == len(alone)
    for place, (words, title) in enumerate(cells):
        assert (words == "0 %") == (alone[place].lost == 0)
        assert title.replace("\u202f", "").startswith(f"{alone[place].lost} of ")
    printed = capsys.readouterr().out
    assert printed.strip() == text_of(PLAN, [alone[place] for place in range(len(alone))])
    assert "bursts, overwrite\nsub-buffers" in printed


def test_ctrl_c_tells_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def some(_cells: list[Cell], _workers: int) -> Iterator[tuple[int, Outcome]]:
        yield 0, Outcome(attempted=10, lost=5)
        raise KeyboardInterrupt

    monkeypatch.setattr(here, "outcomes", some)
    assert cli.main([*WORDS, "--json", str(tmp_path / "json")]) == cli.INTERRUPTED
    printed = capsys.readouterr().out
    assert "50 %" in printed
    assert "· 23 channels not measured" in printed
    told = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert (told["complete"], len(told["cells"])) == (False, 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing"], "no preset 'nothing'"),
        (["steady", "--workers", "0"], "--workers: give 1 to 256."),
        (["steady", "--for", "0s"], "--for: give a time of more than 0 seconds."),
        (["steady", "steady"], "LOAD: two of them have the same name."),
        (["steady", "--cpus", "0"], "--cpus: Give 1 to 4096 CPUs."),
        (["as fast as it goes"], "give a rate"),
        (["steady", "--csv", "/nowhere/a.csv"], "--csv: /nowhere/a.csv: No such file"),
    ],
)
def test_what_cannot_be_is_told(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sweep", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_channel_that_cannot_be_opened_is_told_in_its_place() -> None:
    plan = Plan({"steady": PRESETS["steady"]}, sizes=(4096,), numbers=(0, 4), seconds=0.1)
    found = [outcome for _, outcome in outcomes(plan.cells())]
    assert found[0].error
    assert found[1].error == ""
    printed = text_of(plan, found)
    assert f"! {found[0].error}" in printed


def test_a_plan_is_refused_from_one_channel_too_many_on() -> None:
    for more, words in ((0, ""), (1, f"give {MOST_CELLS:,} at most")):
        plan = replace(PLAN, loads={"steady": PRESETS["steady"]}, modes=PLAN.modes[:1])
        plan = replace(plan, sizes=tuple(range(MOST_CELLS // 100 + more)), numbers=(2,) * 100)
        assert plan.problem().endswith(words + "." * bool(words))
        assert bool(plan.problem()) is bool(more)
