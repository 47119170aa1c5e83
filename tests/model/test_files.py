"""Files that are replaced as a whole: what stays, what fails, and what is left behind."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.model.files import PRIVATE, NewFile, check, read_small, write, write_or_send

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Run as somebody without privileges, to whom a folder belongs."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that somebody without privileges comes to: pytest's are root's alone."""
    for path in (tmp_path, *tmp_path.parents):
        if path.name.startswith(("pytest-", "popen-")):
            path.chmod(0o755)
    return tmp_path


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write(tmp_path / "new", "ä\n")
    write(tmp_path / "own", b"\0", PRIVATE)
    assert (tmp_path / "new").read_bytes() == "ä\n".encode()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o600
    assert names(tmp_path) == ["new", "own", "usual"]


def test_links_rights_and_attributes_stay(tmp_path: Path) -> None:
    real = tmp_path / "folder" / "real"
    real.parent.mkdir()
    real.write_text("old", encoding="utf-8")
    real.chmod(0o642)
    with suppress(OSError):  # not every file system has any
        os.setxattr(real, "user.note", b"kept")
    attributes = os.listxattr(real)
    (tmp_path / "middle").symlink_to("folder/real")
    (tmp_path / "link").symlink_to(tmp_path / "middle")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "middle").is_symlink()
    assert real.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o642
    assert os.listxattr(real) == attributes
    assert names(tmp_path) == ["folder", "link", "middle"]
    assert names(real.parent) == ["real"]


def test_a_link_to_nothing_makes_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new"


def test_a_ring_of_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write(tmp_path / "a", "new")
    assert names(tmp_path) == ["a", "b"]


