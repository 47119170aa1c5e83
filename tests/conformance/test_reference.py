"""The reference in plain Python does what the kernel did."""

from pathlib import Path

import pytest

from relayviz.conformance import conform
from tests import reference

RECORDINGS = Path(__file__).parent / "recordings"


@pytest.mark.parametrize(
    ("name", "sequences", "steps"), [("curated", 333, 5036), ("random", 373, 23041)]
)
def test_reference_does_as_recorded(name: str, sequences: int, steps: int) -> None:
    report = conform([RECORDINGS / f"{name}.jsonl.gz"], reference)
    assert list(report.errors) == []
    assert report.mismatches == []
    assert (report.sequences, report.steps, report.left_out) == (sequences, steps, {})
    assert report.anomalies > 0
    assert report.status == 0
