"""Which channels of other processes there are: in folders, of a process, or of all of this user."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.attach.finding import in_folder, of_process
from relayviz.engines.attach.viewing.state import alive_of, name_of
from relayviz.model.channel.state import LOSSES
from relayviz.model.engine.protocol import OpenError
from relayviz.model.others import OtherChannel, Others, Refused
from relayviz.model.sentence import as_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.model.others import Search

SHARED = Path("/dev/shm")  # noqa: S108  memory that is shared by name: where such folders mostly are
PROCESSES = Path("/proc")
DAMAGED = "Its control block is damaged: no figure in it can be. A new start makes it anew."


@dataclass(slots=True)
class _Group:
    """The buffers of a channel, by CPU."""

    looks: dict[int, tuple[Path, relay.AttachedLook]] = field(default_factory=dict)


def find(places: Sequence[str], search: Search) -> Others:
    """Look for channels in folders, of processes by their numbers, and, for "", of this user's all.

    Args:
        places: Where.
        search: Told how far it is, and asked whether to go on.

    Raises:
        OpenError: None of the places can be looked at; says why, of the first.
    """
    groups: dict[tuple[int, ...], _Group] = {}
    refused: list[Refused] = []
    for path in _paths(places, search):
        search.where = str(path)
        try:
            look = _look_at(path)
        except FileNotFoundError:
            continue  # it was closed meanwhile
        except OSError as error:
            why = f"{error.strerror or error}".removeprefix(f'"{path}": ')
            refused.append(Refused(path, as_sentence(why)))
            continue
        # one that says it is of a channel is believed if all that is fixed of that is the same
        key = (look.channel, look.pid, look.subbuf_size, look.n_subbufs, look.cpus)
        looks = groups.setdefault(key, _Group()).looks
        if look.cpu in looks:
            refused.append(Refused(path, f"It says that it is {looks[look.cpu][0].name}."))
        else:
            looks[look.cpu] = path, look
    channels = []
    for group in groups.values():
        whole = [look for _path, look in group.looks.values() if look.buffer is not None]
        if whole:
            channels.append(_channel(group))
        else:
            refused += [Refused(path, DAMAGED) for path, _look in group.looks.values()]
    channels.sort(key=lambda one: (str(one.folder), one.name))
    return Others(tuple(channels), tuple(refused), not search.is_stopped)


def _look_at(path: Path) -> relay.AttachedLook:
    attached = relay.Attached(path)
    try:
        return attached.look()
    finally:
        attached.close()


def _paths(places: Sequence[str], search: Search) -> Iterator[Path]:
    """Give the data file of each buffer once."""
    known: set[Path] = set()
    errors: list[OpenError] = []
    for place in places:
        try:
            found = _everywhere(search) if not place else _in_place(place)
            for path in found:
                if search.is_stopped:
                    return
                if path not in known:
                    known.add(path)
                    yield path
        except OpenError as error:
            errors.append(error)
    if errors and len(errors) == len(places):
        raise errors[0]


def _in_place(place: str) -> list[Path]:
    is_pid = place.isdecimal() and not Path(place).is_dir()
    try:
        return of_process(int(place)) if is_pid else in_folder(Path(place).expanduser())
    except (ProcessLookupError, FileNotFoundError) as error:
        what = "process with that number" if is_pid else "such folder"
        raise OpenError(None, f"{place}: there is no {what}.") from error
    except PermissionError as error:
        whose = "process is another user's" if is_pid else "folder may not be read by you"
        raise OpenError(None, f"{place}: the {whose}. Start relayviz as that user.") from error
    except NotADirectoryError as error:
        told = f"{place} is a file: name the folder that it lies in."
        raise OpenError(None, told) from error
    except (OSError, ValueError) as error:
        raise OpenError(None, f"{place}: {error}") from error


def _everywhere(search: Search) -> Iterator[Path]:
    """Give what the processes of this user have mapped, and what lies in shared memory."""
    for one in PROCESSES.iterdir():
        if search.is_stopped:
            return
        if one.name.isdecimal():
            search.where = f"process {one.name}"
            with suppress(OSError):
                if one.stat().st_uid == os.getuid():
                    yield from of_process(int(one.name))
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    for root in (SHARED, *([Path(runtime)] if runtime else [])):
        for folder in _folders(root):
            if search.is_stopped:
                return
            search.where = str(folder)
            with suppress(OSError):
                yield from in_folder(folder)


def _folders(root: Path) -> Iterator[Path]:
    yield root
    with suppress(OSError):
        yield from sorted(one for one in root.iterdir() if one.is_dir() and not one.is_symlink())


def _channel(group: _Group) -> OtherChannel:
    ordered = [group.looks[cpu] for cpu in sorted(group.looks)]
    looks = [look for _path, look in ordered]
    rows = [look.buffer for look in looks if look.buffer is not None]
    first_path, first = ordered[0]

    def events(*names: str) -> int:
        return sum(int(row["account"][name]["events"]) for row in rows for name in names)

    alive = alive_of(looks)
    return OtherChannel(
        name=name_of(first_path, first.cpu),
        number=first.channel,
        paths=tuple(path for path, _look in ordered),
        pid=first.pid,
        program=program_of(first.pid) if alive else "",
        alive=alive,
        is_closed=all(row["finalized"] for row in rows),
        subbuf_size=first.subbuf_size,
        n_subbufs=first.n_subbufs,
        is_global=first.is_global,
        written=events("accepted"),
        unread=events("unread"),
        lost=events(*LOSSES),
        damaged=len(looks) - len(rows),
    )


def program_of(pid: int) -> str:
    """Return what a process is called; empty: it is not known."""
    with suppress(OSError):
        return (PROCESSES / str(pid) / "comm").read_text("utf-8", "replace").strip()
    return ""
