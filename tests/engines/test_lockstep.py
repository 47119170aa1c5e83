"""Two channels in lock step: the same steps everywhere, and survivors as computed independently."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.follower import Follower
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome
from relayviz.model.compare.compare import Half, differences, only, sentence, survival
from relayviz.model.ledger.fate import FateIndex
from tests.engines.chance import CLIENT, chance_config, chance_operation
from tests.engines.shown import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import Step

SESSIONS = 200
CPUS = 2


class Ring:
    """One CPU's buffer, as little as decides what survives: the other way to know."""

    def __init__(self, config: ChannelConfig, *, mapped: bool) -> None:
        self.size, self.n, self.header = config.subbuf_size, config.n_subbufs, config.used_header
        self.overwrites, self.mapped = config.mode is Mode.OVERWRITE, mapped
        self.kept: set[int] = set()  # consumed
        self.begin()

    def begin(self) -> None:
        """Open, or reset: nothing unread is left."""
        self.produced = self.consumed = 0
        self.offset, self.blocked = self.header, False
        self.laps: dict[int, list[int]] = {0: []}
        self.used: dict[int, int] = {}

    def switch(self, length: int) -> bool:
        if length > self.size:
            return False
        if not self.blocked:
            self.used[self.produced] = self.offset
            self.produced += 1
        if not self.overwrites and self.produced - self.consumed >= self.n:
            self.blocked = True
            return False
        self.blocked, self.offset = False, self.header
        self.laps.pop(self.produced - self.n, None)
        self.laps[self.produced] = []
        return self.header + length <= self.size

    def write(self, event: int, length: int) -> None:
        if (self.blocked or self.offset + length > self.size) and not self.switch(length):
            return
        self.offset += length
        self.laps[self.produced].append(event)

    def consume(self, count: int) -> None:
        if count > self.n:
            return
        end = min(self.consumed + count, self.produced)
        for lap in range(self.consumed, end):
            events = self.laps.pop(lap, [])
            # a report without a mapping is no reading, unless there is nothing to be read
            if self.mapped or not self.used[lap]:
                self.kept.update(events)
        self.consumed = end

    @property
    def survivors(self) -> set[int]:
        return self.kept.union(*self.laps.values())


