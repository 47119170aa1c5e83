"""Files that come with the package: themes, icons, texts."""

from __future__ import annotations

from importlib.resources import files

ROOT = files("relayviz") / "resources"


def text(*path: str) -> str:
    """Return a text file of the resources folder.

    Raises:
        FileNotFoundError: There is none of that name; the message lists those there are.
    """
    try:
        return ROOT.joinpath(*path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        known = sorted(entry.name for entry in ROOT.joinpath(*path[:-1]).iterdir())
        raise FileNotFoundError(f"no resource {'/'.join(path)}; there are {known}") from error


def place(*path: str) -> str:
    """Return where a file or folder of the resources folder lies, for Qt to read it."""
    return str(ROOT.joinpath(*path))
