"""The templates of the programs that sessions become, and texts of others put into them safely."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACE = re.compile(r"@([A-Z]+)@")
_C_TEXTS = re.compile(r"""/\*.*?\*/|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
# a static function with the comment above it, or a static variable on a line of its own
_C_STATIC = re.compile(
    r"^(?:/\*[^\n]*\*/\n)?static [^;={(]*?(?P<name>\w+)(?:\[[^\n;=]*\])?"
    r"(?:\([^;{]*\)\n\{\n.*?^\}\n\n|(?: = [^;\n]*)?;\n)",
    re.DOTALL | re.MULTILINE,
)
_ENDS = (("*/", "* /"), ("/*", "/ *"), ("??", "? ?"))  # of a comment; its begin; a trigraph


def read_template(name: str, **texts: str) -> str:
    """Return a template of resources/programs with its places filled in.

    Args:
        name: The file.
        texts: What stands for each @NAME@; KeyError: one of them is missing.
    """
    template = files("relayviz").joinpath("resources", "programs", name)
    return _PLACE.sub(lambda place: texts[place[1]], template.read_text(encoding="utf-8"))


def remark(text: str) -> str:
    """Return any text as one line that can stand in a comment of C or Python and not leave it.

    No character that begins a new line or shows nothing is left, no backslash, which joins lines,
    and nothing that ends a comment.
    """
    line = " ".join(text.split())
    line = "".join(sign if sign.isprintable() else "?" for sign in line).replace("\\", "|")
    for ending, harmless in _ENDS:
        while ending in line:
            line = line.replace(ending, harmless)
    return line


def sentence(text: str) -> str:
    """Return any text as one line that can be the docstring of a module."""
    return remark(text).replace('"', "'")


def without_unused_c(program: str) -> str:
    """Return a C program without the static functions and variables that nothing in it uses."""
    while (shorter := _C_STATIC.sub(partial(_if_used, _words(program)), program)) != program:
        program = shorter
    return program


def _words(program: str) -> Counter[str]:
    """Return how often each word is in a C program, texts and comments left out."""
    return Counter(re.findall(r"\w+", _C_TEXTS.sub("", program)))


def _if_used(words: Counter[str], found: re.Match[str]) -> str:
    """Return what was found if something else than itself names it; else nothing."""
    own = _words(found[0])[found["name"]]
    return found[0] if words[found["name"]] > own else ""


def without_unused_python(program: str) -> str:
    """Return a Python program without the functions that nothing in it names, but for tests."""
    tree = ast.parse(program)
    used, waiting = _named(tree), {node: _named(node) for node in _functions(tree)}
    unused = list[ast.FunctionDef]()
    while found := [node for node, own in waiting.items() if used[node.name] == own[node.name]]:
        for node in found:  # what only they name is unused, too
            used.subtract(waiting.pop(node))
        unused += found
    lines = program.splitlines(keepends=True)
    for node in sorted(unused, key=lambda one: one.lineno, reverse=True):
        end = node.end_lineno or node.lineno
        while end < len(lines) and not lines[end].strip():
            end += 1  # the blanks behind it go with it
        del lines[node.lineno - 1 : end]
    return "".join(lines)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Give the functions of a program and the methods of its classes that may be left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith(("__", "test_")):
            yield node


def _named(tree: ast.AST) -> Counter[str]:
    """Return how often each name is used in a part of a program."""
    nodes = list(ast.walk(tree))
    return Counter(
        [node.attr for node in nodes if isinstance(node, ast.Attribute)]
        + [node.id for node in nodes if isinstance(node, ast.Name)]
    )