def operations(chance: random.Random, size: int, *, mapped: bool) -> list[Operation]:
    """Return a session of writes, flushes, reports and seldom a reset."""
    made = []
    if mapped:
        for cpu in range(CPUS):
            made += [Operation(Kind.OPEN_FILE, cpu), Operation(Kind.MMAP, cpu)]
    kinds = [Kind.WRITE] * 12 + [Kind.CONSUME] * 2 + [Kind.FLUSH]
    for _ in range(chance.randrange(10, 60)):
        kind = Kind.RESET if chance.random() < 0.01 else chance.choice(kinds)
        length = chance.choice([chance.randint(0, size // 3), chance.randint(0, size + 2)])
        made.append(Operation(kind, chance.randrange(CPUS), length, chance.randint(0, 3)))
    return made


def expected(config: ChannelConfig, done: list[Operation], *, mapped: bool) -> list[set[int]]:
    rings = [Ring(config, mapped=mapped) for _ in range(CPUS)]
    event = 0
    for one in done:
        if one.kind is Kind.WRITE:
            event += 1
            rings[one.cpu].write(event, one.length)
        elif one.kind is Kind.CONSUME:
            rings[one.cpu].consume(one.count)
        for ring in rings:
            if one.kind is Kind.FLUSH:
                ring.switch(0)
            elif one.kind is Kind.RESET:
                ring.begin()
    return [ring.survivors for ring in rings]


@pytest.fixture
def follow() -> Iterator[Callable[..., Follower]]:
    made: list[Follower] = []

    def start(leader: StepEngine, config: ChannelConfig, branch: int | None = None) -> Follower:
        made.append(Follower(leader, config, [CLIENT], branch))
        return made[-1]

    yield start
    for one in made:
        one.close()


def in_step(leader: StepEngine, follower: Follower) -> tuple[Snapshot, Snapshot]:
    settled(leader)
    while (pair := follower.follow()) is None:
        settled(follower.engine)
    return pair


def halves(leader: StepEngine, follower: Follower) -> tuple[Half, Half]:
    pair = in_step(leader, follower)
    made = []
    for name, engine, snapshot in zip("AB", (leader, follower.engine), pair, strict=True):
        index = FateIndex(engine.config)
        index.follow(engine.history, snapshot.branch)
        made.append(Half(name, snapshot, index))
    return made[0], made[1]


@pytest.mark.parametrize("seed", range(SESSIONS))
def test_survivors_are_those_of_an_independent_computation(
    seed: int, start: Callable[..., StepEngine], follow: Callable[..., Follower]
) -> None:
    chance = random.Random(seed)  # noqa: S311
    modes = [Mode.NO_OVERWRITE, Mode.OVERWRITE]
    configs = [
        ChannelConfig(
            subbuf_size=chance.choice([16, 64, 100]),
            n_subbufs=chance.randint(1, 5),
            cpus=CPUS,
            mode=mode,
            header=chance.choice([0, 0, 4]),
        )
        for mode in chance.sample(modes, 2)
    ]
    mapped = chance.random() < 0.5
    done = operations(chance, configs[0].subbuf_size, mapped=mapped)
    leader = start(configs[0])
    leader.submit(*done)
    a, b = halves(leader, follow(leader, configs[1]))
    wanted = [expected(config, done, mapped=mapped) for config in configs]
    for cpu in range(CPUS):
        found = survival(a, b, cpu)
        assert (found.bits != 0).all()  # the same events were tried in both
        for place in range(2):
            kept = set(found.events[found.kept[place]].tolist())
            assert kept == wanted[place][cpu], (place, cpu)
            check_sentence(sentence((a, b)[place], found, place, cpu), found.kept[place].tolist())


def check_sentence(said: str, kept: list[bool]) -> None:
    """Check the figures of a sentence, and that oldest and newest are told only where it is so."""
    stays, lost = sum(kept), len(kept) - sum(kept)
    if not kept:
        assert said.endswith("has no event yet.")
    elif not lost:
        assert "keeps all" in said or "the only event" in said
    elif not stays:
        assert "loses all" in said or "loses the only event" in said
    else:
        assert (
            f"loses the newest {lost}" in said
            or f"loses the oldest {lost}" in said
            or (f"keeps {stays} of {len(kept)} events and loses {lost}" in said)
        )
        assert ("keeps the oldest" in said) == all(kept[:stays])
        is_suffix = all(kept[lost:]) and not all(kept[:stays])
        assert ("keeps the newest" in said) == is_suffix


def test_the_picture_of_the_lesson(
    start: Callable[..., StepEngine], follow: Callable[..., Follower]
) -> None:
    config = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, base_filename=None)
    leader = start(config)
    leader.submit(*(Operation(Kind.WRITE, length=30) for _ in range(9)))
    other = ChannelConfig(
        subbuf_size=64, n_subbufs=2, cpus=1, base_filename=None, mode=Mode.OVERWRITE
    )
    a, b = halves(leader, follow(leader, other))
    found = survival(a, b, 0)
    assert sentence(a, found, 0, 0) == (
        "A keeps the oldest 4 events and loses the newest 5: refused while 2 of 2"
        " sub-buffers were finished and not consumed."
    )
    assert sentence(b, found, 1, 0) == (
        "B keeps the newest 3 events and loses the oldest 6: the writer used 3 sub-buffers"
        " again before they were read to the end."
    )
    assert only(found) == "Only A keeps the 4 events 1…4; only B keeps the 3 events 7…9."
    shown = {one.name: (one.a, one.b) for one in differences(a, b, 0)}
    assert shown["offset"] == ("65 (blocked)", "30")
    assert shown["subbufs_produced"] == ("2", "4")
    assert shown["relay_buf_full()"] == ("1", "1 (not consulted)")
    assert shown["last subbuf_start"] == ("0", "1")


@pytest.mark.parametrize("seed", range(12))
def test_they_stay_in_step_through_branches(
    seed: int, start: Callable[..., StepEngine], follow: Callable[..., Follower]
) -> None:
    """Every kind of operation, any move: both stand after the same operation of the same path."""
    chance = random.Random(seed)  # noqa: S311
    config = chance_config(chance, base_filename="cpu")
    leader = start(config, [CLIENT])
    other = chance_config(chance)
    sizes = {name: getattr(other, name) for name in ("subbuf_size", "n_subbufs", "mode", "header")}
    follower = follow(leader, replace(config, **sizes))
    for _ in range(12):
        leader.submit(
            *(chance_operation(chance, config.subbuf_size, closing=0.01) for _ in range(6))
        )
        ours, theirs = in_step(leader, follower)
        check_in_step(leader, follower, ours, theirs)
        leader.goto(chance.randrange(len(leader.history.steps)))
        ours, theirs = in_step(leader, follower)
        check_in_step(leader, follower, ours, theirs)
    assert len(leader.history.branches) > 5


def check_in_step(leader: StepEngine, follower: Follower, ours: Snapshot, theirs: Snapshot) -> None:
    assert ours.step == theirs.step
    assert ours.last_step == theirs.last_step
    mine = leader.history.path(ours.branch)
    yours = follower.engine.history.path(theirs.branch)
    assert [one.event for one in mine] == [one.event for one in yours]
    for one, other in zip(mine, yours, strict=True):
        assert one.operation.kind is other.operation.kind
        if one.operation.kind is not Kind.SET_MODE and one.result.outcome is not Outcome.ERROR:
            assert one.operation == other.operation
    assert theirs.mode is follower.engine.config.mode


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.PYTHON])
def test_any_two_branches_stand_side_by_side(
    mode: Mode, start: Callable[..., StepEngine], follow: Callable[..., Follower]
) -> None:
    """The follower has the states of its own branch, whatever branch and step the leader shows."""
    source = CLIENT.source if mode is Mode.PYTHON else ""
    config = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=mode, source=source)
    leader = start(config, [CLIENT])
    leader.submit(*(Operation(Kind.WRITE, length=30) for _ in range(6)))
    leader.go(0, 3)
    leader.submit(Operation(Kind.SET_MODE, text=Mode.OVERWRITE))
    leader.submit(*(Operation(Kind.WRITE, length=20) for _ in range(6)))
    settled(leader)
    states = {branch: [one.snapshot for one in leader.frames(branch)] for branch in (0, 1)}
    for theirs in (0, 1):
        follower = follow(leader, config, theirs)
        for ours in (1, 0, 1):
            for step in (len(states[ours]) - 1, 0, 3, 2, 5):
                leader.go(ours, step)
                one, other = in_step(leader, follower)
                is_end = step == len(states[ours]) - 1
                wanted = states[theirs][-1 if is_end else step]
                assert (one.branch, one.step) == (ours, step)
                assert (other.step, other.last_step) == (wanted.step, wanted.last_step)
                assert other.buffers.tobytes() == wanted.buffers.tobytes()
                assert other.mode is wanted.mode


