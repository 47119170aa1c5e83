"""Files that somebody chose, as captures: folders looked into, those of one capture together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.fitting import fitted
from relayviz.engines.capture.index import CaptureError
from relayviz.engines.capture.kinds import kind_of
from relayviz.engines.capture.viewing.engine import CaptureEngine
from relayviz.model.capture.shipped import shipped
from relayviz.model.engine.files import OpenedCapture, OpenedFiles
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from relayviz.model.capture.layout import Layout
    from relayviz.model.capture.structs.cstruct import Struct
    from relayviz.model.capture.structs.fit import Fit
    from relayviz.model.capture.structs.pasted import Roles

    Refused = list[tuple[Path, str]]

FIRST = 8 << 20
"""Bytes, of all files together, that are looked at for the first picture."""
_LEAST_FIRST = 1 << 16
_MOST_FILES = 4096
_END = re.compile(r"[._-]?(cpu)?[._-]?\d+$")


def open_files(paths: Sequence[Path], layout: Layout | None = None) -> OpenedFiles:
    """Open the captures that files hold; it returns when the beginning of each can be shown.

    Args:
        paths: Files and folders.
        layout: How records look; None: found in the content.

    Raises:
        OpenError: None of them holds one; the message says why, and what to do.
    """
    refused: Refused = []
    found: list[OpenedCapture] = []
    for title, group in _groups(list(_files(paths, refused)), layout, refused).items():
        try:
            found.append(_opened(title[1], group, layout, refused))
        except OpenError as error:
            refused.append((group[0], error.message))
    if not found:
        raise OpenError(None, _why(refused))
    return OpenedFiles(tuple(found), tuple(refused))


def fit(struct: Struct, roles: Roles, name: str, path: Path) -> Fit:
    """Return the layout of a struct that fits a file best.

    Raises:
        OpenError: The file cannot be read.
        LayoutError: The struct cannot be a layout.
    """
    try:
        return fitted(struct, roles, name, path)
    except CaptureError as error:
        raise OpenError(None, f"{path.name}: {error}") from error


def _opened(
    title: str, paths: Sequence[Path], layout: Layout | None, refused: Refused
) -> OpenedCapture:
    most = max(_LEAST_FIRST, FIRST // len(paths))
    first = open_capture(paths, layout, most=most)
    refused += [(one.path, one.reason) for one in first.refused]
    if not first.records:
        raise OpenError(None, "No whole record is in its beginning.")
    engine = CaptureEngine(first, [part.path for part in first.parts], layout, title)
    return OpenedCapture(engine, title, tuple(part.path for part in first.parts))


def _files(paths: Sequence[Path], refused: Refused) -> Iterator[Path]:
    """Yield the files, and those in folders."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.iterdir() if one.is_file())
        if not inside:
            refused.append((path, "No file is in it."))
        yield from inside[:_MOST_FILES]


def _groups(
    paths: Sequence[Path], layout: Layout | None, refused: Refused
) -> dict[tuple[str, str], list[Path]]:
    """Return the files of each capture: of one kind, named alike but for the CPU at the end."""
    layouts = shipped() if layout is None else (layout,)
    found: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        try:
            kind = kind_of(path, layouts)
        except CaptureError as error:
            refused.append((path, str(error)))
            continue
        name = _END.sub("", path.name) or path.name
        found.setdefault((f"{kind.layout.name} {path.parent}", name), []).append(path)
    return found


def _why(refused: Refused) -> str:
    path, reason = refused[0]
    others = len(refused) - 1
    was = "was" if others == 1 else "were"
    more = f" ({others} more {was} looked at.)" if others else ""
    return f"{path.name}: {reason}{more}"
