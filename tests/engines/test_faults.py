"""The catalogue of faults: the finding that names it appears, and none of the others'."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live import LiveEngine
from relayviz.model.finding import Fault
from tests.engines.faults import CASES, Case
from tests.engines.running import await_that, faults_of, left_over, live_of, stand

if TYPE_CHECKING:
    from relayviz.model.snapshot import Snapshot


def found_out(case: Case) -> Snapshot:
    """Run until all faults of a case are told, or the time is up; return the state then."""
    engine = LiveEngine(case.config, case.load)
    try:
        engine.start()
        await_that(lambda: case.faults <= faults_of(engine.snapshot), str(sorted(case.faults)))
        return stand(engine)
    finally:
        engine.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.load.title.replace(" ", "-"))
def test_the_fault_is_named_and_no_other(case: Case) -> None:
    snapshot = found_out(case)
    assert faults_of(snapshot) == case.faults, live_of(snapshot).findings
    for finding in live_of(snapshot).findings:
        assert finding.text.endswith(".")
        assert any(letter.isdigit() for letter in finding.text + finding.helps)
        if finding.fault is not None:
            assert finding.helps
            assert finding.show is not None
            assert finding.show.cpu < case.config.cpus
    assert left_over() == []


def test_every_fault_is_documented(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs" / "findings.md").read_text(encoding="utf-8")
    assert [fault for fault in Fault if f"| {fault} |" not in text] == []


def test_the_catalogue_has_every_fault() -> None:
    assert {fault for case in CASES for fault in case.faults} == set(Fault)
    assert sum(len(case.faults) == 1 for case in CASES) >= 12
