"""The pages of the help, as rich text made from the tables of actions and words."""

from __future__ import annotations

from html import escape
from importlib import metadata
from typing import TYPE_CHECKING

from PySide6.QtCore import qVersion
from PySide6.QtGui import QKeySequence

from relayviz.gui.look import theme
from relayviz.gui.look.glossary import WORDS
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.gui.actions import Action

TITLES = {"keys": "Keys", "words": "Words", "about": "About relayviz"}


def page(name: str, actions: Iterable[Action]) -> str:
    """Return a page by its name, one of TITLES."""
    if name == "keys":
        return _keys(actions)
    return _words() if name == "words" else _about()


def _keys(actions: Iterable[Action]) -> str:
    rows, menu = [], ""
    for action in actions:
        if action.menu_name != menu:
            menu = action.menu_name
            rows.append(_row(f"<h3>{escape(menu)}</h3>", "", ""))
        keys = [QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
                for key in action.keys]  # fmt: skip
        rows.append(_row(f"<b>{escape(', '.join(keys)) or '–'}</b>", escape(action.name),
                         escape(action.tip)))  # fmt: skip
    return f"<table cellspacing='0' cellpadding='3'>{''.join(rows)}</table>"


def _words() -> str:
    rows = (_row(f"<b>{escape(word.term)}</b>", escape(word.meaning), "") for word in WORDS)
    return f"<table cellspacing='0' cellpadding='3'>{''.join(rows)}</table>"


def _about() -> str:
    dim = theme.current()[Role.TEXT_DIM].name()
    return (
        f"<h2>relayviz {metadata.version('relayviz')}</h2>"
        "<p>The Linux kernel’s relay channels in user space, to use, to test against and to look"
        " at. What you see is what a recorded kernel did, call by call and byte by byte.</p>"
        "<p>Each operation is a step; any step can be gone back to, exactly as it was.</p>"
        f"<p style='color:{dim}'>Qt {qVersion()}. MIT licence.</p>"
    )


def _row(first: str, second: str, third: str) -> str:
    dim = theme.current()[Role.TEXT_DIM].name()
    return (
        f"<tr><td style='white-space:nowrap'>{first}&nbsp;&nbsp;</td><td>{second}&nbsp;&nbsp;</td>"
        f"<td style='color:{dim}'>{third}</td></tr>"
    )
