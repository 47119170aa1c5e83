"""TOML that people write: small texts that would take minutes are refused with their line."""

from __future__ import annotations

import tomllib

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from relayviz.model.load.file import LoadError, from_toml
from relayviz.model.session.file import SessionError
from relayviz.model.session.file import loads as session
from relayviz.model.toml import MOST_PARTS, TomlError, dumps, loads, pieces

PARTS = 20_000
DEEP = {
    "a key": ".".join(["a"] * PARTS) + " = 1",
    "with room around its dots": " . ".join(["a"] * PARTS) + " = 1",
    "in quotes": ".".join(['"a"', "'b'"] * PARTS) + " = 1",
    "a table": f"[{'.'.join(['a'] * PARTS)}]",
    "an array of tables": f"[[{'.'.join(['a'] * PARTS)}]]",
    "inside a table": "x = { y = 1, " + ".".join(["a"] * PARTS) + " = 1 }",
    "one too many": ".".join(["a"] * (MOST_PARTS + 1)) + " = 1",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_key_of_many_parts_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(TomlError, match=f"line 3: A key has at most {MOST_PARTS} parts"):
        loads(f"one = 1\n\n{text}\ntwo = 2\n")


def test_tables_inside_tables_without_end() -> None:
    """Each header is one part deeper than the one above."""
    text = "".join(f"[a{'.a' * depth}]\n" for depth in range(2000))
    with pytest.raises(TomlError, match=f"line {MOST_PARTS + 1}: A key has at most"):
        loads(text)
    for opening, closing in ("[]", ("{a=", "}")):
        with pytest.raises(TomlError, match="nested too deeply"):
            loads(f"a = {opening * PARTS}1{closing * PARTS}")


DOTS = "." * 1000
FINE = (
    ".".join(["a"] * MOST_PARTS) + " = 1",
    f"a = '{DOTS}'",
    f'a = "{DOTS}"',
    f'a = """{DOTS}\n{DOTS}"""',
    f"a = '''\n{DOTS}'{DOTS}'''",
    f"'{DOTS}' = 1",
    f"a = 1 # {DOTS}",
    f"a = [{'1.5,' * 1000}]",
    f"a = {{ {','.join(f'b{number} = 1.5' for number in range(1000))} }}",
    "\n".join(f"a.b{number} = 1.5" for number in range(1000)),
)


@pytest.mark.parametrize("text", FINE, ids=range(len(FINE)))
def test_dots_that_are_no_parts_are_not_counted(text: str) -> None:
    assert loads(text) == tomllib.loads(text)


def test_both_formats_tell_it_in_their_way() -> None:
    with pytest.raises(SessionError) as refused:
        session(f"relayviz = 1\n{DEEP['a key']}\n", "name")
    assert (refused.value.line, "parts" in refused.value.message) == (2, True)
    with pytest.raises(LoadError, match="line 2: A key has at most"):
        from_toml(f"version = 1\n{DEEP['a key']}\n")
    with pytest.raises(LoadError, match="nested too deeply"):
        from_toml(f"version = 1\nx = {'[' * PARTS}")
    with pytest.raises(LoadError, match="a number is too long"):
        from_toml(f"version = 1\nx = {'9' * PARTS}")


def test_pieces_have_their_lines() -> None:
    text = "a = '''\n#\n''' # no\n[b] "
    assert list(pieces(text)) == [
        ("a", 1), ("=", 1), ("'''\n#\n'''", 1), ("\n", 3), ("[", 4), ("b", 4), ("]", 4), ("\n", 4)
    ]  # fmt: skip


VALUES = st.recursive(
    st.text(alphabet="ab\"\\'\n\x01\t\ue0000é", max_size=12) | st.integers(-9, 9) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), VALUES))
def test_what_is_written_is_read_again(values: dict[str, object]) -> None:
    written = dumps(values)
    assert loads(written) == values
    tables = [line for line in written.splitlines() if line.startswith("[")]
    plainly = tomli_w.dumps(values, multiline_strings=True).splitlines()
    assert tables == [line for line in plainly if line.startswith("[")]


def test_lines_with_quotes_stand_there_as_they_are() -> None:
    steps = 'say "It is \\"full\\"."\nwrite 3\n'
    written = dumps({"title": 'a "b"', "branch": [{"steps": steps}]})
    assert written == f"title = \"a \\\"b\\\"\"\n\n[[branch]]\nsteps = '''\n{steps}'''\n"
    for other in ("'''\"\n", "\"\n'", '"\x01\n', "two\nlines\n"):
        assert "= '''" not in dumps({"steps": other})
