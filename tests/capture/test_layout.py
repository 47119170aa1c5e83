"""Layouts of one's own: every mistake in one is named, and a right one is found in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.engines.capture.native import packed
from relayviz.model.capture.layout import Field, LayoutError, layout_of, read_layout
from relayviz.model.capture.shipped import shipped
from relayviz.relay import is_valid_layout

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
name = "mine"
header = 8
mark = { at = 0, size = 2, value = 0x1234 }
length = { at = 2, size = 2, bias = 8 }
sequence = { at = 4, size = 4 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_layout_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = b"".join(
        (0x1234).to_bytes(2, "little")
        + bytes([number, 0])
        + number.to_bytes(4, "little")
        + b"x" * number
        for number in (1, 2, 5, 6)
    )
    (tmp_path / "log").write_bytes(data)
    layout = written(tmp_path, GOOD)
    assert cli.main(["capture", str(tmp_path / "log"), "--layout", str(layout)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("mine: 4 records")  # whether it was tried its owner knows
    assert "2 records missing, in 1 gap" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("header = 8", "", "needs header"),
        ("header = 8", "header = 0", "header in the layout is a number from 1"),
        ("header = 8", "header = true", "is a number"),
        ("header = 8", "header = 7", "sequence ends at byte 8, the header has 7"),
        ("size = 2, value", "size = 3, value", "1, 2, 4 or 8"),
        ("value = 0x1234", "value = 5, to = 4", "from 5 on"),
        ("value = 0x1234", "valu = 5", "needs value"),
        ("mark =", "mrak =", "no mrak. Did you mean mark"),
        ('name = "mine"', 'name = "mine"\nlargets = 5', "no largets. Did you mean largest"),
        ('name = "mine"', "name = 5", "name in the layout is a text"),
        ('name = "mine"', 'name = "mine"\norder = "middle"', "one of little, big, either"),
        ('name = "mine"', 'name = "mine"\nlengths = [1, 0]', "list of numbers"),
        ('name = "mine"', 'name = "mine"\nlengths = [1048577]', "lengths are 1048576 bytes at"),
        ('name = "mine"', 'name = "mine"\nlargest = 1048577', "largest .* to 1048576"),
        ('name = "mine"', 'name = "mine"\ntime = 4', "a table like"),
        ('name = "mine"', 'name = "mine"\ntried = 1', "true or false"),
        ('name = "mine"', "name = mine", "is no TOML"),
        ('name = "mine"', 'name = "mine"\ncpu = { at = 0, size = 1, x = 1 }', "cpu has no x"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(LayoutError, match=f"mine.toml.*{told}"):
        read_layout(written(tmp_path, GOOD.replace(old, new, 1)))


def test_a_layout_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["capture", "x", "--layout", str(tmp_path / "none")]) == 2
    assert "none cannot be read" in capsys.readouterr().err


def test_shipped_layouts_can_be_searched_for_and_say_whether_they_were_tried() -> None:
    names = {layout.name: layout.status for layout in shipped()}
    assert names["blktrace 8"] == names["SystemTap bulk"] == "not tried on a real file"
    assert names["blktrace 7"] == names["ath9k spectral"] == names["ath10k spectral"] == ""
    for layout in shipped():
        for order in layout.orders:
            assert is_valid_layout(packed(layout, order))


def test_blktrace_8_lies_as_the_header_says() -> None:
    """Struct blk_io_trace2: the action is wider, so what follows it moves."""
    layout = next(layout for layout in shipped() if layout.name == "blktrace 8")
    assert (layout.header, layout.cpu, layout.length, layout.flags) == (
        64, Field(44, 4), Field(50, 2), Field(32, 8))  # fmt: skip


def test_a_value_beyond_64_bits_is_refused() -> None:
    with pytest.raises(LayoutError, match="number"):
        layout_of({"name": "x", "header": 1 << 64})
