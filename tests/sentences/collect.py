"""Collects from the code what it can say: the texts in the modules that make words."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "relayviz"
ROOMS = {
    "Findings": ("model/findings/*.py", "engines/live/happened.py"),
    "Why": ("model/why/*.py",),
    "Fate": ("model/ledger/words.py", "gui/fate/sentences.py"),
    "Log": ("engines/step/words/*.py", "engines/step/channel/*.py",
            "engines/step/recording/resolve.py"),
    "Compare": ("model/compare/*.py", "gui/compare/side.py"),
    "Pictures": ("gui/rings/texts.py", "gui/rings/parts.py", "gui/bytes/content.py",
                 "gui/timeline/live_order.py"),
    "Window": ("gui/shell/status.py", "gui/channel/facts.py", "gui/counters/panel.py"),
    "Names": ("model/channel/state.py", "model/channel/result.py", "model/condition/breakpoint.py",
              "model/numbers.py"),
}  # fmt: skip
"""Where words are made of what was seen, by who shows them."""
MEANINGS = ("gui/look/glossary.py", "gui/fate/table.py", "gui/fate/readers.py")
"""Where words are explained: these hold in every state, or never."""
NOTES = ("notify", "setToolTip", "setStatusTip", "setAccessibleDescription")
"""What notices and tooltips are told with, anywhere in the window."""
LABELS = ("setAccessibleName", "setObjectName")
"""What the parts of the window are called with."""
LEAST = 4  # letters of a text that says something
HOLE = "\0"
"""Begins a part that is the name of what is put in."""


class Said(NamedTuple):
    """A text in the code.

    Attributes:
        room: Who shows it.
        module: Its file, from the package on.
        text: With the code of what is put in, in braces.
        words: What of it is always the same, in order.
    """

    room: str
    module: str
    text: str
    words: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Return whether a text says it."""
        at = 0
        for part in self.words:
            at = text.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return True


def sentences() -> list[Said]:
    """Return all texts of the rooms, in the order of the code."""
    found = []
    for room, globs in ROOMS.items():
        for path in (path for one in globs for path in sorted(PACKAGE.glob(one))):
            module = path.relative_to(PACKAGE).as_posix()
            found += [said(room, module, parts) for parts in _texts(_tree(path))]
    return list({(one.room, one.text): one for one in found}.values())


def meanings() -> list[Said]:
    """Return what words and columns are said to mean."""
    found = [
        said("Meanings", module, parts)
        for module in MEANINGS
        for parts in _texts(_tree(PACKAGE / module))
        if parts[0].strip().endswith((".", ":")) or len(parts[0].split()) > 4
    ]
    return list({one.text: one for one in found}.values())


def notes() -> list[Said]:
    """Return the texts of notices and tooltips of the window."""
    found = []
    for path in sorted((PACKAGE / "gui").rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(_tree(path)):
            is_note = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_note and node.func.attr in NOTES and node.args:  # type: ignore[attr-defined]
                parts = _texts(node.args[0])  # type: ignore[attr-defined]
                found += [said("Notices and tooltips", module, one) for one in parts]
    return list({one.text: one for one in found}.values())


def said(room: str, module: str, parts: list[str]) -> Said:
    """Make a text of its parts."""
    text = "".join(f"{{{one[1:]}}}" if one.startswith(HOLE) else one for one in parts).strip()
    parts = [parts[0].lstrip(), *parts[1:]]
    parts[-1] = parts[-1].rstrip()
    words = tuple(one for one in parts if one and not one.startswith(HOLE))
    return Said(room, module, text, words)


def _tree(path: Path) -> ast.Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # what describes the code is not said
            node.body = [one for one in body if not _is_docstring(one)]  # type: ignore[attr-defined]
    return tree


def _is_docstring(node: ast.AST) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text and isinstance(node.value.value, str)  # type: ignore[attr-defined]


def _texts(tree: ast.AST) -> Iterator[list[str]]:
    """Give the texts below a node as parts, outer ones before those put into them."""
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            parts = _parts(node)
            if parts is not None and _says(parts):
                yield parts
                waiting[:0] = _put_in(node)
                continue
        waiting[:0] = _children(node)


def _children(node: ast.AST) -> list[ast.AST]:
    """Return what is below a node without keys, names and errors of the programmer."""
    if isinstance(node, ast.Raise) and "StepError" not in ast.unparse(node):
        return []
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.ImportFrom | ast.Import):
        return []
    match node:
        case ast.Call(ast.Attribute(attr=name)) if name in LABELS:  # no claim about it
            return []
    return list(ast.iter_child_nodes(node))


def _parts(node: ast.expr) -> list[str] | None:
    """Return the parts of a text; None: it is none."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and node.value else None
    if isinstance(node, ast.JoinedStr):
        return [
            HOLE + _name(one.value) if isinstance(one, ast.FormattedValue) else str(one.value)  # type: ignore[attr-defined]
            for one in node.values
        ]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _parts(node.left), _parts(node.right)
        if left is None and right is None:
            return None
        return [*(left or [HOLE + _name(node.left)]), *(right or [HOLE + _name(node.right)])]
    return None


def _name(node: ast.expr) -> str:
    """Name what is put in, briefly."""
    name = "…"
    match node:
        case ast.Name(found) | ast.Attribute(_, found):
            name = found
        case ast.Call(ast.Name("int" | "str" | "float"), [inner, *_]):
            name = _name(inner)
        case ast.Call(ast.Name("plural" | "many"), [_, ast.Constant(str(noun)), *_]):
            name = f"n {noun}s"
        case ast.Call(ast.Name(found) | ast.Attribute(_, found)):
            name = found
        case ast.Subscript(_, ast.Constant(str(key))):
            name = key
        case ast.Subscript(inner, _):
            name = _name(inner)
    return name


def _put_in(node: ast.AST) -> list[ast.AST]:
    """Return the code of what is put into a text."""
    found: list[ast.AST] = []
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.FormattedValue):
            found.append(one.value)
        elif isinstance(one, ast.BinOp | ast.JoinedStr):
            found += _put_in(one)
        elif not isinstance(one, ast.Constant | ast.operator):
            found.append(one)
    return found


def _says(parts: list[str]) -> bool:
    """Return whether it is more than a name in the code: words with blanks between them."""
    text = "".join("x" if one.startswith(HOLE) else one for one in parts).strip()
    letters = sum(letter.isalpha() for one in parts for letter in one if one[0] != HOLE)
    return letters >= LEAST and " " in text and not text.startswith(("#", "color:", "<"))
