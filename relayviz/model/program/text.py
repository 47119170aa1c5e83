"""The templates of the programs that sessions become."""

from __future__ import annotations

import re
from importlib.resources import files

_PLACE = re.compile(r"@([A-Z]+)@")


def read_template(name: str, **texts: str) -> str:
    """Return a template of resources/programs with its places filled in.

    Args:
        name: The file.
        texts: What stands for each @NAME@; KeyError: one of them is missing.
    """
    template = files("relayviz").joinpath("resources", "programs", name)
    return _PLACE.sub(lambda place: texts[place[1]], template.read_text(encoding="utf-8"))
