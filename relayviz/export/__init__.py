"""`relayviz export SESSION OUT`: a session as a program, a page, a picture or a table."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.export.forms import FORMS, ExportError
from relayviz.export.wanted import Wanted
from relayviz.model.channel.client import SourceError, SubbufStart, compile_subbuf_start
from relayviz.model.engine.protocol import OpenError
from relayviz.model.files import why_not, write_or_send
from relayviz.model.lesson.file import load as load_lesson
from relayviz.model.page.page import PageError
from relayviz.model.session.file import SessionError, load
from relayviz.output import OutputError

if TYPE_CHECKING:
    import argparse

    from relayviz.export.forms import Form
    from relayviz.model.session.session import Session

WRITTEN, IMPOSSIBLE, UNUSABLE = 0, 1, 2
FLAG = "--allow-python"
STANDARD_OUTPUT = "-"
LARGEST = 3


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `relayviz export` to the command line."""
    parser = commands.add_parser(
        "export",
        help="a session as a program, a page, a picture or a table",
        description="Write a session in another form. Pictures and --compare show it beside the"
        " same operations in the other mode.",
        epilog="Exit status: 0 it is written, 1 this session has no such form, 2 the session"
        " cannot be read or played, or OUT cannot be written.",
    )
    parser.add_argument("session", type=Path, metavar="SESSION", help="a session, *.relay.toml")
    parser.add_argument("out", metavar="OUT", help="the file; - is standard output")
    kinds = parser.add_mutually_exclusive_group()
    for name, form in FORMS.items():
        kinds.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, help=form.help
        )
    parser.add_argument("--branch", metavar="NAME", help="the branch; else the one shown in it")
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="colours of pictures"
    )
    parser.add_argument(
        "--scale",
        type=int,
        choices=range(1, LARGEST + 1),
        default=1,
        help="how much larger than usual a PNG is",
    )
    parser.add_argument(
        FLAG,
        action="store_true",
        help="run the subbuf_start in Python that a session may bring: it can do all that you can",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the session; the result is the exit status."""
    path: Path = arguments.session
    try:
        form = _form(arguments.form, arguments.out)
        _spare(path, arguments.out)
        session = load(path)
        clients = _clients(session, path, allowed=arguments.allow_python)
        branch = _branch(session, path, arguments.branch)
        lesson = None if session.lesson is None else load_lesson(path)
        wanted = Wanted(session, clients, branch, arguments.theme, arguments.scale, lesson)
        _put(arguments.out, form.make(wanted))
    except (ExportError, PageError) as error:
        return _fail(f"{path.name}: {error}", IMPOSSIBLE)
    except SessionError as error:
        return _fail(str(error), UNUSABLE)
    except (OpenError, SourceError) as error:
        return _fail(f"{path.name}: {error}", UNUSABLE)
    except OSError as error:
        return _fail(why_not(arguments.out, error), UNUSABLE)
    return WRITTEN


def _fail(words: str, status: int) -> int:
    print(f"relayviz export: {' '.join(words.split())}", file=sys.stderr)
    return status


def _form(name: str | None, out: str) -> Form:
    """Return the form that was asked for, or that the name of the file says."""
    if name is not None:
        return FORMS[name]
    for form in FORMS.values():
        if out.endswith(form.suffix):
            return form
    options = ", ".join(f"--{each}" for each in FORMS)
    raise SessionError(out, None, "", f"Its name tells no form: give one of {options}.")


def _spare(session: Path, out: str) -> None:
    """Refuse to write over the session itself."""
    if out != STANDARD_OUTPUT and Path(out).exists() and Path(out).samefile(session):
        raise SessionError(out, None, "", "It is the session itself. Give another file.")


def _branch(session: Session, path: Path, name: str | None) -> int:
    names = [line.name for line in session.lines]
    if name is None:
        return 0 if session.view is None else session.view.branch
    if name not in names:
        raise SessionError(path.name, None, "", f"No branch is called {name}: {', '.join(names)}.")
    return names.index(name)


def _clients(session: Session, path: Path, *, allowed: bool) -> tuple[SubbufStart, ...]:
    if session.sources and not allowed:
        message = f"It brings a subbuf_start in Python. Read it, then give {FLAG} to run it."
        raise SessionError(path.name, None, "sources", message)
    return tuple(compile_subbuf_start(source) for source in session.sources)


def _put(out: str, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    if out != STANDARD_OUTPUT:
        write_or_send(Path(out), data)
        return
    # past Python's own buffer, which is for text
    try:
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0) as file:
            at = 0
            while at < len(data):
                at += file.write(data[at:])
    except OSError as error:
        raise OutputError(error) from error
