"""Loads as TOML and plain dicts: nothing is lost on the way, and a mistake is told at its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.load import file as load_file
from relayviz.model.load.file import (
    LoadError,
    from_dict,
    from_toml,
    recorded_sizes,
    text_of,
    to_toml,
)
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)
from relayviz.model.load.presets import PRESETS

seconds = st.sampled_from([0.0, 0.01, 2.5])
sizes = st.builds(
    Sizes,
    st.sampled_from(SizeKind),
    st.just(16),
    st.just(400),
    st.integers(16, 400),
    st.lists(st.integers(16, 5000), min_size=1, max_size=5).map(tuple),
)
writing = st.builds(Writing, st.sampled_from([0.0, 1e4, 12.5, AS_FAST_AS_IT_GOES]), sizes)
reading = st.builds(
    Reading,
    st.just(ReaderKind.MMAP),
    seconds,
    st.integers(0, 9),
    forget_every=st.integers(0, 3),
    report_extra=st.integers(0, 3),
) | st.builds(Reading, st.sampled_from([ReaderKind.NONE, ReaderKind.READ]), seconds)


def own(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.dictionaries(st.integers(0, 63), kind, max_size=3)
    return several.map(lambda found: tuple(sorted(found.items())))


loads = st.builds(
    Load,
    writing,
    reading,
    own(writing),
    own(reading),
    seconds,
    st.integers(1, 4),
    st.integers(1, 4),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8),
)


@given(loads)
def test_a_load_comes_back_from_toml_and_json(load: Load) -> None:
    assert from_toml(to_toml(load)) == load
    assert from_dict(json.loads(json.dumps(load_file.to_dict(load), allow_nan=False))) == load


def test_what_is_left_out_has_its_default() -> None:
    text = 'version = 1\n[writing]\nrate = "max"\n[[readers]]\ncpu = 7\nkind = "mmap"\n'
    assert from_toml(text) == Load(
        writing=Writing(rate=AS_FAST_AS_IT_GOES), readers=((7, Reading(ReaderKind.MMAP)),)
    )


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("writing = {}", "version", "version = 3"),
        ("version = 4", "version", "knows 3"),
        ("version = 0", "version", "knows 3"),
        ("version = true", "version", "version = 3"),
        ("version = 1\nwritting = {}", "writting", "Did you mean writing"),
        ("version = 1\nwriting = 3", "writing", "table"),
        ("version = 1\nwriting.rate = 'fast'", "writing.rate", "a number"),
        ("version = 1\nwriting.rate = nan", "writing.rate", "a number"),
        ("version = 1\nwriting.rate = -1", "writing.rate", "0 to"),
        ("version = 1\nwriting.sizes.kind = 'big'", "writing.sizes.kind", '"uniform"'),
        ("version = 1\nwriting.sizes.recorded = [16, 'x']", "writing.sizes.recorded.1", "whole"),
        ("version = 1\nreading.batch = 1.5", "reading.batch", "whole"),
        ("version = 1\nreading.batch = true", "reading.batch", "whole"),
        ("version = 1\nreading.forget_every = 1", "reading.forget_every", "mmap"),
        ("version = 1\nreaders = [{pace = 1}]", "readers.0.cpu", "which CPU"),
        ("version = 1\nreaders = [{cpu = 1}, {cpu = 1}]", "readers.1.cpu", "before"),
        ("version = 1\nwriters = [{cpu = 1, paces = 2}]", "writers.0.paces", "no such field"),
        ("version = 1\ntitle = 3", "title", "text"),
        (f"version = 1\nwriter_threads = 0x{'f' * 9999}", "writer_threads", "39996 bits"),
        (f"version = 1\nwriting.rate = 0x{'f' * 9999}", "writing.rate", "a number of 39996 bits"),
        (f"version = 0x{'f' * 9999}", "version", "knows 3"),
        ("version = ", "", "no TOML"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, field: str, words: str) -> None:
    with pytest.raises(LoadError) as caught:
        from_toml(text)
    assert caught.value.field == field
    assert words in caught.value.message


def test_presets_are_loads_that_work_and_can_be_kept() -> None:
    assert next(iter(PRESETS)) == "steady"
    for name, load in PRESETS.items():
        assert load.problems() == {}, name
        assert from_toml(to_toml(load)) == load
        assert load.title == name
    assert len({replace(load, title="") for load in PRESETS.values()}) == len(PRESETS)


def test_recorded_sizes_are_read_line_by_line() -> None:
    assert recorded_sizes("# sizes of a boot\n64\n\n 128 # two lines\n16\n") == (64, 128, 16)


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("64\nlong\n", "line 2", "'long'"),
        ("64\n-1\n", "line 2", "whole number"),
        ("64\n12\n", "line 2", "16 to 65536 B, not 12"),
        pytest.param("9" * 5000, "line 1", "16 to 65536 B, not 999", id="digits"),
        pytest.param("64\n" * 1_000_001, "", "here are more", id="lines"),
        ("٦٤\n", "line 1", "whole number"),
        ("# none\n", "", "1 to"),
    ],
)
def test_what_is_no_size_is_told_with_its_line(text: str, field: str, words: str) -> None:
    with pytest.raises(LoadError) as caught:
        recorded_sizes(text)
    assert caught.value.field == field
    assert words in caught.value.message


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"64\n\xff\xfe\n")
    for path, words in (
        (binary, "no text"),
        (tmp_path, "Is a directory"),
        (tmp_path / "none", "No such file"),
        (Path("/dev/zero"), "larger than 16 MiB"),  # it has no end
    ):
        with pytest.raises(LoadError, match=words):
            text_of(path)
