"""Files that are there as a whole or not at all: what is written takes the old one's place at once.

A crash, a full disk or a folder that cannot be written leaves the old file as it was, and nothing
beside it.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

if TYPE_CHECKING:
    from types import TracebackType

NEW_MODE = 0o666  # less what the umask takes
PRIVATE = 0o600
MOST_BY_HAND = 1 << 20
REMEDIES = {
    errno.ENOSPC: "Make room on that disk, or choose another folder.",
    errno.EDQUOT: "Delete what you need no more there, or choose another folder.",
    errno.EACCES: "Choose a folder, or a file, that you may write to.",
    errno.EPERM: "Choose a folder, or a file, that you may write to.",
    errno.EROFS: "Nothing can be written there: choose another folder.",
    errno.ENOENT: "Make the folder first, or choose another.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.EISDIR: "There is a folder of that name: choose another name.",
}
_LONGEST_NAME = 200  # bytes of the file beside it; with its ending it must stay below 256
_RIGHTS, _OF_GROUP, _GROUP_SHIFT = 0o777, 0o070, 3
_TO_WRITE = 0o222  # who has taken these from everybody meant it for root, too


class NewFile:
    """A file that is written beside an old one and takes its place when it is complete.

    A link stays one: what it points to is replaced. Rights, owner and attributes stay as they were
    as far as the system lets us; other hard links keep the old content. Of several that write the
    same file at once, the last to finish is there, as a whole.

    As a context it is committed at the end, or abandoned when an exception leaves it.

    Args:
        path: The file.
        mode: The rights of one that is not there yet, less the umask.

    Raises:
        FileExistsError: Something of that name is no file.
        PermissionError: The old file may not be written, or the folder not.
        OSError: Nothing can be written there.
    """

    def __init__(self, path: Path, mode: int = NEW_MODE) -> None:
        self._path = Path(os.path.realpath(path))
        old = self._old()
        name = os.fsencode(self._path.name)[:_LONGEST_NAME].decode(errors="ignore")
        self._part = self._path.with_name(f".{name}.{secrets.token_hex(4)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        # nobody else reads it before it has the rights that it shall have
        handle = os.open(self._part, flags, mode if old is None else PRIVATE)
        self._file = os.fdopen(handle, "wb")
        self._leave = weakref.finalize(self, _leave, self._file, self._part)
        try:
            if old is not None:
                self._take_over(old)
        except BaseException:
            self.abandon()
            raise

    def _old(self) -> os.stat_result | None:
        """Return what the file to be replaced is; None: there is none."""
        try:
            old = self._path.stat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(old.st_mode):
            raise FileExistsError(errno.EEXIST, "there is something else of that name")
        may = old.st_mode & _TO_WRITE and os.access(self._path, os.W_OK, effective_ids=True)
        if not may:
            raise PermissionError(errno.EACCES, "the file is there and may not be written")
        return old

    def _take_over(self, old: os.stat_result) -> None:
        """Take owner, rights and attributes of the old file."""
        handle, rights = self._file.fileno(), old.st_mode & _RIGHTS
        with suppress(PermissionError):
            os.fchown(handle, old.st_uid, -1)
        try:
            os.fchown(handle, -1, old.st_gid)
        except PermissionError:  # another group gets what all others have
            rights = rights & ~_OF_GROUP | (rights << _GROUP_SHIFT) & _OF_GROUP
        os.fchmod(handle, rights)
        with suppress(OSError):  # not everywhere are there any
            for name in os.listxattr(self._path):
                os.setxattr(handle, name, os.getxattr(self._path, name))

    def write(self, content: str | bytes) -> None:
        """Add bytes, or a text in UTF-8; OSError: there is no room."""
        self._file.write(content.encode() if isinstance(content, str) else content)

    def commit(self) -> None:
        """Put it in the place of the old file, on the disk too; that can take long.

        Raises:
            OSError: It could not be; the old file is as it was.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
        except BaseException:
            self.abandon()
            raise
        self._leave.detach()
        _sync_folder(self._path.parent)

    def abandon(self) -> None:
        """Leave the old file, and nothing beside it. Can be called again, and after commit.

        It is also what happens to one that nobody refers to any more, or when the program ends.
        """
        self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.abandon()


def write(path: Path, content: str | bytes, mode: int = NEW_MODE) -> None:
    """Write a file so that at any moment either the old one or the new one is there.

    Args:
        path: The file.
        content: Bytes, or a text.
        mode: The rights of one that is not there yet, less the umask.

    Raises:
        OSError: It could not be written; the old file is as it was. See NewFile.
    """
    with NewFile(path, mode) as file:
        file.write(content)


def write_or_send(path: Path, content: str | bytes) -> None:
    """Write a file as `write` does; to a pipe or device, such as /dev/stdout, send the content.

    Raises:
        OSError: As of write, or whoever reads has gone.
    """
    if _is_device(path):
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    else:
        write(path, content)


def why_not(path: object, error: BaseException) -> str:
    """Say why a file was not written, and what to do."""
    reason = getattr(error, "strerror", None) or error
    remedy = REMEDIES.get(getattr(error, "errno", None) or 0, "Choose another folder or name.")
    return f"{path} was not written: {reason}. {remedy}"


def is_same(one: Path, other: Path) -> bool:
    """Tell whether two names are of one file, be it there already or not."""
    try:
        return one.samefile(other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def read_small(path: Path) -> str:
    """Return a text that somebody wrote by hand: at most MOST_BY_HAND bytes of UTF-8.

    Raises:
        OSError: It cannot be read, or is none.
    """
    with path.open("rb") as file:
        data = file.read(MOST_BY_HAND + 1)
    if len(data) > MOST_BY_HAND:
        raise OSError(errno.EFBIG, f"it has more than {MOST_BY_HAND >> 20} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, "it is no UTF-8 text") from error


def check(path: Path) -> None:
    """Find out whether write_or_send can write there, and change nothing.

    Raises:
        OSError: It cannot.
    """
    if _is_device(path):
        with path.open("ab"):
            pass
    else:
        NewFile(path).abandon()


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def _leave(file: BinaryIO, part: Path) -> None:
    with suppress(OSError):  # what is in its buffer may not fit
        file.close()
    with suppress(OSError):
        part.unlink()


def _sync_folder(folder: Path) -> None:
    """Have the name on the disk, too; some file systems have no such call."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
