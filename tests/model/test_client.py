"""Compiling the user's subbuf_start: what is wrong is told with its line."""

from __future__ import annotations

import pytest

from relayviz.model.channel import client
from relayviz.model.channel.client import (
    TEMPLATES,
    SourceError,
    TimeLimit,
    compile_subbuf_start,
    explain,
)

HEAD = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"


@pytest.mark.parametrize("title", list(TEMPLATES))
def test_the_templates_compile(title: str) -> None:
    compiled = compile_subbuf_start(TEMPLATES[title])
    assert compiled.source == TEMPLATES[title]
    assert callable(compiled.function)


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        (f"{HEAD}    return (\n", 2, "never closed"),
        (f"{HEAD}return True\n", 2, "indented block"),
        ("x = 1\n\ny = 1 / 0\n", 3, "ZeroDivisionError"),
        ("import no_such_module\n", 1, "no_such_module"),
        ("raise SystemExit\n", 1, "SystemExit"),
        ("", None, "Define a function"),
        ("subbuf_start = 5", None, "Define a function"),
        ("\ndef subbuf_start(buf):\n    pass\n", 2, "four arguments"),
        ("x = '\0'", None, "null byte"),
        ("\udc80 = 1", None, ""),
    ],
)
def test_what_is_wrong_is_told_with_its_line(source: str, line: int | None, word: str) -> None:
    with pytest.raises(SourceError) as caught:
        compile_subbuf_start(source)
    assert caught.value.line == line
    assert word in caught.value.message


@pytest.mark.parametrize(
    "source",
    [
        "subbuf_start = lambda buf, subbuf, prev, padding: True",
        "def subbuf_start(*everything):\n    return True\n",
        "class Client:\n    def __call__(self, *all):\n        return 1\nsubbuf_start = Client()",
    ],
)
def test_other_forms_of_a_function_will_do(source: str) -> None:
    assert compile_subbuf_start(source).function(1, 2, 3, 4) in (1, True)


@pytest.mark.parametrize(
    "source", ["while True: pass", "while 1:\n    pass", "for _ in iter(int, 1): pass"]
)
def test_the_shortest_endless_loops_end(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIME_LIMIT", 0.05)
    with pytest.raises(SourceError, match="endless loop"):
        compile_subbuf_start(source)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("ValueError('x' * 10**6)", "ValueError: xxx"),
        ("ValueError('\\ud800')", "ValueError: ?"),
        ("type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})()", "Odd: its text"),
        ("SystemExit(3)", "SystemExit: 3"),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_whatever_is_raised_is_told_in_a_line(raised: str, told: str) -> None:
    with pytest.raises(SourceError) as caught:
        compile_subbuf_start(f"raise {raised}")
    assert caught.value.message.startswith(told)
    assert len(caught.value.message) <= client.MOST_TEXT
    caught.value.message.encode()


def test_an_endless_loop_at_the_top_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIME_LIMIT", 0.05)
    with pytest.raises(SourceError, match="endless loop") as caught:
        compile_subbuf_start(
            "while True:\n    try:\n        x = 1\n    except Exception:\n        pass\n"
        )
    assert caught.value.line in (1, 2, 3)


def test_an_error_is_explained_by_the_deepest_line_of_the_source() -> None:
    compiled = compile_subbuf_start(f"def inner():\n    [][0]\n{HEAD}    return inner()\n")
    with pytest.raises(IndexError) as caught:
        TimeLimit().call(compiled.function, 1, 2, 3, 4)
    told = explain(caught.value)
    assert told.line == 2
    assert told.message == "IndexError: list index out of range"
    assert told.traceback.splitlines()[:2] == ["line 4, in subbuf_start", "line 2, in inner"]


def test_the_program_s_own_future_statements_are_not_the_user_s() -> None:
    compiled = compile_subbuf_start(
        f"def typed(x: 1 + 1): pass\n{HEAD}    return typed.__annotations__\n"
    )
    assert compiled.function(1, 2, 3, 4) == {"x": 2}
