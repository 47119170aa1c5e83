"""C structs as layouts: places against a compiler, meanings by name, how much of a file fits."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.fitting import fitted
from relayviz.model.capture.fields import Form
from relayviz.model.capture.layout import LayoutError, read_layout
from relayviz.model.capture.shipped import shipped
from relayviz.model.capture.structs.cstruct import StructError, read_struct
from relayviz.model.capture.structs.pasted import guessed, roles_of
from tests.capture.test_truth import LOSSY, files, truth

if TYPE_CHECKING:
    from pathlib import Path

BLKTRACE = """
/* struct of a record */
struct blk_io_trace {
    __u32 magic;     // MAGIC << 8 | version
    __u32 sequence;
    __u64 time;
    __u64 sector;
    __u32 bytes, action;
    __u32 pid;
    __u32 device;
    __u32 cpu;
    __u16 error;
    __u16 pdu_len;
};
"""
PREAMBLE = """
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
typedef uint8_t u8, __u8; typedef uint16_t u16, __u16, __le16, __be16;
typedef uint32_t u32, __u32, __le32, __be32; typedef uint64_t u64, __u64, __le64;
typedef int64_t s64, ktime_t; typedef int32_t s32; typedef int pid_t;
typedef unsigned long sector_t;
#define __packed __attribute__((packed))
"""
#: Structs as kernel modules have them, with the fields whose places a compiler is asked for.
STRUCTS = {
    "plain": (
        "struct ev { u32 magic; u8 type; u64 ts; char comm[16]; u16 n; };",
        "magic type ts comm n",
    ),
    "packed": ("struct ev { __u32 magic; u8 t; u64 ts; } __packed;", "magic t ts"),
    "packed before": ("struct __attribute__((packed)) ev { u8 t; __le64 ts; };", "t ts"),
    "types": (
        "struct ev { pid_t p; unsigned long l; short s; ktime_t t; sector_t c; void *v; };",
        "p l s t c v",
    ),
    "nested": (
        "struct head { u32 a; u16 b; };\nstruct ev { u8 x; struct head h; u64 ts; u8 data[]; };",
        "x h.a h.b ts",
    ),
    "anonymous": (
        "struct ev { u32 a; union { u32 b; u16 c[2]; }; struct { u8 d; u32 e; } in; };",
        "a b c in.d in.e",
    ),
    "define": ("#define LEN 12\nstruct ev { char c[LEN]; u32 x[3]; s32 y; };", "c x y"),
    "enum": ("enum kind { A, B = 7 };\nstruct ev { u8 a; enum kind kind; u64 b; };", "a kind b"),
    "several": ("struct ev { u8 a, b[3]; u32 c, *d, e; };", "a b c d e"),
    "qualified": ("struct ev { const volatile u32 a; u64 b; };", "a b"),
}


@pytest.mark.skipif(shutil.which("cc") is None, reason="asks a C compiler")
def test_places_are_those_of_a_compiler(tmp_path: Path) -> None:
    """One program says offset and size of every field of every struct."""
    parts = [PREAMBLE]
    prints = []
    for number, (source, fields) in enumerate(STRUCTS.values()):
        renamed = source.replace("struct ev ", f"struct ev{number} ").replace(
            ") ev ", f") ev{number} "
        )
        parts.append(renamed.replace("head", f"head{number}").replace("kind", f"kind{number}"))
        prints.append(f'printf("%zu\\n", sizeof(struct ev{number}));')
        for field in fields.replace("kind", f"kind{number}").split():
            of = f"struct ev{number}"
            prints.append(
                f'printf("%zu %zu\\n", offsetof({of}, {field}), sizeof((({of} *)0)->{field}));'
            )
    parts.append(f"int main(void) {{ {' '.join(prints)} return 0; }}")
    (tmp_path / "x.c").write_text("\n".join(parts))
    subprocess.run(["cc", "-w", "-o", tmp_path / "x", tmp_path / "x.c"], check=True)
    said = iter(
        subprocess.run(
            [tmp_path / "x"], check=True, capture_output=True, text=True
        ).stdout.splitlines()
    )
    for name, (source, names) in STRUCTS.items():
        struct = read_struct(source)
        assert struct.size == int(next(said)), name
        found = {field.name: field for field in struct.fields}
        for field in names.split():
            assert (found[field].at, found[field].size) == tuple(map(int, next(said).split())), (
                name,
                field,
            )


def test_whole_numbers_are_known_in_every_spelling(tmp_path: Path) -> None:
    spelled = [
        *("unsigned", "signed", "int", "signed int", "unsigned int", "short", "short int"),
        *("unsigned short int", "short unsigned", "short unsigned int", "signed short"),
        *("long", "long int", "unsigned long int", "long unsigned int", "long signed int"),
        *("long long", "long long int", "unsigned long long int", "long long unsigned int"),
        *("unsigned long", "unsigned long long", "signed long", "unsigned char"),
    ]
    text = "".join(f"  {kind} a{place};\n" for place, kind in enumerate(spelled))
    found = read_struct(f"struct each {{\n{text}}};")
    sizes = ", ".join(f"sizeof({kind})" for kind in spelled)
    source = tmp_path / "sizes.c"
    source.write_text(
        f"#include <stdio.h>\nint main(void) {{ int all[] = {{{sizes}}};\n"
        'for (unsigned i = 0; i < sizeof all / sizeof *all; i++) printf("%d ", all[i]); }'
    )
    program = tmp_path / "sizes"
    subprocess.run([shutil.which("cc") or "cc", "-o", program, source], check=True)
    told = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    assert [one.size for one in found.fields] == [int(size) for size in told.split()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello world", "^It cannot be read: line 1: unexpected token “hello”\\.$"),
        ("struct ev { int ; };", "^It cannot be read: something in it is not understood\\.$"),
        ("", "No struct is in it"),
        ("struct ev { u32 a;", "Not as many"),
        ("struct ev { mystery_t a; };", "mystery_t"),
        ("struct ev { u8 data[]; };", "no field with a fixed place"),
        ("int x;", "."),
        ("struct ev { u32 a; };" + " " * (1 << 17), "too much text"),
    ],
)
def test_what_is_no_struct_says_what_to_change(text: str, words: str) -> None:
    with pytest.raises(StructError, match=words):
        read_struct(text)


def test_what_fields_mean_goes_by_their_names_or_by_what_is_said() -> None:
    struct = read_struct(BLKTRACE)
    roles = guessed(struct)
    assert (roles.mark, roles.length, roles.sequence, roles.time, roles.cpu) == (
        *("magic", "pdu_len", "sequence", "time", "cpu"),
    )
    said = roles_of("length=pdu_len+48, mark = magic@0x65617407, cpu=cpu", struct)
    assert (said.length, said.bias, said.mark, said.value) == ("pdu_len", 48, "magic", 0x65617407)
    for wrong in ("length", "size=bytes", "length=nothing", "cpu=cpu+3", "length=pdu_length"):
        with pytest.raises(LayoutError):
            roles_of(wrong, struct)


@pytest.mark.parametrize("folder", LOSSY[:2])
def test_a_pasted_struct_finds_what_the_shipped_layout_does(tmp_path: Path, folder: str) -> None:
    source, saved = tmp_path / "trace.h", tmp_path / "mine.toml"
    source.write_text(BLKTRACE)
    names = [str(path) for path in files(folder)]
    words = ["capture", *names, "--struct", str(source), "--save-layout", str(saved)]
    assert cli.main([*words, "--expect", f"records == {truth(folder)['kept']}"]) == 0
    layout = read_layout(saved)
    theirs = next(one for one in shipped() if one.name == "blktrace 7")
    for part in ("mark", "marks", "length", "bias", "sequence", "time", "cpu", "header"):
        if part != "marks":
            assert getattr(layout, part) == getattr(theirs, part)
    assert [one.name for one in layout.fields] == [one.name for one in theirs.fields]
    again = open_capture(files(folder), layout)
    assert again.records == truth(folder)["kept"]


def test_how_much_fits_is_said_where_it_is_too_little(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "wrong.h"
    source.write_text("struct ev { u32 magic; u32 len; };")
    name = str(files(LOSSY[0])[0])
    assert cli.main(["capture", name, "--struct", str(source)]) == 2
    said = capsys.readouterr().err
    assert "are records" in said
    assert "--fields" in said
    assert cli.main(["capture", name, "--fields", "cpu=cpu"]) == 2
    assert "--struct" in capsys.readouterr().err
    assert cli.main(["capture", name, "--struct", str(tmp_path / "no.h")]) == 2


def test_the_byte_order_is_that_of_the_types_or_of_what_fits(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"".join(b"\x12\x34" + n.to_bytes(2, "big") + bytes(4) for n in range(50)))
    for kind in ("__be16", "u16"):
        struct = read_struct(f"struct ev {{ {kind} magic; {kind} seq; u32 x; }};")
        fit = fitted(struct, guessed(struct), "ev", path)
        assert (fit.share, fit.records, fit.table["order"]) == (1.0, 50, "big")
        assert (fit.table["header"], fit.table["largest"]) == (8, 8)
        assert fit.is_numbered


@pytest.mark.parametrize(
    ("size", "is_signed", "names"),
    [
        (1, False, "u8 __u8 bool _Bool"),
        (1, True, "s8 __s8"),
        (2, False, "u16 __u16 __le16 __be16 umode_t"),
        (2, True, "s16 __s16"),
        (4, False, "u32 __u32 __le32 __be32 dev_t gfp_t uid_t gid_t"),
        (4, True, "s32 __s32 pid_t atomic_t"),
        (8, False, "u64 __u64 __le64 __be64 ulong size_t sector_t dma_addr_t phys_addr_t cycles_t"),
        (8, True, "s64 __s64 ssize_t loff_t ktime_t time64_t"),
    ],
)
def test_names_of_kernel_sources_are_as_long_as_there(
    size: int, is_signed: bool, names: str
) -> None:
    """On a 64-bit kernel, as its include/linux/types.h says."""
    for name in names.split():
        (first, second) = read_struct(f"struct one {{ {name} a; {name} b; }};").fields
        assert (first.size, second.at) == (size, size), name
        assert (first.form is Form.SIGNED) is is_signed, name
