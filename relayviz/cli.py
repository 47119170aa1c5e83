"""The command line: `relayviz COMMAND ...`.

A command is a module with `add_parser(commands)`, which adds its own parser, and
`run(arguments) -> int`, which does the work and gives the exit status. Only the module of the
command that was asked for is imported, so that help comes at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from relayviz.output import OutputError, checked_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - has no other name

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C
OUTPUT_FAILED = 2  # as for wrong usage: what was asked for could not be given


@dataclass(frozen=True)
class Command:
    """A row of the command table.

    Attributes:
        module: Where add_parser and run are.
        help: One line for `relayviz --help`.
    """

    module: str
    help: str


COMMANDS = {
    "gui": Command("relayviz.gui", "open the window: see a channel and do every operation by hand"),
    "demo": Command("relayviz.demo", "fill a channel in both modes: what is kept, lost, and why"),
    "live": Command("relayviz.live", "put a channel under load: rates, losses, findings"),
    "sweep": Command("relayviz.sweep", "loads by sizes by modes: a heat map of what is lost"),
    "run": Command("relayviz.run", "play a saved session without a window and check it"),
    "kernel": Command(
        "relayviz.kernel.command", "a real kernel's channels: in a dump, a guest, alive"
    ),
    "attach": Command("relayviz.attach", "channels of other processes, running or dead"),
    "capture": Command("relayviz.capture.command", "files of blktrace and others: what is missing"),
    "record": Command("relayviz.record.command", "a channel under load, or a kernel's, to a file"),
    "export": Command("relayviz.export", "a session as a program, a page, a picture or a table"),
    "inside": Command("relayviz.inside", "inside operations: actors step the core's real code"),
    "explore": Command("relayviz.inside.explore", "look for an order of steps that goes wrong"),
    "lesson": Command("relayviz.lesson.check", "check lessons: questions, answers, what is seen"),
    "grade": Command("relayviz.lesson.grade", "a table of what learners answered in lessons"),
    "conform": Command("relayviz.conformance", "replay recordings of a real kernel and compare"),
}
DEFAULT_COMMAND = "gui"
WITHOUT_DISPLAY = "demo"


class CommandModule(Protocol):
    """What the module of a command offers."""

    def add_parser(self, commands: Commands, /) -> object:
        """Add the command's parser to `commands`."""

    def run(self, arguments: argparse.Namespace, /) -> int:
        """Do the work; the result is the exit status."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The words after the program's name; those of this process by default.

    Returns:
        The exit status; OUTPUT_FAILED where standard output did not take what was printed. Wrong
        usage ends in SystemExit(2), as argparse does it.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        words = [_default_command()]
    name = next((word for word in words if not word.startswith("-")), None)
    try:
        with checked_output():
            return _run(name, words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OutputError as error:
        who = f"relayviz {name}" if name in COMMANDS else "relayviz"
        print(f"{who}: {error}", file=sys.stderr)
        return OUTPUT_FAILED


def _run(name: str | None, words: Sequence[str]) -> int:
    module = _load(COMMANDS[name].module) if name in COMMANDS else None
    arguments = _parser(name, module).parse_args(words)
    assert module is not None, "the parser demands a command that it knows"  # noqa: S101
    return module.run(arguments)


def _default_command() -> str:
    """The window; where there is no screen for one, what a terminal can show, and a word on why."""
    from relayviz.gui import has_display  # noqa: PLC0415  no Qt comes with it

    if has_display(os.environ):
        return DEFAULT_COMMAND
    sys.stderr.write(
        "relayviz: there is no display for the window, so here is the demo. "
        "`relayviz gui` says what the window needs.\n\n"
    )
    return WITHOUT_DISPLAY


def _load(name: str) -> CommandModule:
    return cast("CommandModule", import_module(name))


def _parser(wanted: str | None, module: CommandModule | None) -> argparse.ArgumentParser:
    """The parser of everything; of the commands only the wanted one knows its arguments."""
    parser = argparse.ArgumentParser(
        prog="relayviz",
        description="Relay channels of the Linux kernel, in user space.",
        epilog=f"Without a command: {DEFAULT_COMMAND}; {WITHOUT_DISPLAY} without a display. "
        "`relayviz COMMAND --help` tells more.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        if name == wanted and module is not None:
            module.add_parser(commands)
        else:
            commands.add_parser(name, help=command.help)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata  # noqa: PLC0415  help would wait for it

        print(f"relayviz {metadata.version('relayviz')}")
        parser.exit()
