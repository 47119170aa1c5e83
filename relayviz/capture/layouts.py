"""How records look, as the command line says it: a layout by file or name, or a C struct."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.engines.capture.fitting import fitted
from relayviz.engines.capture.index import CaptureError
from relayviz.engines.capture.kinds import layout_named
from relayviz.model.capture.layout import LayoutError, read_layout
from relayviz.model.capture.structs.cstruct import StructError, read_struct
from relayviz.model.capture.structs.fit import LEAST, fit_words
from relayviz.model.capture.structs.pasted import as_toml, guessed, roles_of
from relayviz.model.files import read_small, why_not, write
from relayviz.model.kernel.texts import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from relayviz.model.capture.layout import Layout
    from relayviz.model.capture.structs.cstruct import Struct


def add_layouts(parser: argparse.ArgumentParser) -> None:
    """Add what says how records look."""
    parser.add_argument(
        "--layout",
        metavar="FILE",
        help="how records look, for a kind of your own; or the name of one that comes with the "
        "program, such as i915-guc",
    )
    parser.add_argument(
        "--struct",
        type=Path,
        metavar="FILE",
        help="C source whose last struct is how a record begins, in place of a layout",
    )
    parser.add_argument(
        "--fields",
        metavar="ROLES",
        help="what its fields mean, such as 'length=len+16,sequence=seq,time=ts,cpu=cpu,"
        "mark=magic'; without it their names are gone by",
    )
    parser.add_argument(
        "--save-layout",
        type=Path,
        metavar="FILE",
        help="write the layout that the struct makes, for --layout",
    )


def layout_for(arguments: argparse.Namespace, files: Sequence[Path]) -> tuple[Layout | None, str]:
    """Return the layout that is asked for, and what is to be said of it; None: found by content.

    Raises:
        LayoutError: There is none such, it fits nothing or cannot be saved; the message says what
            to do.
        CaptureError: The first file cannot be read.
    """
    if arguments.struct is None:
        for name in ("fields", "save_layout"):
            if getattr(arguments, name) is not None:
                raise LayoutError(f"--{name.replace('_', '-')} goes with --struct.")
        return _named(arguments.layout), ""
    if arguments.layout is not None:
        raise LayoutError("Give --layout or --struct, not both.")
    struct = _struct(arguments.struct)
    roles = guessed(struct) if arguments.fields is None else roles_of(arguments.fields, struct)
    try:
        fit = fitted(struct, roles, struct.name, files[0])
    except CaptureError as error:
        raise CaptureError(f"{printable(files[0].name)}: {error}") from error
    words = fit_words(struct, roles, fit)
    if fit.share < LEAST:
        raise LayoutError(f"{words} Say with --fields what its fields mean.")
    if arguments.save_layout is not None:
        try:
            write(arguments.save_layout, as_toml(fit.table))
        except OSError as error:
            raise LayoutError(why_not(arguments.save_layout, error)) from error
    return replace(fit.layout, is_tried=True), words


def _named(name: str | None) -> Layout | None:
    if name is None:
        return None
    path = Path(name)
    if not path.exists() and (found := layout_named(name)) is not None:
        return found
    return replace(read_layout(path), is_tried=True)  # only its owner knows how well


def _struct(path: Path) -> Struct:
    try:
        return read_struct(read_small(path))
    except OSError as error:
        raise LayoutError(f"{path.name} cannot be read: {error.strerror}.") from error
    except StructError as error:
        raise LayoutError(f"{path.name}: {error}") from error
