"""The kinds of engines that there are: what is known of one before it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.engine.protocol import Can, OpenError, stepped
from relayviz.model.load.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from relayviz.model.capture.layout import Layout
    from relayviz.model.capture.structs.cstruct import Struct
    from relayviz.model.capture.structs.fit import Fit
    from relayviz.model.capture.structs.pasted import Roles
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.files import OpenedFiles
    from relayviz.model.engine.kernel import ForeignKernel, Where
    from relayviz.model.engine.playing import PlayedEngine, Recorder
    from relayviz.model.engine.protocol import Engine, Following, SteppedEngine
    from relayviz.model.others import OtherChannel, Others, Search
    from relayviz.model.session.session import Session

    Clients = tuple[SubbufStart, ...]
    Open = Callable[[ChannelConfig, Load, Clients], Engine]
    Play = Callable[[Session, Clients], SteppedEngine]
    Attach = Callable[[Where], ForeignKernel]
    Find = Callable[[Sequence[str], Search], Others]
    Join = Callable[[OtherChannel], Engine]
    Record = Callable[[Engine, Path, str], Recorder]
    Replay = Callable[[Path], PlayedEngine]
    TryStruct = Callable[[Struct, Roles, str, Path], Fit]
    OpenFiles = Callable[[Sequence[Path], Layout | None], OpenedFiles]
    OpenInside = Callable[[str, str, Clients], Engine]
    Follow = Callable[[SteppedEngine, ChannelConfig, Clients, int | None], Following]

NO_STEPS = "No engine of this program does that."
NO_OTHERS = "No engine of this program looks at channels of other processes."


class UnconfirmedError(OpenError):
    """A channel has a subbuf_start in Python that the user has not confirmed.

    Attributes:
        source: Its text.
    """

    def __init__(self, source: str) -> None:
        super().__init__(
            "source", "Confirm its subbuf_start in Python first: it runs as a program."
        )
        self.source = source


@dataclass(frozen=True, slots=True)
class EngineKind:
    """A kind of engine.

    Attributes:
        id: Its name in code, the `kind` of its engines.
        name: What the switch of a tab calls it, a word.
        tip: What it is for, a sentence.
        command: What the menu calls going to it.
        effect: What that does, a sentence.
        can: What its engines can do besides being looked at.
        open: Opens a channel as another engine has it: configuration, load, confirmed clients.
            OpenError: it cannot be. None: its engines are opened otherwise only.
        play: Plays a session on a channel of its own; where operations are taken.
        follow: Opens what does the same as an engine, with another configuration, on one branch of
            it or on that shown (None); where operations are taken.
        record: Begins to write down what an engine looks like: engine, file, what it is called.
            OpenError: it cannot be.
        replay: Opens a recording. OpenError: it cannot be.
        attach: Opens a kernel whose channels are then chosen from. OpenError: it cannot be.
        find: Looks for channels of other processes: in folders, of processes by their numbers, or
            of all of this user's where none is named. OpenError: there is no such place.
        join: Opens one that was found, to look at it. OpenError: it is not there any more.
        open_files: Opens the captures that files hold. OpenError: none of them holds one.
        fit: Tries what a C struct can mean on a file. OpenError: the file cannot be read.
        inside: Opens a session inside operations: its text, what to call it in errors, confirmed
            clients. SessionError: it is none. OpenError: its channel cannot be opened;
            UnconfirmedError: its subbuf_start is Python that was not confirmed.
    """

    id: str
    name: str
    tip: str
    command: str
    effect: str
    can: frozenset[Can] = frozenset()
    open: Open | None = None
    play: Play | None = None
    follow: Follow | None = None
    attach: Attach | None = None
    find: Find | None = None
    join: Join | None = None
    record: Record | None = None
    replay: Replay | None = None
    open_files: OpenFiles | None = None
    fit: TryStruct | None = None
    inside: OpenInside | None = None


class Catalogue:
    """All kinds, in the order in which they are offered."""

    def __init__(self, kinds: Iterable[EngineKind] = ()) -> None:
        self._kinds = {kind.id: kind for kind in kinds}

    def register(self, kind: EngineKind) -> None:
        """Add a kind, or put it in the place of the one with its id."""
        self._kinds[kind.id] = kind

    def __getitem__(self, identity: str) -> EngineKind:
        return self._kinds[identity]

    @property
    def kinds(self) -> tuple[EngineKind, ...]:
        """All of them."""
        return tuple(self._kinds.values())

    def first(self, *wanted: Can) -> EngineKind:
        """Return the first kind that opens channels and can do what is wanted; LookupError: none.

        Args:
            wanted: What it shall be able to do.
        """
        for kind in self.kinds:
            if kind.open is not None and kind.can.issuperset(wanted):
                return kind
        raise LookupError(f"no kind of engine can {', '.join(wanted) or 'open a channel'}")

    def attach(self, where: Where) -> ForeignKernel:
        """Open a kernel whose channels are then chosen from: see EngineKind.attach."""
        for kind in self.kinds:
            if kind.attach is not None:
                return kind.attach(where)
        raise OpenError(None, "No engine of this program looks at kernels.")

    def find(self, places: Sequence[str], search: Search) -> Others:
        """Look for channels of other processes: see EngineKind.find."""
        for kind in self.kinds:
            if kind.find is not None:
                return kind.find(places, search)
        raise OpenError(None, NO_OTHERS)

    def join(self, channel: OtherChannel) -> Engine:
        """Look at a channel of another process: see EngineKind.join."""
        for kind in self.kinds:
            if kind.join is not None:
                return kind.join(channel)
        raise OpenError(None, NO_OTHERS)

    def record(self, engine: Engine, path: Path, title: str) -> Recorder:
        """Begin to write down what an engine looks like: see EngineKind.record."""
        for kind in self.kinds:
            if kind.record is not None:
                return kind.record(engine, path, title)
        raise OpenError(None, "No engine of this program records.")

    def replay(self, path: Path) -> PlayedEngine:
        """Open a recording: see EngineKind.replay."""
        for kind in self.kinds:
            if kind.replay is not None:
                return kind.replay(path)
        raise OpenError(None, "No engine of this program plays recordings.")

    def open_files(self, paths: Sequence[Path], layout: Layout | None = None) -> OpenedFiles:
        """Open the captures that files hold: see EngineKind.open_files."""
        for kind in self.kinds:
            if kind.open_files is not None:
                return kind.open_files(paths, layout)
        raise OpenError(None, "No engine of this program opens captures.")

    def open_inside(self, text: str, name: str, clients: Clients = ()) -> Engine:
        """Open a session inside operations: see EngineKind.inside."""
        for kind in self.kinds:
            if kind.inside is not None:
                return kind.inside(text, name, clients)
        raise OpenError(None, "No engine of this program steps inside operations.")

    def fit(self, struct: Struct, roles: Roles, name: str, path: Path) -> Fit:
        """Try what a C struct can mean on a file: see EngineKind.fit."""
        for kind in self.kinds:
            if kind.fit is not None:
                return kind.fit(struct, roles, name, path)
        raise OpenError(None, "No engine of this program opens captures.")

    # the first kind that takes operations; OpenError: there is no such channel

    def open_stepped(self, config: ChannelConfig, clients: Clients = ()) -> SteppedEngine:
        """Open a channel to step it, with the Python subbuf_starts that were confirmed."""
        opener = self.first(Can.STEP).open
        engine = stepped(opener(config, Load(), clients)) if opener is not None else None
        if engine is None:
            raise OpenError(None, NO_STEPS)
        return engine

    def play(self, session: Session, clients: Clients = ()) -> SteppedEngine:
        """Open a session's channel and ask for all that was done."""
        player = self.first(Can.STEP).play
        if player is None:
            raise OpenError(None, NO_STEPS)
        return player(session, clients)

    def follow(
        self,
        leader: SteppedEngine,
        config: ChannelConfig,
        clients: Clients = (),
        branch: int | None = None,
    ) -> Following:
        """Open what does the same as an engine: see EngineKind.follow."""
        follower = self.first(Can.STEP).follow
        if follower is None:
            raise OpenError(None, NO_STEPS)
        return follower(leader, config, clients, branch)
