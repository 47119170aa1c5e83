"""Replaying with the writer in one process and the files in another, through folders on disk."""

from __future__ import annotations

import atexit
import importlib
import multiprocessing
import tempfile
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, cast

from relayviz.conformance.replay import FilesHere, Host
from relayviz.ending import deaf_to_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from relayviz.conformance.recording import Op

Result = dict[str, object]

relay = importlib.import_module("relayviz.relay")  # by name, as subjects are: with no types

FILE_OPERATIONS = ("file_", "map_", "waiter_")
FOLDER = "/dev/shm"  # noqa: S108  memory, and each run has a folder of its own there


def serve(pipe: Connection) -> None:
    """Open and read files as told, until the pipe ends: the other process.

    What is told: (own folder, root folder) begins a sequence, an operation is performed, None asks
    for the states of open files, "close" lets go of all.
    """
    files: FilesHere | None = None
    while True:
        try:
            told = pipe.recv()
        except EOFError:
            return
        try:
            if isinstance(told, tuple):
                own, root = map(relay.Directory.at, told)
                files = FilesHere(relay, own, root)
                pipe.send(None)
            else:
                assert files is not None, "a sequence was begun"  # noqa: S101
                pipe.send(_answer(files, told))
        except Exception as error:  # noqa: BLE001  it is the other process's finding
            pipe.send(error)


def _answer(files: FilesHere, told: Op | str | None) -> object:
    if told is None:
        return files.states()
    if isinstance(told, str):
        files.close()
        return None
    operation = files.operation(told["op"])
    assert operation is not None, "who tells it has looked"  # noqa: S101
    return operation(told)


@cache
def _other_process() -> Connection:
    """The pipe to the one process that has the files of all sequences."""
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(target=serve, args=(its,), daemon=True)
    with deaf_to_ctrl_c():
        process.start()
    its.close()
    atexit.register(ours.close)
    return ours


class FilesElsewhere:
    """The files of a sequence, opened and read by another process; all that a Host asks FilesHere.

    Args:
        own: The path of the channel's own folder.
        root: That of the folder which stands for the host filesystem's root.
    """

    def __init__(self, own: str, root: str) -> None:
        self._pipe = _other_process()
        self._ask((own, root))

    def _ask(self, what: object) -> object:
        self._pipe.send(what)
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def operation(self, name: str) -> Callable[[Op], Result] | None:
        """Return what performs the operation, None if it is not a file's."""
        if not name.startswith(FILE_OPERATIONS):
            return None
        return lambda op: cast("Result", self._ask(op))

    def states(self) -> list[Result]:
        """Return the recorded form of what the open files show."""
        return cast("list[Result]", self._ask(None))

    def close(self) -> None:
        """Let go of everything that the sequence left open."""
        self._ask("close")


class ElsewhereHost(Host):
    """A fresh machine for one sequence: its files are another process's."""

    def __init__(self) -> None:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="conform-", dir=FOLDER))
            root = relay.Directory.at(folder)
            own = relay.Directory("own", root)
            files = FilesElsewhere(f"{folder}/own", folder)
            super().__init__(relay, own, root, cast("FilesHere", files))
            self._folder = stack.pop_all()

    def close(self) -> None:
        """Let go of whatever the sequence left over."""
        with self._folder:
            super().close()
