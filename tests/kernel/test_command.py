"""`relayviz kernel`: what it prints, its exit status, and what --save leaves on the disk."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from tests.kernel.dumps import BLKTRACE, FIVE, FIVE_612, Dump
from tests.kernel.kdumps import kdump_of, pages_of

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]


def words(dump: Dump, source: Path, *more: str) -> list[str]:
    beside = ["--types", str(dump.types), "--symbols", str(dump.symbols)]
    return ["kernel", str(source), *beside, *more]


def test_people_get_lines(tmp_path: Path, capsys: Capture) -> None:
    dump = Dump(FIVE)
    assert cli.main(words(dump, dump.written(tmp_path))) == 0
    out = capsys.readouterr().out.replace("\u202f", " ")
    too_big = (
        "the last event that was larger than a sub-buffer had 1 001 bytes; how many there were "
        "the kernel does not count"
    )
    for line in (
        "6.1.0-56-amd64: 5 relay channels",
        "It does not count what is lost; kernels from 6.17 on do.",
        "  overwrite: CPU 0 overwrites: produced − consumed is 33 of 7",
        "  no-overwrite: CPU 0 is blocked: its last switch was refused",
        f"  {too_big}",
        "  CPU 0  8/8 ready, BLOCKED  /relay_truth/noover/cpu0",
        "    produced 33, consumed 0, unread 6 080 bytes, lost not known",
        "    27 sub-buffers overwritten that nobody had reported as consumed",
    ):
        assert f"{line}\n" in out
    assert " lost 0" not in out


def test_a_known_client_is_told(tmp_path: Path, capsys: Capture) -> None:
    dump = Dump(BLKTRACE)
    assert cli.main(words(dump, dump.written(tmp_path))) == 0
    out = capsys.readouterr().out
    assert "blktrace of device 254:0, which counted 631 events dropped" in out
    assert "CPU 3  2/2 ready, BLOCKED  /block/nullb0/trace3" in out


@pytest.mark.parametrize("name", ["over", "over/cpu", "/relay_truth/over", "address"])
def test_one_channel_is_chosen(tmp_path: Path, capsys: Capture, name: str) -> None:
    dump = Dump(FIVE)
    source = dump.written(tmp_path)
    report = dump.truth["report_of_the_module"]
    address = next(channel["addr"] for channel in report if channel["name"] == "over")
    asked = f"{address:#x}" if name == "address" else name
    assert cli.main(words(dump, source, "--json", "--channel", asked)) == 0
    channels = json.loads(capsys.readouterr().out)["channels"]
    assert [channel["addr"] for channel in channels] == [address]


def test_a_channel_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    dump = Dump(FIVE)
    assert cli.main(words(dump, dump.written(tmp_path), "--channel", "ovr/cpu")) == 2
    assert "no channel ovr/cpu. Did you mean over/cpu?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([], "Give --symbols: a copy of its /proc/kallsyms"),
        (["--symbols", "SYMBOLS"], "Give --types: a copy of that kernel's /sys/kernel/btf/vmlinux"),
        (["--symbols", "SYMBOLS", "--types", "SYMBOLS"], "Give a table of fields"),
        (["--symbols", "SYMBOLS", "--types", "CORE"], "no BTF"),
        (["--symbols", "CORE", "--types", "TYPES"], "none of /proc/kallsyms"),
        (["--symbols", "OTHER", "--types", "TYPES"], "Do the symbols belong to this kernel?"),
        (["--symbols", "MISSING"], "cannot be read: No such file"),
    ],
)
def test_what_is_missing_is_named_with_its_remedy(
    tmp_path: Path, capsys: Capture, more: list[str], sentence: str
) -> None:
    dump = Dump(FIVE_612)
    source = dump.written(tmp_path)
    names = {
        "SYMBOLS": dump.symbols,
        "TYPES": dump.types,
        "CORE": source,
        "OTHER": Dump(FIVE).symbols,
        "MISSING": tmp_path / "missing",
    }
    asked = ["kernel", str(source), *(str(names.get(word, word)) for word in more)]
    assert cli.main(asked) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"relayviz kernel: {source.name}: ")
    assert sentence in captured.err


def test_no_source_is_answered_with_the_usage(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["kernel"])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("usage: relayviz kernel ")
    assert "which kernel? Give a dump, or --qemu, --live or --ssh" in err


def test_damage_is_told_and_sets_the_status(tmp_path: Path, capsys: Capture) -> None:
    dump = Dump(FIVE)
    with dump.open() as kernel:
        over = next(one for one in kernel.look().channels if one.name == "over/cpu")
        memory = over.buffers[1].start
        missing = kernel.memory._frame(memory)  # type: ignore[attr-defined]
    source = tmp_path / "core"
    source.write_bytes(kdump_of(dump.core, filtered=frozenset({missing})))
    assert cli.main(words(dump, source, "--json")) == 1
    channels = json.loads(capsys.readouterr().out)["channels"]
    hurt = [
        (channel["addr"], buffer["cpu"], buffer["crc32"], buffer["unread_bytes"])
        for channel in channels
        for buffer in channel["bufs"]
        if buffer["damage"]
    ]
    assert hurt == [(over.addr, 1, None, None)]
    assert cli.main(words(dump, source)) == 1
    out = capsys.readouterr().out
    assert "unread not known" in out
    assert "was filtered out of the dump" in out


def test_names_in_memory_cannot_move_the_cursor(tmp_path: Path, capsys: Capture) -> None:
    dump = Dump(FIVE)
    source = tmp_path / "core"
    source.write_bytes(dump.core.replace(b"relay_truth", b"re\x1b[31m\x07uth"))
    assert cli.main(words(dump, source)) == 0
    out = capsys.readouterr().out
    assert "re?[31m?uth" in out
    assert "\x1b" not in out


class TestSave:
    """What is saved opens again without anything beside it, and says the same."""

    @pytest.mark.parametrize("name", [FIVE, FIVE_612, BLKTRACE])
    def test_the_same_is_seen_again(self, tmp_path: Path, capsys: Capture, name: str) -> None:
        dump, saved = Dump(name), tmp_path / "saved"
        assert cli.main(words(dump, dump.written(tmp_path), "--json", "--save", str(saved))) == 0
        first = capsys.readouterr()
        assert cli.main(["kernel", str(saved), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(first.out)
        count = len(pages_of(saved.read_bytes()))
        assert f"saved has {count} pages of that kernel's memory" in first.err.replace("\u202f", "")
        again = tmp_path / "again"
        assert cli.main(["kernel", str(saved), "--save", str(again)]) == 0
        assert again.read_bytes() == saved.read_bytes()

    def test_only_its_owner_can_read_it(self, tmp_path: Path) -> None:
        dump, saved = Dump(BLKTRACE), tmp_path / "saved"
        before = os.umask(0)
        try:
            saved.write_bytes(b"something that others could read")
            saved.chmod(0o644)
            for _ in range(2):
                assert cli.main(words(dump, dump.written(tmp_path), "--save", str(saved))) == 0
                assert stat.S_IMODE(saved.stat().st_mode) == 0o600
                saved.unlink()
        finally:
            os.umask(before)

    def test_no_page_is_saved_that_was_not_needed(self, tmp_path: Path) -> None:
        """Of one channel: neither the symbol tables nor another channel's bytes."""
        dump, saved = Dump(FIVE), tmp_path / "saved"
        source = dump.written(tmp_path)
        asked = ["kernel", str(source), "--types", str(dump.types), "--channel", "noover"]
        assert cli.main([*asked, "--save", str(saved)]) == 0
        kept = pages_of(saved.read_bytes())
        with dump.open() as kernel:
            look = kernel.look()
            needed, others = (
                {
                    kernel.memory._frame(buffer.start + at)  # type: ignore[attr-defined]
                    for channel in look.channels
                    if (channel.name == "noover/cpu") is wanted
                    for buffer in channel.buffers
                    for at in range(0, channel.alloc_size, 4096)
                }
                for wanted in (True, False)
            )
        assert needed <= kept.keys()
        assert not others & kept.keys()
        assert len(kept) < len(needed) + 100
        assert saved.stat().st_size < 600_000
        assert cli.main(["kernel", str(saved), "--channel", "noover"]) == 0
        assert cli.main(["kernel", str(saved), "--channel", "over"]) == 1

    def test_the_dump_itself_is_not_replaced(self, tmp_path: Path, capsys: Capture) -> None:
        dump = Dump(BLKTRACE)
        source = dump.written(tmp_path)
        assert cli.main(words(dump, source, "--save", str(source))) == 2
        assert source.read_bytes() == dump.core
        assert "would replace the dump" in capsys.readouterr().err

    def test_where_nothing_can_be_written(self, tmp_path: Path, capsys: Capture) -> None:
        dump = Dump(BLKTRACE)
        target = tmp_path / "none" / "saved"
        assert cli.main(words(dump, dump.written(tmp_path), "--save", str(target))) == 2
        assert f"{target} cannot be written: No such file" in capsys.readouterr().err
        kept = tmp_path / "kept"
        kept.write_bytes(b"old")
        kept.chmod(0o444)
        assert cli.main(words(dump, dump.written(tmp_path), "--save", str(kept))) == 2
        assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b"old", 0o444)


@pytest.mark.parametrize("hz", ["0", "nan", "1e308", "often"])
def test_how_often_one_can_look_is_told(hz: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        cli.main(["kernel", "core", "--watch", hz])
    assert f"{hz!r}: give 0.01 to 100 a second." in capsys.readouterr().err
