"""The kernel's recordings with the writer in one process and the files in another."""

from pathlib import Path

from relayviz import relay
from relayviz.conformance import conform
from relayviz.conformance.elsewhere import ElsewhereHost

RECORDINGS = Path(__file__).parent / "recordings"


def test_files_elsewhere_do_as_recorded() -> None:
    report = conform([RECORDINGS / "curated.jsonl.gz"], relay, make_host=ElsewhereHost)
    assert list(report.errors) == []
    assert report.mismatches == []
    assert (report.sequences, report.steps, report.left_out) == (333, 5036, {})
    assert report.status == 0