def test_the_longest_name_that_there_is_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 127 + "b")
    write(path, "one")
    write(path, "two")
    assert path.read_text(encoding="utf-8") == "two"
    assert len(names(tmp_path)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_leaves_a_file_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o640)
    os.chown(path, NOBODY, NOBODY - 1)
    write(path, "new")
    found = path.stat()
    assert (found.st_uid, found.st_gid) == (NOBODY, NOBODY - 1)
    assert stat.S_IMODE(found.st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a file of another group")
def test_another_group_gets_no_rights_that_it_had_not(open_folder: Path) -> None:
    path = open_folder / "file"
    path.touch()
    with as_nobody(open_folder):
        os.seteuid(0)
        os.chown(path, NOBODY, 0)
        path.chmod(0o664)
        os.seteuid(NOBODY)
        write(path, "new")
    assert path.stat().st_gid == NOBODY
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a folder"])
def test_what_is_no_file_is_left(kind: str, tmp_path: Path) -> None:
    path = tmp_path / kind
    (tmp_path / "inside").mkdir()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("inside")
    before = path.lstat().st_mode
    with pytest.raises(FileExistsError, match="something else of that name"):
        write(path, "new")
    assert path.lstat().st_mode == before
    assert names(tmp_path) == sorted([kind, "inside"])


def test_a_file_that_may_not_be_written_is_left(open_folder: Path) -> None:
    path = open_folder / "file"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o444)
    with as_nobody(open_folder), pytest.raises(PermissionError, match="may not be written"):
        write(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert names(open_folder) == ["file"]


def test_what_nobody_may_write_root_does_not_write_either(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="may not be written"):
        write(path, "new")
    assert path.read_text(encoding="utf-8") == "old"


def test_a_folder_that_may_not_be_written_leaves_the_old_file(open_folder: Path) -> None:
    path = open_folder / "file"
    path.write_text("old", encoding="utf-8")
    with as_nobody(open_folder):
        open_folder.chmod(0o555)
        try:
            with pytest.raises(PermissionError):
                write(path, "new")
        finally:
            open_folder.chmod(0o755)
    assert path.read_text(encoding="utf-8") == "old"
    assert names(open_folder) == ["file"]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let files grow to so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("size", [0, 100, 100_000])
def test_what_does_not_fit_leaves_the_old_file(size: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    with room_for(size), pytest.raises(OSError, match="File too large"):
        write(path, b"x" * (size + 1))
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        write(disk / "file", "old")
        with pytest.raises(OSError, match="No space left") as caught:
            write(disk / "file", b"x" * 100_000)
        assert caught.value.errno == errno.ENOSPC
        assert (disk / "file").read_text(encoding="utf-8") == "old"
        assert names(disk) == ["file"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_exception_of_the_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")

    def give_up() -> None:
        with NewFile(path) as file:
            file.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["file"]


def test_abandoning_what_is_there_does_nothing(tmp_path: Path) -> None:
    file = NewFile(tmp_path / "file")
    file.write("new")
    assert not (tmp_path / "file").exists()
    file.commit()
    file.abandon()
    assert (tmp_path / "file").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("end", ["del file", "sys.exit()", "1 / 0"])
def test_what_was_forgotten_is_not_left_behind(end: str, tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from relayviz.model.files import NewFile

file = NewFile(Path(sys.argv[1]))
file.write("half")
{end}
"""
    path = tmp_path / "file"
    subprocess.run(
        [sys.executable, "-c", code, str(path)], timeout=60, check=False, capture_output=True
    )
    assert names(tmp_path) == []


def test_of_many_at_once_one_is_there_as_a_whole(tmp_path: Path) -> None:
    path, texts = tmp_path / "file", [f"{number}" * 50_000 for number in range(8)]
    seen: list[str] = []
    write(path, texts[0])
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.append(path.read_text(encoding="utf-8"))

    reader = threading.Thread(target=look)
    writers = [threading.Thread(target=write, args=(path, text)) for text in texts]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    reader.join()
    assert set(seen) | {path.read_text(encoding="utf-8")} <= set(texts)
    assert names(tmp_path) == ["file"]


def test_file_and_folder_are_on_the_disk_in_that_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Path, int]] = []

    def note(handle: int) -> None:
        seen.append((Path(f"/proc/self/fd/{handle}").readlink(), os.fstat(handle).st_size))

    monkeypatch.setattr("relayviz.model.files.os.fsync", note)
    write(tmp_path / "file", "new")
    (part, size), (folder, _) = seen
    assert size == len("new")
    assert part.parent == tmp_path
    assert part.name.startswith(".file.")
    assert folder == tmp_path


def test_a_program_that_is_killed_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    code = """
import os, signal, sys
from pathlib import Path
from relayviz.model.files import NewFile

file = NewFile(Path(sys.argv[1]))
file.write("x" * 100_000)
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60, check=False)
    assert run.returncode == -signal.SIGKILL
    assert path.read_text(encoding="utf-8") == "old"


def test_devices_and_pipes_get_what_is_sent(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_or_send(pipe, "sent")
    reader.join()
    assert got == [b"sent"]
    write_or_send(Path("/dev/null"), "gone")
    assert Path("/dev/null").is_char_device()
    write_or_send(tmp_path / "file", "kept")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"
    with pytest.raises(FileExistsError, match="something else"):
        write_or_send(tmp_path, "no")


def test_whether_a_file_can_be_written_is_found_without_writing_it(open_folder: Path) -> None:
    (open_folder / "old").write_text("old", encoding="utf-8")
    for name in ("old", "new"):
        check(open_folder / name)
    check(Path("/dev/null"))
    assert names(open_folder) == ["old"]
    with pytest.raises(FileExistsError, match="something else"):
        check(open_folder)
    with pytest.raises(FileNotFoundError):
        check(open_folder / "none" / "new")
    with as_nobody(open_folder):
        open_folder.chmod(0o555)
        with pytest.raises(PermissionError):
            check(open_folder / "old")
        open_folder.chmod(0o755)
    assert (open_folder / "old").read_text(encoding="utf-8") == "old"


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    for content, text in ((b"", ""), ("ü".encode(), "ü")):
        path.write_bytes(content)
        assert read_small(path) == text
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(OSError, match="no UTF-8 text"):
        read_small(path)
