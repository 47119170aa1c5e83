"""A kernel that runs: /proc/kcore, here a file of its shape, which changes while it is read."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.engines.kernel.fault import DumpError, KernelError
from relayviz.engines.kernel.kernel import Kernel
from relayviz.engines.kernel.opening import open_live
from relayviz.engines.kernel.saving import save
from relayviz.kernel import command
from relayviz.kernel.report import report_of
from tests.kernel.compare import differences
from tests.kernel.dumps import FIVE_612, Dump
from tests.kernel.flat import Flat, Made
from tests.kernel.kdumps import vmcoreinfo_of
from tests.kernel.test_memory import header, note

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.paging import Paged

PAGE = 4096


class Noted:
    """A dump's memory that knows which pages were read, by virtual address."""

    def __init__(self, memory: Paged) -> None:
        self._memory = memory
        self.info, self.extent, self.is_live = memory.info, memory.extent, False
        self.pages: set[int] = set()

    def read(self, address: int, size: int) -> bytes:
        found = self._memory.read(address, size)
        self.pages |= set(range(address // PAGE, -(-(address + size) // PAGE)))
        return found

    def forget(self) -> None:
        """A dump does not change."""

    def close(self) -> None:
        """Its owner closes it."""


@pytest.fixture
def kcore(tmp_path: Path) -> Path:
    """A file as /proc/kcore would have been of the kernel of a dump."""
    dump = Dump(FIVE_612)
    with dump.open() as whole:
        noted = Noted(whole.memory)  # type: ignore[arg-type]
        kernel = Kernel(noted, whole.symbols, whole.layout)
        look = kernel.look()
        report_of(kernel, look.channels, look.damage)
        pages = sorted(noted.pages)
        content = b"".join(whole.memory.read(page * PAGE, PAGE) for page in pages)
    noted_info = note(vmcoreinfo_of(dump.core))
    at = 64 + 56 * (1 + len(pages))
    rows = [struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(noted_info), len(noted_info), 0)]
    for number, page in enumerate(pages):
        place = at + len(noted_info) + number * PAGE
        rows.append(struct.pack("<IIQQQQQQ", 1, 7, place, page * PAGE, 2**64 - 1, PAGE, PAGE, 0))
    path = tmp_path / "kcore"
    path.write_bytes(header(1 + len(pages)) + b"".join(rows) + noted_info + content)
    return path


@pytest.fixture
def here(kcore: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as what the command finds for the kernel that runs."""
    dump = Dump(FIVE_612)
    for name, path in (("KCORE", kcore), ("TYPES", dump.types), ("SYMBOLS", dump.symbols)):
        monkeypatch.setattr(command, name, path)
    return kcore


def test_the_kernel_that_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = Dump(FIVE_612)
    assert cli.main(["kernel", str(here), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert differences(found["channels"], dump.truth["report_of_the_module"]) == (444, [])


def test_it_is_watched_until_ctrl_c(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "sleep", wait)
    assert cli.main(["kernel", str(here), "--json", "--watch", "20"]) == cli.INTERRUPTED
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(len(json.loads(line)["channels"]) == 5 for line in lines)
    assert waits == [0.05] * 3


def test_a_dump_is_not_watched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = Dump(FIVE_612)
    beside = ["--types", str(dump.types), "--symbols", str(dump.symbols)]
    asked = ["kernel", str(dump.written(tmp_path)), *beside, "--watch", "5"]
    assert cli.main(asked) == 2
    assert "A dump does not change" in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["0", "-1", "often", "nan", "inf", "1e9"])
def test_a_rate_that_is_none(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["kernel", "x", "--watch", rate])
    assert "give a number from 0.01 to 1000.0" in capsys.readouterr().err


def test_what_cannot_be_opened_says_what_it_takes(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match=r"CAP_SYS_RAWIO.*locked down"):
        open_live(tmp_path / "none")


def test_a_kernel_that_is_read_by_its_own_addresses_cannot_be_saved(
    kcore: Path, tmp_path: Path
) -> None:
    dump = Dump(FIVE_612)
    with (
        open_live(kcore, dump.types, dump.symbols) as kernel,
        pytest.raises(KernelError, match="Only what was read by pages"),
    ):
        save(tmp_path / "saved", kernel, Kernel.look)
    assert not (tmp_path / "saved").exists()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_files_are_closed(kcore: Path) -> None:
    dump = Dump(FIVE_612)
    before = descriptors()
    for symbols in (dump.symbols, dump.types):
        try:
            with open_live(kcore, dump.types, symbols):
                pass
        except KernelError:
            assert symbols == dump.types
    assert descriptors() == before


class Moving(Flat):
    """Memory in which something happens before each read of some address."""

    def __init__(self) -> None:
        self.at = 0
        self.happens: list[tuple[Made, int, dict[str, int]]] = []
        super().__init__()

    def read(self, address: int, size: int) -> bytes:
        if address == self.at and self.happens:
            made, channel, fields = self.happens.pop(0)
            made.set(channel, 0, **fields)
        return super().read(address, size)


def test_what_the_writer_came_to_meanwhile_is_left_out() -> None:
    flat = Moving()
    made = Made(flat)
    channel = made.channel(64, 4)
    start = made.get(channel, 0, "start")
    made.set(channel, 0, subbufs_produced=5, data=start + 64, offset=8)
    kernel = flat.kernel()
    (found,) = kernel.look().channels
    flat.at = start
    flat.happens = [(made, channel, {"subbufs_produced": 6, "data": start + 128, "offset": 16})]
    contents = kernel.contents(found, found.buffers[0])
    assert contents.held is not None
    assert [span.number for span in contents.held.spans] == [3, 4, 5]
    assert contents.held.left_out == 1


def test_a_switch_that_goes_on_is_read_again() -> None:
    """The first reading finds the writer inside a switch, the second finds it done."""
    flat = Moving()
    made = Made(flat)
    channel = made.channel(64, 4)
    start = made.get(channel, 0, "start")
    made.set(channel, 0, subbufs_produced=5, data=start, offset=8)
    kernel = flat.kernel()
    (found,) = kernel.look().channels
    flat.at = start
    flat.happens = [(made, channel, {"data": start + 64, "offset": 24})]
    contents = kernel.contents(found, found.buffers[0])
    assert contents.held is not None
    assert contents.held.is_consistent
    assert contents.buffer.offset == 24
    assert contents.held.spans[-1].end == 64 + 24


def test_a_switch_that_never_ends_is_told() -> None:
    """As in a dump of a kernel that stopped there."""
    flat = Flat()
    made = Made(flat)
    channel = made.channel(64, 4)
    made.set(channel, 0, subbufs_produced=5, offset=8)
    kernel = flat.kernel()
    (found,) = kernel.look().channels
    contents = kernel.contents(found, found.buffers[0])
    assert contents.held is not None
    assert not contents.held.is_consistent
    assert contents.unread is not None
    assert [span.number for span in contents.unread.spans] == [2, 3, 4]
