"""The templates of the programs that sessions become, and texts of others put into them safely."""

from __future__ import annotations

import re
from importlib.resources import files

_PLACE = re.compile(r"@([A-Z]+)@")
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
