"""Dumps as they really are: odd headers, overlapping segments, pages of zeros, pages left out."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from typing import TYPE_CHECKING

import cramjam
import lzallright
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz.engines.kernel.fault import DumpError, UnreadableError
from relayviz.engines.kernel.memory.elf import ElfCore, head_of
from relayviz.engines.kernel.memory.flattened import MAGIC as FLATTENED
from relayviz.engines.kernel.memory.flattened import Flattened
from relayviz.engines.kernel.memory.image import Blob
from relayviz.engines.kernel.memory.kdump import Kdump
from relayviz.engines.kernel.memory.opening import open_physical, physical_of
from relayviz.engines.kernel.memory.places import Piece, Places
from tests.kernel.dumps import BLKTRACE, SHARED, Dump
from tests.kernel.kdumps import PAGE, flattened, kdump_of, pages_of, segments_of, vmcoreinfo_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTE, LOAD = 4, 1
INFO = b"OSRELEASE=6.1.0\nSYMBOL(swapper_pg_dir)=ffffffff81000000\nNUMBER(phys_base)=0\n"


@pytest.fixture(scope="module")
def core() -> bytes:
    return Dump(BLKTRACE).core


def header(count: int, at: int = 64, size: int = 64) -> bytes:
    """The header of a core with so many program headers at this place."""
    return b"\x7fELF\2\1\1" + struct.pack(
        "<9xHHIQQQIHHHHHH", 4, 62, 1, 0, at, 0, 0, size, 56, count, 0, 0, 0
    )


def segment(kind: int, offset: int, physical: int, in_file: int, in_memory: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, 7, offset, 0, physical, in_file, in_memory, 0)


def note(content: bytes) -> bytes:
    return struct.pack("<III", 11, len(content), 0) + b"VMCOREINFO\0\0" + content


def core_with(*loads: tuple[int, int, int, int], data: bytes) -> ElfCore:
    """A core: for each segment the place within data, address, size in file, size in memory."""
    noted = note(INFO)
    begin = 64 + 56 * (1 + len(loads))
    head = header(1 + len(loads)) + segment(NOTE, begin, 0, len(noted), len(noted))
    base = begin + len(noted)
    for offset, *rest in loads:
        head += segment(LOAD, base + offset, *rest)
    return ElfCore(Blob(head + noted + data))


def page(letter: str) -> bytes:
    return letter.encode() * PAGE


def test_the_headers_of_qemu_are_read(core: bytes) -> None:
    """QEMU says that its header has 8 bytes, and puts the program headers at 192."""
    lines = segments_of(core)
    moved = b"".join(
        struct.pack("<IIQQQQQQ", *line[:2], line[2] + 4096, *line[3:]) for line in lines
    )
    odd = header(len(lines), at=192, size=8).ljust(192, b"\0") + moved
    odd = odd.ljust(4096, b"\0") + core
    with Dump(BLKTRACE).open(odd) as kernel, Dump(BLKTRACE).open() as plain:
        assert kernel.look() == plain.look()


def test_more_segments_than_the_header_can_count(core: bytes) -> None:
    """Then a section header has their number."""
    count, size = 70_000, 56
    lines = [segment(NOTE, *[segments_of(core)[0][place] for place in (2, 4, 5, 6)])]
    lines += [segment(LOAD, 0, PAGE * number, PAGE, PAGE) for number in range(1, count)]
    at = len(core)
    sections = at + count * size
    head = b"\x7fELF\2\1\1" + struct.pack(
        "<9xHHIQQQIHHHHHH", 4, 62, 1, 0, at, sections, 0, 64, 56, 0xFFFF, 64, 1, 0
    )
    last = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, count, 0, 0)
    found = ElfCore(Blob(head + core[64:] + b"".join(lines) + last))
    assert found.page(count - 1) == (head + core[64:])[:PAGE]
    with pytest.raises(UnreadableError):
        found.page(count)


def test_a_segment_inside_another_hides_no_page() -> None:
    found = core_with(
        (0, 0x1000, 4 * PAGE, 4 * PAGE),
        (PAGE, 0x2000, PAGE, PAGE),
        data=page("a") + page("b") + page("c") + page("d"),
    )
    assert [found.page(frame)[:1] for frame in (1, 2, 3, 4)] == [b"a", b"b", b"c", b"d"]
    assert found.extent == 4 * PAGE
    for frame in (0, 5, 2**52):
        with pytest.raises(UnreadableError, match="not in the dump"):
            found.page(frame)


def test_what_a_segment_has_in_memory_only_is_zeros() -> None:
    found = core_with((0, 0x1000, PAGE + 100, 3 * PAGE), data=page("a") + b"b" * 100)
    assert found.page(1) == page("a")
    assert found.page(2) == b"b" * 100 + bytes(PAGE - 100)
    assert found.page(3) == bytes(PAGE)
    with pytest.raises(UnreadableError):
        found.page(4)


def test_bytes_from_the_file_win_over_zeros_elsewhere() -> None:
    found = core_with((0, 0x1000, 0, 3 * PAGE), (0, 0x2000, PAGE, PAGE), data=page("a"))
    assert [found.page(frame)[:1] for frame in (1, 2, 3)] == [b"\0", b"a", b"\0"]


def test_a_page_of_a_file_that_was_cut_off_is_missing() -> None:
    found = core_with((0, 0x1000, 2 * PAGE, 2 * PAGE), data=page("a") + b"b" * 10)
    assert found.page(1) == page("a")
    with pytest.raises(UnreadableError):
        found.page(2)


def test_our_own_core_has_the_pages_it_was_given() -> None:
    pages = [(3, page("a")), (4, page("b")), (9, page("c"))]
    notes = {b"VMCOREINFO": INFO, b"MORE": b"12345"}
    content = head_of([frame for frame, _ in pages], notes) + b"".join(data for _, data in pages)
    found = ElfCore(Blob(content))
    assert pages_of(content) == dict(pages)
    assert found.notes == notes
    assert found.info.release == "6.1.0"
    assert vmcoreinfo_of(content) == INFO


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 30), st.integers(0, 500), st.integers(0, 3)),
        max_size=12,
    ),
    st.integers(0, 80),
    st.integers(1, 40),
)
def test_places_of_overlapping_pieces(
    pieces: list[tuple[int, int, int, int]], start: int, size: int
) -> None:
    """Held against looking at each piece for each address."""
    places = Places(
        Piece(begin, begin + count, source if source % 7 else None, rank)
        for begin, count, source, rank in pieces
    )
    allowed = {
        address: {
            source + address - begin if source % 7 else None
            for begin, count, source, rank in pieces
            if begin <= address < begin + count
            and rank
            == max(top for first, many, _, top in pieces if first <= address < first + many)
        }
        for address in range(start, start + size)
    }
    found: list[int | None] = []
    for source, count in places.parts(start, size):
        found += [None if source is None else source + place for place in range(count)]
    for address, source in enumerate(found, start):
        assert source in allowed[address]
    covered = next((place for place in range(size) if not allowed[start + place]), size)
    assert len(found) == covered
    everything = {address for begin, count, *_ in pieces for address in range(begin, begin + count)}
    assert places.total == len(everything)


def test_pages_of_a_compressed_dump_are_those_of_the_core(core: bytes) -> None:
    pages = pages_of(core)
    for packed in (kdump_of(core), kdump_of(core, compress=False), flattened(kdump_of(core))):
        found = physical_of(Blob(packed))
        assert isinstance(found, Kdump)
        assert {frame: found.page(frame) for frame in pages} == pages
        assert found.extent == len(pages) * PAGE
        with pytest.raises(UnreadableError, match="not in the dump"):
            found.page(max(pages) + 1)


def test_maps_are_believed_up_to_the_last_frame(core: bytes) -> None:
    """What a damaged map says of frames behind it is nothing."""
    found, last = Kdump(Blob(kdump_of(core))), max(pages_of(core))
    found._there = b"\xff" * len(found._there)
    assert len(found.page(last)) == PAGE
    with pytest.raises(UnreadableError, match="not in the dump"):
        found.page(last + 1)


class Shortened(Blob):
    """A file of which the last bytes are gone, although it was as long before."""

    gone = 0

    def read(self, offset: int, size: int) -> bytes:
        return super().read(offset, min(size, self.size - self.gone - offset))


@given(st.lists(st.binary(max_size=9), max_size=6), st.integers(0, 70), st.integers(1, 70))
def test_a_flattened_file_reads_as_it_was(pieces: list[bytes], start: int, size: int) -> None:
    """With holes between its records; and, shortened meanwhile, no byte stands elsewhere."""
    plain, records = bytearray(), b""
    for at, piece in enumerate(pieces):
        place = 12 * at
        plain += bytes(place - len(plain)) * bool(piece) + piece
        records += struct.pack(">qq", place, len(piece)) + piece
    raw = FLATTENED.ljust(PAGE, b"\0") + records + struct.pack(">qq", -1, -1)
    image = Shortened(raw)
    found = Flattened(image)
    assert found.read(start, size) == plain[start : start + size]
    image.gone = 16 + len(records) // 2
    assert plain[start:].startswith(found.read(start, size))


def test_a_page_that_was_filtered_out_is_missing_and_not_zeros(core: bytes) -> None:
    pages = pages_of(core)
    left_out = sorted(pages)[7]
    found = physical_of(Blob(kdump_of(core, filtered=frozenset({left_out}))))
    with pytest.raises(UnreadableError, match="filtered out"):
        found.page(left_out)
    assert all(found.page(frame) == pages[frame] for frame in pages.keys() - {left_out})


CODECS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "LZO": (0x2, lambda page: bytes(lzallright.LZOCompressor().compress(page))),
    "snappy": (0x4, lambda page: bytes(cramjam.snappy.compress_raw(page))),
    "zstd": (0x20, lambda page: bytes(cramjam.zstd.compress(page))),
}


@pytest.mark.parametrize("name", CODECS)
def test_pages_in_another_codec_are_those_of_the_core(core: bytes, name: str) -> None:
    flag, pack = CODECS[name]
    found = physical_of(Blob(kdump_of(core, flags=flag, pack=pack)))
    pages = pages_of(core)
    assert {frame: found.page(frame) for frame in pages} == pages


@pytest.mark.parametrize("name", CODECS)
def test_another_codec_without_its_package_is_refused_with_a_remedy(
    core: bytes, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("lzallright", "cramjam"):
        monkeypatch.setitem(sys.modules, package, None)
    flag, pack = CODECS[name]
    with pytest.raises(DumpError, match=rf"{name}.*relayviz\[dumps\].*makedumpfile -c"):
        physical_of(Blob(kdump_of(core, flags=flag, pack=pack)))


def single_page(core: bytes, flag: int, content: bytes) -> UnreadableError:
    """What is told of a page when a dump has this instead of it; the others are as they were."""
    packed = bytearray(kdump_of(core))
    frames = sorted(pages_of(core))
    maps = 2 * (-(-(frames[-1] + 1) // (8 * PAGE)) * PAGE)
    place = 2 * PAGE + maps + 24 * 3
    packed[place : place + 16] = struct.pack("<QII", len(packed), len(content), flag)
    found = physical_of(Blob(bytes(packed) + content))
    assert found.page(frames[2])
    with pytest.raises(UnreadableError) as told:
        found.page(frames[3])
    return told.value


def test_a_single_page_in_another_codec_is_told_when_it_is_read(
    core: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cramjam", None)
    assert "zstd" in str(single_page(core, 0x20, b"1234"))


@pytest.mark.parametrize("flag", [0x1, 0x2, 0x4, 0x20, 0x3, 0x26, 0x0])
@pytest.mark.parametrize("length", [0, 50, PAGE - 1, PAGE + 1])
def test_a_page_that_cannot_be_unpacked_is_damaged(core: bytes, flag: int, length: int) -> None:
    assert str(single_page(core, flag, b"\x5a" * length))


@pytest.mark.parametrize("name", ["zlib", *CODECS])
@pytest.mark.parametrize("size", [PAGE - 1, PAGE + 1, 1 << 22])
def test_a_page_that_is_too_long_or_too_short_is_damaged(core: bytes, name: str, size: int) -> None:
    flag, pack = CODECS.get(name, (0x1, zlib.compress))
    content = pack(bytes(size))
    assert "damaged" in str(single_page(core, flag, content))


def no_info(core: bytes) -> bytes:
    return core.replace(b"VMCOREINFO", b"VMCOREINFX", 1)


def of_arm(core: bytes) -> bytes:
    return core[:18] + struct.pack("<H", 183) + core[20:]


def of_32_bits(core: bytes) -> bytes:
    return core[:4] + b"\1" + core[5:]


def a_program(core: bytes) -> bytes:
    return core[:16] + struct.pack("<H", 2) + core[18:]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (no_info, "no vmcoreinfo.*-device vmcoreinfo.*qemu_fw_cfg"),
        (of_arm, "another architecture"),
        (of_32_bits, "another architecture"),
        (a_program, "no core"),
        (lambda core: core[:40], "ends within"),
        (lambda core: core[:100], "cut off"),
        (lambda core: core[:0], "no dump that is known"),
        (lambda core: b"hello" + core, "no dump that is known.*makedumpfile"),
        (lambda core: b"\xfd7zXZ\0" + core, "Unpack it first, with xz -d"),
        (lambda core: b"\x1f\x8b" + core, "Unpack it first, with gzip -d"),
        (lambda core: kdump_of(core, machine="aarch64"), "aarch64"),
        (lambda core: kdump_of(core)[:3000], "cut off"),
        (lambda core: kdump_of(core)[: 3 * PAGE], "damaged|cut off"),
        (lambda core: flattened(kdump_of(core))[:-40], "do not come to an end"),
        (lambda core: flattened(kdump_of(core))[:4096], "do not come to an end"),
    ],
)
def test_what_is_no_dump_is_refused_with_a_sentence(
    core: bytes, change: Callable[[bytes], bytes], sentence: str
) -> None:
    with pytest.raises(DumpError, match=sentence):
        physical_of(Blob(change(core)))


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, sentence in (
        (tmp_path, "no file"),
        (tmp_path / "pipe", "no file"),
        (tmp_path / "missing", "No such file"),
        (tmp_path / "with\0zero", "cannot be opened"),
    ):
        with pytest.raises(DumpError, match=sentence):
            open_physical(path)


def test_a_file_that_is_shortened_meanwhile_ends_in_a_sentence(core: bytes, tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(core)
    physical = open_physical(path)
    frame = max(pages_of(core))
    assert physical.page(frame)
    os.truncate(path, PAGE)
    with pytest.raises(UnreadableError):
        physical.page(frame)
    physical.close()
    physical.close()


def test_a_dump_that_makedumpfile_wrote() -> None:
    """With the same pages as the ELF core beside it."""
    path = SHARED / "v61-five-channels" / "core.kdump"
    if not path.exists():
        pytest.skip("the large dumps are not beside this checkout")
    physical = open_physical(path)
    pages = pages_of(Dump("v61-five-channels").core)
    assert {frame: physical.page(frame) for frame in pages} == pages
    physical.close()
