"""However reading or writing a session ends, whoever asked is told, once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from relayviz.gui.sessions import writer as writing
from relayviz.gui.sessions.writer import Ends, Target, Writer
from relayviz.model.session.keeping import ChangedError, Known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Never

FILE = Path("x.relay.toml")
FAULTS = {
    OSError(28, "No space left on device"): "No space left on device",
    ValueError("it is odd"): "it is odd",
}
CHANGED = ChangedError(FILE, "theirs", "ours")


@pytest.fixture
def writer(qapp: QApplication) -> Iterator[Writer]:
    del qapp
    made = Writer()
    yield made
    made.end()


def ended(writer: Writer) -> None:
    """Wait until it is through, and has told so."""
    writer.wait()
    QApplication.processEvents()


@pytest.mark.parametrize("fault", [*FAULTS, CHANGED, None], ids=lambda one: type(one).__name__)
def test_saving_ends_one_way(writer: Writer, tmp_path: Path, fault: Exception | None) -> None:
    known, told = Known(tmp_path / FILE, "as it is"), list[object]()

    def put(target: Target) -> Known:
        assert target.path.parent.is_dir()
        if fault is not None:
            raise fault
        return known

    ends = Ends(kept=told.append, changed=told.append, failed=told.append)
    writer.keep(put, Target(tmp_path / "new" / FILE), ends)
    ended(writer)
    words = f"{FILE} cannot be written: {FAULTS[fault]}." if fault in FAULTS else fault
    assert told == [words or known]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: type(one).__name__)
def test_what_goes_wrong_is_told(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(*_: object) -> Never:
        raise fault

    monkeypatch.setattr(writing, "captured", fail)
    monkeypatch.setattr(writing, "load_known", fail)
    told: list[object] = []
    writer.write(None, None, tmp_path / FILE, told.append)  # type: ignore[arg-type]
    ended(writer)
    assert told == [f"{FILE} cannot be written: {FAULTS[fault]}."]
    writer.read(tmp_path / FILE, lambda *_: told.append("read"), told.append)
    ended(writer)
    assert told[1:] == [f"{FILE} cannot be read: {fault}."]
