"""Colours for Python source in the editor."""

from __future__ import annotations

import builtins
import keyword
import re

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role

ARGUMENTS = ("buf", "subbuf", "prev_subbuf", "prev_padding")
WORDS = re.compile(r"\b[A-Za-z_]\w*\b")
TOKENS = re.compile(
    r"(?P<comment>#.*$)"
    r"|(?P<string>(?:[rbfu]{0,2})(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'))"
    r"|(?P<number>\b\d[\w.]*\b)"
    r"|(?P<word>\b[A-Za-z_]\w*\b)",
    re.IGNORECASE,
)
COLOURS = {"comment": Role.TEXT_DIM, "string": Role.OK, "number": Role.WARNING}
BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


class PythonHighlighter(QSyntaxHighlighter):
    """Keywords, names given by the kernel's callback, strings, numbers, comments."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:  # noqa: N802  Qt's name
        """Colour one line."""
        for token in TOKENS.finditer(text):
            kind = token.lastgroup or "word"
            role, is_bold = _look(kind, token.group())
            if role is None:
                continue
            look = QTextCharFormat()
            look.setForeground(theme.current()[role])
            if is_bold:
                look.setFontWeight(700)
            look.setFontItalic(kind == "comment")
            self.setFormat(token.start(), token.end() - token.start(), look)


def _look(kind: str, word: str) -> tuple[Role | None, bool]:
    if kind != "word":
        return COLOURS[kind], False
    if keyword.iskeyword(word):
        return Role.ACCENT, True
    if word in ARGUMENTS:
        return Role.HEADER, False
    return (Role.RESERVED, False) if word in BUILTINS else (None, False)