def test_it_is_on_the_same_branch_in_what_branches_share(
    start: Callable[..., StepEngine], follow: Callable[..., Follower]
) -> None:
    leader = start(ChannelConfig(cpus=1))
    leader.submit(*(Operation(Kind.WRITE, length=8) for _ in range(3)))
    leader.go(0, 2)
    leader.submit(*(Operation(Kind.WRITE, length=8) for _ in range(5)))
    follower = follow(leader, ChannelConfig(cpus=1, mode=Mode.OVERWRITE))
    for branch in (0, 1, 0):
        leader.go(branch, 1)
        ours, theirs = in_step(leader, follower)
        assert ours.last_step == theirs.last_step == leader.history.length(branch)


def test_the_leader_goes_on_when_the_follower_ends(
    start: Callable[..., StepEngine], follow: Callable[..., Follower]
) -> None:
    leader = start(ChannelConfig())
    follower = follow(leader, ChannelConfig(mode=Mode.OVERWRITE))
    leader.submit(Operation(Kind.WRITE, length=8))
    in_step(leader, follower)
    assert follower.progress == 1.0
    follower.close()
    leader.submit(Operation(Kind.WRITE, length=8))
    assert settled(leader).step == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_walk_gives_every_state_and_disturbs_nobody(
    seed: int, start: Callable[..., StepEngine]
) -> None:
    chance = random.Random(seed)  # noqa: S311
    config = chance_config(chance, base_filename="cpu", mode=chance.choice(list(Mode)))
    engine = start(config, [CLIENT])
    for _ in range(3):
        engine.submit(*(chance_operation(chance, config.subbuf_size) for _ in range(20)))
        engine.goto(chance.randrange(len(settled_history(engine))))
    seen = settled(engine)
    states = [one.snapshot for one in engine.frames(seen.branch)]
    assert settled(engine) is seen
    assert [state.step for state in states] == list(range(seen.last_step + 1))
    for state in states:
        engine.seek(state.step)
        shown = settled(engine)
        assert state.made_by.id == shown.made_by.id
        assert state.buffers.tobytes() == shown.buffers.tobytes()
        assert state.subbufs.tobytes() == shown.subbufs.tobytes()
        assert (state.mode, state.reserved, state.files) == (
            shown.mode,
            shown.reserved,
            shown.files,
        )


def settled_history(engine: StepEngine) -> Sequence[Step]:
    settled(engine)
    return engine.history.steps
