"""Texts of a kernel, as they can stand on a screen."""

from __future__ import annotations

from relayviz.model.numbers import THIN


def printable(text: str) -> str:
    """Return a text in one line; what is no sign, such as what moves a cursor, becomes "?"."""
    return "".join(sign if sign.isprintable() or sign == THIN else "?" for sign in text)
