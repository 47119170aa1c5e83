"""Which buffers there are: below a folder, or of a process."""

from __future__ import annotations

from pathlib import Path

CONTROL = ".ctl"
"""What a control block's file is called behind the name of its data file."""


def in_folder(folder: Path) -> list[Path]:
    """Return the data files of the buffers in a folder and in those one below.

    Raises:
        OSError: The folder cannot be read.
    """
    below = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    found: list[Path] = []
    for place in (folder, *below):
        try:
            found += sorted(_data_of(one) for one in place.iterdir() if one.suffix == CONTROL)
        except OSError:
            if place == folder:
                raise
    return found


def of_process(pid: int) -> list[Path]:
    """Return the data files of the buffers that a process has mapped.

    Raises:
        OSError: There is no such process, or it is another user's.
    """
    found: set[Path] = set()
    for line in Path(f"/proc/{pid}/maps").read_text("utf-8", "surrogateescape").splitlines():
        words = line.split(maxsplit=5)
        if len(words) == 6 and words[5].endswith(CONTROL):  # noqa: PLR2004  the last is the path
            found.add(_data_of(Path(words[5])))
    return sorted(found)


class OfProcess:
    """The same again and again; when the process has died, those that it had.

    Threads: one at a time.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._last: list[Path] = []

    def __call__(self) -> list[Path]:
        """Look for them now.

        Raises:
            OSError: There never was such a process, or it is another user's.
        """
        try:
            found = of_process(self._pid)
        except (FileNotFoundError, ProcessLookupError):
            if not self._last:
                raise
            return self._last
        self._last = found or self._last  # one that has died and is not waited for has none
        return self._last


def _data_of(control: Path) -> Path:
    return control.with_name(control.name.removesuffix(CONTROL))
